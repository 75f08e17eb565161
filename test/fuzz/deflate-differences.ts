import { constants, inflateRawSync, type ZlibOptions } from 'node:zlib'
import type { Difference, Reading } from './target.js'
import type { WsReading } from './ws-oracle.js'

/** One stream of compressed messages that the two sides read differently. */
export interface DeflateCase {
  readonly bytes: Buffer
  readonly ours: Reading
  readonly theirs: WsReading
  readonly contextTakeover: boolean
}

interface RawMessage {
  readonly compressed: boolean
  readonly payload: Buffer
}

/** The messages of a stream, as far as its frames are well formed. */
function messagesOf(bytes: Buffer): RawMessage[] {
  const messages: RawMessage[] = []
  let parts: Buffer[] = []
  let compressed = false
  for (let at = 0; at + 2 <= bytes.length; ) {
    const first = bytes[at]!
    const short = bytes[at + 1]! & 0x7f
    const headerBytes = short === 126 ? 4 : short === 127 ? 10 : 2
    if (at + headerBytes > bytes.length) break
    const length =
      short === 126
        ? bytes.readUInt16BE(at + 2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(at + 2))
          : short
    const end = at + headerBytes + length
    if (end > bytes.length) break
    const opcode = first & 0x0f
    if (opcode < 3) {
      if (opcode > 0) compressed = (first & 0x40) !== 0
      parts.push(bytes.subarray(at + headerBytes, end))
      if (first >= 0x80) {
        messages.push({ compressed, payload: Buffer.concat(parts) })
        parts = []
      }
    }
    at = end
  }
  return messages
}

const tail = Buffer.from('0000ffff', 'hex')
const lastBlock = Buffer.from('010000ffff', 'hex')

type Inflated = { buffer: Buffer; engine: { bytesWritten: number } }
const inflate = (data: Buffer, options: ZlibOptions): Inflated | null => {
  try {
    return inflateRawSync(data, { ...options, info: true } as ZlibOptions) as unknown as Inflated
  } catch {
    return null
  }
}

/** How a sender departs from RFC 7692 in a compressed message that zlib reads all the same. */
function oddityOf(payload: Buffer, dictionary: Buffer): string | null {
  const context = dictionary.length > 0 ? { dictionary } : {}
  const flushed = Buffer.concat([payload, tail])
  const lenient = inflate(flushed, { ...context, finishFlush: constants.Z_SYNC_FLUSH })
  if (lenient === null) return null
  const closed = Buffer.concat([flushed, lastBlock])
  const strict = inflate(closed, context)
  const ownLast = lenient.engine.bytesWritten < flushed.length
  if (ownLast || (strict !== null && strict.engine.bytesWritten < closed.length)) return 'deflate-last-block'
  return strict === null ? 'deflate-open-block' : null
}

const isMessage = (event: string): boolean => /^(text|binary) /.test(event)

/**
 * `ws` inflates each fragment as it comes, and so refuses before the control frames and fragments that follow a bad
 * one; we inflate the message when it is whole.
 */
function isRefusedByFragment({ bytes, ours, theirs }: DeflateCase): boolean {
  const { length } = theirs.events
  const samePast = theirs.events.every((event, at) => event === ours.events[at])
  const hasFragments = bytes.includes(0x41) || bytes.includes(0x42)
  return theirs.error !== null && samePast && hasFragments && !ours.events.slice(length).some(isMessage)
}

/** The difference that explains a case; null where none does. */
export function deflateDifference(found: DeflateCase): Difference | null {
  return oddMessage(found) ?? (isRefusedByFragment(found) ? { id: 'deflate-fragments' } : null)
}

/** The oddity of the first message that has one. */
function oddMessage({ bytes, theirs, contextTakeover }: DeflateCase): Difference | null {
  const texts = theirs.events.filter(isMessage)
  let dictionary: Buffer = Buffer.alloc(0)
  for (const [at, { compressed, payload }] of messagesOf(bytes).entries()) {
    if (!compressed) continue
    const id = oddityOf(payload, contextTakeover ? dictionary : Buffer.alloc(0))
    if (id !== null) return { id }
    const text = texts[at]
    if (text === undefined) return null
    const plain = Buffer.from(text.slice(text.indexOf(' ') + 1), 'latin1')
    dictionary = Buffer.concat([dictionary, plain]).subarray(-32_768)
  }
  return null
}

export const deflateDifferenceIds: readonly string[] = [
  'deflate-last-block',
  'deflate-open-block',
  'deflate-fragments',
]
