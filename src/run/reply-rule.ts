import { pathOfNumber } from '../load/json-id.js'
import type { ReplyRule } from '../load/reply-matcher.js'
import { type PayloadWriter, renderPayload } from '../scenario/payload.js'
import type { ReplyFunction } from '../scenario/scenario.js'

/** A number that no payload holds by chance. */
const probeId = 7_310_593_748

/** The key under which the payload carries its id, if it is JSON that does. */
function keyOfId(payload: PayloadWriter): string | null {
  const text = renderPayload(payload, probeId).toString()
  try {
    const path = pathOfNumber(JSON.parse(text), probeId)
    return path?.at(-1) ?? null
  } catch {
    return null
  }
}

/**
 * The rule by which replies are matched. `auto` looks for the id in the payload: without one there, replies can
 * only be taken in order.
 */
export function replyRule(reply: string, payload: PayloadWriter, idOf: ReplyFunction | null): ReplyRule {
  if (reply.startsWith('json:')) return { kind: 'json', path: reply.slice('json:'.length).split('.') }
  if (reply === 'function' && idOf) return { kind: 'function', idOf }
  if (reply === 'protocol' || reply === 'fifo' || reply === 'none') return { kind: reply }
  const key = keyOfId(payload)
  return key === null ? { kind: 'fifo' } : { kind: 'auto', key }
}
