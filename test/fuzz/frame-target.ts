import type { Random } from '../../src/kernel/random.js'
import { type FrameHandler, FrameParser } from '../../src/protocols/websocket/frame-parser.js'
import type { Inflater } from '../../src/protocols/websocket/message-deflate.js'
import { type Dictionary, lieInBinary } from './mutate.js'
import { type Agreement, type Reading, SharedRead, shapeOf, type Target } from './target.js'
import { readFramesByWs, type WsReading } from './ws-oracle.js'

const maxMessageBytes = [1_000, 100_000]

const texts = ['', 'a', 'hello', '{"id":1}', 'grüße', '€', '\u{1f680}', 'x'.repeat(124), 'é'.repeat(70)]

export const frameDictionary: Dictionary = {
  tokens: [
    ...['8100', '0100', '8000', '0000', '8200', '8900', '8a00', '8800', '880203e8', '8801', '880203ed'],
    ...[
      '817e',
      '817f',
      '827e03e8',
      'c100',
      '9100',
      'a100',
      '8180',
      '8300',
      '0900',
      'c3',
      'f0',
      'eda080',
      '80',
    ],
    ...['817e0001', '827f00000000000003e8', '827f8000000000000000', '89fe'],
  ].map((hex) => Buffer.from(hex, 'hex')),
  lie: lieInBinary,
}

/**
 * A frame with the shortest encoding of its length, or now and then a longer one, which is forbidden but readable.
 * @param opcode with the reserved bits that are to be set
 */
export function frame(opcode: number, payload: Buffer, fin: boolean, random: Random): Buffer {
  const { length } = payload
  const first = (fin ? 0x80 : 0) | opcode
  const wide = random.integer(0, 30) === 0
  if (length < 126 && !wide) return Buffer.concat([Buffer.from([first, length]), payload])
  if (length < 65_536 && random.integer(0, 9) > 0) {
    return Buffer.concat([Buffer.from([first, 126, length >> 8, length & 255]), payload])
  }
  const head = Buffer.alloc(10)
  head[0] = first
  head[1] = 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

export function payloadOf(random: Random): Buffer {
  const kind = random.integer(0, 9)
  if (kind < 5) return Buffer.from(random.pick(texts))
  if (kind < 8) return Buffer.alloc(random.integer(0, 300), random.integer(0, 255))
  return Buffer.from(Array.from({ length: random.integer(0, 140) }, () => random.integer(0, 255)))
}

/** A message in fragments, with control frames between them. */
function fragmented(random: Random): Buffer[] {
  const payload = payloadOf(random)
  const frames: Buffer[] = []
  const opcode = random.integer(1, 2)
  for (let start = 0, first = true; ; first = false) {
    const end = random.integer(0, 3) === 0 ? payload.length : random.integer(start, payload.length)
    const last = end === payload.length && random.integer(0, 2) > 0
    frames.push(frame(first ? opcode : 0, payload.subarray(start, end), last, random))
    if (last || frames.length > 12) return frames
    if (random.integer(0, 2) === 0) frames.push(control(random))
    start = end
  }
}

export const control = (random: Random): Buffer =>
  frame(random.integer(9, 10), payloadOf(random).subarray(0, 125), true, random)

function closeFrame(random: Random): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(random.pick(texts)).subarray(0, 123)])
  payload.writeUInt16BE(random.pick([1000, 1001, 1002, 1005, 1006, 1011, 1015, 2999, 3000, 4999, 5000]))
  return frame(8, random.integer(0, 4) === 0 ? Buffer.alloc(0) : payload, true, random)
}

/** Frames as a server sends them. */
export function conversation(random: Random): Buffer {
  const frames: Buffer[] = []
  for (let left = random.integer(1, 6); left > 0; left--) {
    const kind = random.integer(0, 9)
    if (kind < 4) frames.push(frame(random.integer(1, 2), payloadOf(random), true, random))
    else if (kind < 7) frames.push(...fragmented(random))
    else if (kind < 9) frames.push(control(random))
    else frames.push(closeFrame(random))
  }
  return Buffer.concat(frames)
}

const shared = new SharedRead()

/** Reads frames as a connection does. */
export function readFrames(pieces: readonly Buffer[], maxBytes: number, inflater: Inflater | null): Reading {
  const events: string[] = []
  const handler: FrameHandler = {
    onMessage: (data, start, end, binary) =>
      events.push(`${binary ? 'binary' : 'text'} ${data.toString('latin1', start, end)}`),
    onPing: (data, start, end) => events.push(`ping ${data.toString('latin1', start, end)}`),
    onCloseFrame: (code, reason) => events.push(`close ${code} ${reason}`),
  }
  const parser = new FrameParser(handler, maxBytes, inflater)
  let peakBytes = 0
  for (const piece of pieces) {
    const problem = parser.push(shared.place(piece), 0, piece.length)
    peakBytes = Math.max(peakBytes, parser.bufferedBytes)
    if (problem !== null) events.push(`error ${problem}`)
  }
  return { events, peakBytes }
}

/** A frame that is gathered, and the message that it belongs to, each grown by doubling. */
export const framePeak = (maxBytes: number): number => 2 * (maxBytes + 10) + 4_096

/**
 * Everything handed on must be the same; refusals are compared as such, since each side names them its own way.
 * Null where they differ.
 */
export function agreementOf(ours: Reading, theirs: WsReading): 'both accept' | 'both refuse' | null {
  const refuses = ours.events.at(-1)?.startsWith('error') === true
  if (!sameHandedOn(ours, theirs) || refuses !== (theirs.error !== null)) return null
  return refuses ? 'both refuse' : 'both accept'
}

function sameHandedOn({ events }: Reading, theirs: WsReading): boolean {
  const handedOn = events.at(-1)?.startsWith('error') ? events.slice(0, -1) : events
  return (
    handedOn.length === theirs.events.length && handedOn.every((event, at) => event === theirs.events[at])
  )
}

const halfCode = Buffer.from('8801', 'hex')

/** The header alone tells `ws` that a close frame of one byte is wrong; we refuse it when that byte has come. */
export const isHalfCodeAtEnd = (bytes: Buffer, ours: Reading, theirs: WsReading): boolean =>
  theirs.error === 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH' &&
  bytes.subarray(-2).equals(halfCode) &&
  sameHandedOn(ours, theirs)

export const frameDifferenceIds: readonly string[] = ['ws-close-of-one-byte']

function compare(bytes: Buffer, ours: Reading, variant: number): Agreement {
  const theirs = readFramesByWs(bytes, maxMessageBytes[variant]!)
  const agreement = agreementOf(ours, theirs)
  if (agreement) return agreement
  if (isHalfCodeAtEnd(bytes, ours, theirs)) return { id: 'ws-close-of-one-byte' }
  return { unexplained: `ours ${JSON.stringify(ours.events)}, ws ${JSON.stringify(theirs)}` }
}

/** The frames of a server (RFC 6455, section 5), beside the receiver of the `ws` package. */
export const frameTarget: Target = {
  name: 'frames',
  oracleName: 'ws',
  dictionary: frameDictionary,
  variants: maxMessageBytes.length,
  generate: conversation,
  read: (pieces, variant) => readFrames(pieces, maxMessageBytes[variant]!, null),
  peakLimit: (variant) => framePeak(maxMessageBytes[variant]!),
  compare,
  signature: frameSignature,
}

export function frameSignature({ events }: Reading): string {
  return `${shapeOf(events)} ${Math.min(events.length, 4)}`
}
