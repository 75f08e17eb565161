import { deflateSync, inflateSync } from 'node:zlib'
import { PlimsollError } from '../kernel/errors.js'
import {
  bucketCount,
  bucketIndex,
  Histogram,
  type HistogramDelta,
  highestValueAt,
  highestValueUs,
  lowestValueAt,
} from './histogram.js'

/*
 * The V2 encoding of HdrHistogram (org.HdrHistogram.AbstractHistogram, encodeIntoByteBuffer), big-endian:
 *
 *   int32   cookie 0x1c849303, | 0x10
 *   int32   bytes of the counts
 *   int32   normalizing index offset, 0 (the counts are in order whatever it says; some writers put 1)
 *   int32   significant digits, 3
 *   int64   lowest discernible value, 1
 *   int64   highest trackable value
 *   double  conversion ratio between whole numbers and doubles, 1
 *   counts  from bucket 0 up, ZigZag LEB128; a negative number −n stands for n empty buckets
 *
 * and around it, compressed: int32 cookie 0x1c849304 | 0x10, int32 length, zlib stream; the whole in base64.
 */
const plainCookie = 0x1c849303
const compressedCookie = 0x1c849304
const wordSizeFlag = 0x10
const headerBytes = 40
const significantDigits = 3

/** A count below 2^53 takes 54 bits in ZigZag, and so at most 8 bytes of 7 bits. */
const longestNumber = 8
/** What a reader accepts: 9 bytes, since LEB128-64b9B writes a whole byte last. */
const mostPlainBytes = headerBytes + bucketCount * 9

/** Encodes a histogram as HdrHistogram V2, zlib-compressed, in base64. Values are in µs. */
export function encodeHistogram(histogram: Histogram): string {
  const deflated = deflateSync(encodePlain(histogram))
  const out = Buffer.allocUnsafe(8 + deflated.length)
  out.writeInt32BE(compressedCookie | wordSizeFlag, 0)
  out.writeInt32BE(deflated.length, 4)
  deflated.copy(out, 8)
  return out.toString('base64')
}

/**
 * Decodes what `encodeHistogram` or another HdrHistogram tool wrote, if it has unit 1 and 3 significant digits.
 * The encoding holds counts alone: `min`, `max` and `mean` of the result are those of the buckets, within 1/1024.
 * @throws PlimsollError RUN_UNREADABLE
 */
export function decodeHistogram(base64: string): Histogram {
  const outer = Buffer.from(base64, 'base64')
  if (outer.length < 8 || cookieOf(outer) !== compressedCookie) throw unreadable('it has no V2 cookie')
  const length = outer.readInt32BE(4)
  if (length < 0 || outer.length < 8 + length) throw unreadable('it is cut off')
  let plain: Buffer
  try {
    plain = inflateSync(outer.subarray(8, 8 + length), { maxOutputLength: mostPlainBytes })
  } catch (cause) {
    throw unreadable('its compressed data is damaged', cause)
  }
  const delta = decodePlain(plain)
  return delta === null ? new Histogram() : Histogram.from([delta])
}

function encodePlain(histogram: Histogram): Buffer {
  const buckets = histogram.count === 0 ? 0 : bucketIndex(histogram.max) + 1
  const out = Buffer.allocUnsafe(headerBytes + buckets * longestNumber)
  let offset = headerBytes
  let empty = 0
  for (let index = 0; index < buckets; index++) {
    const count = histogram.countAtIndex(index)
    if (count === 0) {
      empty++
      continue
    }
    if (empty > 0) offset = writeNumber(out, offset, emptyRun(empty))
    empty = 0
    offset = writeNumber(out, offset, count * 2)
  }
  out.writeInt32BE(plainCookie | wordSizeFlag, 0)
  out.writeInt32BE(offset - headerBytes, 4)
  out.writeInt32BE(0, 8)
  out.writeInt32BE(significantDigits, 12)
  out.writeBigInt64BE(1n, 16)
  out.writeBigInt64BE(BigInt(highestValueUs), 24)
  out.writeDoubleBE(1, 32)
  return out.subarray(0, offset)
}

/** ZigZag of −n, or the plain 0 that a single empty bucket is written as. */
const emptyRun = (buckets: number): number => (buckets === 1 ? 0 : 2 * buckets - 1)

/** LEB128 of an unsigned number below 2^56; shifts would cut it to 32 bits. */
function writeNumber(out: Buffer, offset: number, value: number): number {
  let at = offset
  let rest = value
  while (rest >= 0x80) {
    out[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  out[at++] = rest
  return at
}

function decodePlain(plain: Buffer): HistogramDelta | null {
  if (plain.length < headerBytes || cookieOf(plain) !== plainCookie) throw unreadable('it has no V2 cookie')
  const end = headerBytes + plain.readInt32BE(4)
  if (end < headerBytes || end > plain.length) throw unreadable('it is cut off')
  if (plain.readInt32BE(12) !== significantDigits || plain.readBigInt64BE(16) !== 1n) {
    throw unreadable('its unit is not 1 with 3 significant digits')
  }
  const indexes: number[] = []
  const counts: number[] = []
  const cursor = { at: headerBytes, end }
  let index = 0
  while (cursor.at < end) {
    const value = readNumber(plain, cursor)
    if (value % 2 === 1) {
      index += (value + 1) / 2
      continue
    }
    if (value > 0) {
      if (index >= bucketCount) throw unreadable('it holds values past 71 minutes')
      indexes.push(index)
      counts.push(value / 2)
    }
    index++
  }
  return deltaOf(indexes, counts)
}

function readNumber(plain: Buffer, cursor: { at: number; readonly end: number }): number {
  let value = 0
  let weight = 1
  for (let byte = 1; byte <= longestNumber; byte++) {
    if (cursor.at >= cursor.end) throw unreadable('it is cut off')
    const read = plain[cursor.at++]!
    value += (read & 0x7f) * weight
    if (read < 0x80) {
      // Past 2^53 a double is always even, and the sign in the lowest bit would be gone.
      if (!Number.isSafeInteger(value)) break
      return value
    }
    weight *= 0x80
  }
  throw unreadable('it holds an impossible count')
}

/** Sum, lowest and highest value as HdrHistogram tools derive them: from the middles and ends of the buckets. */
function deltaOf(indexes: readonly number[], counts: readonly number[]): HistogramDelta | null {
  if (indexes.length === 0) return null
  let sum = 0
  for (let at = 0; at < indexes.length; at++) {
    const low = lowestValueAt(indexes[at]!)
    sum += counts[at]! * (low + Math.floor((highestValueAt(indexes[at]!) - low + 1) / 2))
  }
  return {
    indexes: Uint16Array.from(indexes),
    counts: Float64Array.from(counts),
    min: lowestValueAt(indexes[0]!),
    max: highestValueAt(indexes[indexes.length - 1]!),
    sum,
  }
}

/** The cookie without its word size, which V2 doesn't use. */
const cookieOf = (data: Buffer): number => data.readInt32BE(0) & ~0xf0

function unreadable(why: string, cause?: unknown): PlimsollError {
  return new PlimsollError('RUN_UNREADABLE', `This is no histogram in HdrHistogram V2 encoding: ${why}.`, {
    hint: 'Is latency.hlog complete, and written by Plimsoll?',
    cause,
  })
}
