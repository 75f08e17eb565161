import { constants, deflateRawSync } from 'node:zlib'
import type { Random } from '../../src/kernel/random.js'
import { Inflater } from '../../src/protocols/websocket/message-deflate.js'
import { deflateDifference } from './deflate-differences.js'
import {
  agreementOf,
  control,
  frame,
  frameDictionary,
  framePeak,
  frameSignature,
  isHalfCodeAtEnd,
  payloadOf,
  readFrames,
} from './frame-target.js'
import type { Agreement, Reading, Target } from './target.js'
import { readCompressedByWs } from './ws-oracle.js'

const maxMessageBytes = 2_000
const compressed = 0x40

/** What was negotiated, as `ws` names it. */
const agreements = [
  { contextTakeover: true, windowBits: 15, forWs: {} },
  { contextTakeover: false, windowBits: 15, forWs: { server_no_context_takeover: [true] } },
  { contextTakeover: true, windowBits: 9, forWs: { server_max_window_bits: ['9'] } },
]

const flushes = [
  constants.Z_SYNC_FLUSH,
  constants.Z_SYNC_FLUSH,
  constants.Z_SYNC_FLUSH,
  constants.Z_FULL_FLUSH,
]

const emptyLastBlock = Buffer.from('010000ffff', 'hex')

/** Compresses a message as a server does that refers to the messages before. */
function compress(message: Buffer, before: Buffer, random: Random): Buffer {
  const dictionary = before.subarray(-512)
  const options = {
    level: random.pick([0, 1, 6, 9]),
    windowBits: 9,
    finishFlush: random.integer(0, 12) === 0 ? constants.Z_FINISH : random.pick(flushes),
    ...(dictionary.length > 0 ? { dictionary } : {}),
  }
  const whole = deflateRawSync(message, options)
  // A last block is followed by the start of an empty one (RFC 7692, section 7.2.3.4).
  if (options.finishFlush === constants.Z_FINISH) return Buffer.concat([whole, Buffer.alloc(1)])
  return whole.subarray(0, -4)
}

function plainMessage(random: Random): Buffer {
  const kind = random.integer(0, 19)
  if (kind === 0) return Buffer.alloc(100_000)
  if (kind < 6) return Buffer.from('{"id":1,"text":"hello hello"}'.repeat(random.integer(1, 12)))
  return payloadOf(random)
}

/** Messages compressed and not, whole and in fragments, with control frames between; the context taken over or not. */
function generate(random: Random): Buffer {
  const takeover = random.integer(0, 2) > 0
  const frames: Buffer[] = []
  let before = Buffer.alloc(0)
  for (let left = random.integer(1, 4); left > 0; left--) {
    const opcode = random.integer(1, 2)
    const message = plainMessage(random)
    if (random.integer(0, 4) === 0) {
      frames.push(frame(opcode, message.subarray(0, 2_000), true, random), control(random))
      continue
    }
    const content =
      random.integer(0, 30) === 0
        ? Buffer.concat(Array.from({ length: random.integer(1, 12) }, () => emptyLastBlock))
        : compress(message, takeover ? before : Buffer.alloc(0), random)
    before = Buffer.concat([before, message]).subarray(-512)
    const middle = random.integer(0, content.length)
    if (random.integer(0, 2) > 0) frames.push(frame(opcode | compressed, content, true, random))
    else {
      frames.push(frame(opcode | compressed, content.subarray(0, middle), false, random), control(random))
      frames.push(frame(0, content.subarray(middle), true, random))
    }
  }
  return Buffer.concat(frames)
}

function read(pieces: readonly Buffer[], variant: number): Reading {
  const { windowBits, contextTakeover } = agreements[variant]!
  return readFrames(pieces, maxMessageBytes, new Inflater(windowBits, contextTakeover))
}

async function compare(bytes: Buffer, ours: Reading, variant: number): Promise<Agreement> {
  const { forWs, contextTakeover } = agreements[variant]!
  const theirs = await readCompressedByWs(bytes, maxMessageBytes, forWs)
  const agreement = agreementOf(ours, theirs)
  if (agreement) return agreement
  if (isHalfCodeAtEnd(bytes, ours, theirs)) return { id: 'ws-close-of-one-byte' }
  const difference = deflateDifference({ bytes, ours, theirs, contextTakeover })
  return difference ?? { unexplained: `ours ${JSON.stringify(ours.events)}, ws ${JSON.stringify(theirs)}` }
}

/** Compressed messages (RFC 7692), beside the receiver of the `ws` package with its own permessage-deflate. */
export const deflateTarget: Target = {
  name: 'deflate',
  oracleName: 'ws',
  dictionary: {
    tokens: [
      ...frameDictionary.tokens,
      ...['c100', 'c101', '4100', 'c10100', '0000ffff', '010000ffff', 'f248cdc9c90700', 'c107f248cdc9c90700'],
      ...['c10b000500fa ff48656c6c6f00'.replaceAll(' ', ''), 'f3', '05', '07', 'ff'],
    ].map((token) => (typeof token === 'string' ? Buffer.from(token, 'hex') : token)),
    lie: frameDictionary.lie,
  },
  variants: agreements.length,
  generate,
  read,
  peakLimit: () => framePeak(maxMessageBytes),
  compare,
  signature: frameSignature,
}
