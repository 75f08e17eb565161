import type { Random } from '../../src/kernel/random.js'

/** What mutation needs to know of a format. */
export interface Dictionary {
  /** Bytes that mean something in it. */
  readonly tokens: readonly Buffer[]
  /** Writes a lie over some length field; a binary format has its own. */
  readonly lie: (bytes: Buffer, random: Random) => Buffer
}

/** Longer inputs are cut: length alone finds nothing new and costs time. */
export const longestInput = 4_096

const put = (bytes: Buffer, at: number, removed: number, inserted: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)])

type Mutation = (bytes: Buffer, random: Random, other: Buffer, dictionary: Dictionary) => Buffer

const place = (bytes: Buffer, random: Random): number => random.integer(0, bytes.length - 1)

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = place(bytes, random)
    const out = Buffer.from(bytes)
    out[at]! ^= 1 << random.integer(0, 7)
    return out
  },
  function setByte(bytes, random) {
    const out = Buffer.from(bytes)
    out[place(bytes, random)] = random.integer(0, 255)
    return out
  },
  function overwriteWithToken(bytes, random, _other, { tokens }) {
    const token = random.pick(tokens)
    return put(bytes, place(bytes, random), token.length, token)
  },
  function insertToken(bytes, random, _other, { tokens }) {
    return put(bytes, random.integer(0, bytes.length), 0, random.pick(tokens))
  },
  function remove(bytes, random) {
    return put(bytes, place(bytes, random), random.integer(1, 4), Buffer.alloc(0))
  },
  function duplicate(bytes, random) {
    const at = place(bytes, random)
    return put(bytes, at, 0, bytes.subarray(at, at + random.integer(1, 40)))
  },
  function cutShort(bytes, random) {
    return bytes.subarray(0, random.integer(1, bytes.length))
  },
  function splice(bytes, random, other) {
    return Buffer.concat([
      bytes.subarray(0, place(bytes, random)),
      other.subarray(random.integer(0, other.length)),
    ])
  },
  function lie(bytes, random, _other, { lie: tell }) {
    return tell(bytes, random)
  },
]

/** `bytes` with one to four changes; `other` is another input, to splice with. Never empty. */
export function mutate(bytes: Buffer, random: Random, other: Buffer, dictionary: Dictionary): Buffer {
  let out = bytes
  for (let changes = random.pick([1, 1, 1, 2, 3, 4]); changes > 0 && out.length > 0; changes--) {
    out = random.pick(mutations)(out, random, other, dictionary)
  }
  return out.length === 0 ? Buffer.from([random.integer(0, 255)]) : out.subarray(0, longestInput)
}

/** Places to cut at, in order, each inside of the bytes. */
export function cutPlaces(length: number, random: Random): number[] {
  if (length < 2) return []
  const places = Array.from({ length: random.integer(1, 6) }, () => random.integer(1, length - 1))
  return [...new Set(places)].sort((a, b) => a - b)
}

export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  return [0, ...places].map((start, at) => bytes.subarray(start, places[at] ?? bytes.length))
}

const numberLies = ['0', '1', '2', '00', '7fffffff', 'ffffffff', '9007199254740991', '9007199254740993', '-1']

/** Replaces a run of digits by another number. For formats that write their lengths as text. */
export function lieInText(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('latin1')
  const runs = [...text.matchAll(/[0-9a-f]+/gi)]
  if (runs.length === 0) return bytes
  const run = random.pick(runs)
  return put(bytes, run.index, run[0].length, Buffer.from(random.pick(numberLies), 'latin1'))
}

const lengthLies = [0, 1, 2, 125, 126, 127, 128, 255, 999, 1_000, 1_001, 65_535]

/** Writes a number of 8, 16 or 64 bits over some bytes. For formats that write their lengths in binary. */
export function lieInBinary(bytes: Buffer, random: Random): Buffer {
  const out = Buffer.from(bytes)
  const at = place(bytes, random)
  const width = random.pick([1, 2, 8])
  if (at + width > out.length) return out
  if (width === 1) out[at] = random.pick([0, 1, 2, 125, 126, 127, 128, 254, 255])
  else if (width === 2) out.writeUInt16BE(random.pick(lengthLies), at)
  else {
    out.writeUInt32BE(random.pick([0, 0, 0, 1, 0x1fffff, 0x200000, 0x7fffffff, 0xffffffff]), at)
    out.writeUInt32BE(random.pick([...lengthLies, 65_536, 0xffffffff]), at + 4)
  }
  return out
}
