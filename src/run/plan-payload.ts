import { readFile } from 'node:fs/promises'
import { PlimsollError } from '../kernel/errors.js'
import type { Protocol } from '../protocols/registry.js'
import type { Scenario } from '../scenario/scenario.js'
import type { PayloadPlan } from './plan.js'

const bodyMethods = ['POST', 'PUT', 'PATCH']

/**
 * What a message holds; the option outranks the scenario.
 * @throws PlimsollError USAGE for a file that cannot be read
 */
export async function planPayload(
  option: string | undefined,
  traffic: NonNullable<Scenario['traffic']>,
  protocol: Protocol,
  method: string | undefined,
): Promise<PayloadPlan> {
  if (option !== undefined)
    return option.startsWith('@') ? await payloadFile(option.slice(1)) : { kind: 'text', text: option }
  const { payload } = traffic
  if (typeof payload === 'function') return { kind: 'script' }
  if (typeof payload === 'string') return { kind: 'text', text: payload }
  if (payload) return { kind: 'bytes', base64: Buffer.from(payload).toString('base64') }
  const sendsBody = protocol === 'websocket' || bodyMethods.includes((method ?? 'GET').toUpperCase())
  return { kind: sendsBody ? 'default' : 'none' }
}

async function payloadFile(path: string): Promise<PayloadPlan> {
  const content = await readFile(path).catch((cause: unknown) => {
    throw new PlimsollError('USAGE', `Cannot read the payload ${path}: ${(cause as Error).message}`, {
      cause,
    })
  })
  const text = content.toString('utf8')
  if (Buffer.from(text).equals(content)) return { kind: 'text', text }
  return { kind: 'bytes', base64: content.toString('base64') }
}

/** The request method, where none is asked for: POST if there is a body. */
export function planMethod(method: string | undefined, payload: PayloadPlan): string {
  if (method !== undefined) return method.toUpperCase()
  return payload.kind === 'none' || payload.kind === 'default' ? 'GET' : 'POST'
}
