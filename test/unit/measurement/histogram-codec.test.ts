import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { bucketIndex, Histogram, highestValueUs } from '../../../src/measurement/histogram.js'
import { decodeHistogram, encodeHistogram } from '../../../src/measurement/histogram-codec.js'
import { type ReferenceHistogram, referenceHistogram } from './reference-histogram.js'

const entry = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: highestValueUs }), fc.integer({ min: 0, max: 3_000 })),
  fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2 ** 40 })),
)
const entries = fc.array(entry, { maxLength: 100 })
type Entries = ReadonlyArray<readonly [us: number, count: number]>

function oursOf(recorded: Entries): Histogram {
  const histogram = new Histogram()
  for (const [us, count] of recorded) histogram.recordCount(us, count)
  return histogram
}

function bucketsOf(histogram: Histogram): Array<[number, number, number]> {
  const buckets: Array<[number, number, number]> = []
  histogram.forEachBucket((low, high, count) => buckets.push([low, high, count]))
  return buckets
}

describe('the V2 encoding', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(entries, (recorded) => {
        const before = oursOf(recorded)
        const after = decodeHistogram(encodeHistogram(before))
        expect(bucketsOf(after)).toEqual(bucketsOf(before))
        expect(after.count).toBe(before.count)
        expect(bucketIndex(after.min)).toBe(bucketIndex(before.min))
        expect(bucketIndex(after.max)).toBe(bucketIndex(before.max))
        expect(Math.abs(after.mean - before.mean)).toBeLessThanOrEqual(before.mean / 1_000)
      }),
    )
  })

  it('is read by hdr-histogram-js', () => {
    fc.assert(
      fc.property(entries, (recorded) => {
        const ours = oursOf(recorded)
        const reference = decodeFromCompressedBase64(encodeHistogram(ours), 64) as ReferenceHistogram
        expect(reference.totalCount).toBe(ours.count)
        for (const [low, high, count] of bucketsOf(ours)) {
          expect(reference.getCountAtValue(low)).toBe(count)
          expect(reference.getCountAtValue(high)).toBe(count)
        }
        for (const q of [0.5, 0.99, 1]) {
          expect(Math.min(reference.getValueAtPercentile(q * 100), ours.max)).toBe(ours.valueAtQuantile(q))
        }
      }),
    )
  })

  it('is read from hdr-histogram-js, with the same mean', () => {
    fc.assert(
      fc.property(entries, (recorded) => {
        const reference = referenceHistogram()
        for (const [us, count] of recorded) reference.recordValueWithCount(us, count)
        const ours = decodeHistogram(encodeIntoCompressedBase64(reference))
        expect(bucketsOf(ours)).toEqual(bucketsOf(oursOf(recorded)))
        expect(ours.mean).toBeCloseTo(reference.mean, 3)
      }),
    )
  })

  it('starts as every HdrHistogram log line does', () => {
    expect(encodeHistogram(oursOf([[1_000, 3]]))).toMatch(/^HISTFAAA/)
  })
})

/** A compressed histogram with the given header fields and bytes of counts. */
function crafted(
  counts: ArrayLike<number>,
  header: { cookie?: number; length?: number; digits?: number; unit?: bigint } = {},
): string {
  const plain = Buffer.alloc(40 + counts.length)
  plain.writeInt32BE(header.cookie ?? 0x1c849313, 0)
  plain.writeInt32BE(header.length ?? counts.length, 4)
  plain.writeInt32BE(1, 8)
  plain.writeInt32BE(header.digits ?? 3, 12)
  plain.writeBigInt64BE(header.unit ?? 1n, 16)
  plain.writeBigInt64BE(BigInt(highestValueUs), 24)
  plain.writeDoubleBE(1, 32)
  plain.set(counts, 40)
  return compressed(deflateSync(plain))
}

function compressed(deflated: Buffer, length = deflated.length): string {
  const outer = Buffer.alloc(8)
  outer.writeInt32BE(0x1c849314, 0)
  outer.writeInt32BE(length, 4)
  return Buffer.concat([outer, deflated]).toString('base64')
}

describe('what is refused', () => {
  it('accepts the crafted histogram that the others are made from', () => {
    // −3 (three empty buckets), 2 values, 1 empty bucket, 300 values
    expect(bucketsOf(decodeHistogram(crafted([5, 4, 0, 0xd8, 0x04])))).toEqual([
      [3, 3, 2],
      [5, 5, 300],
    ])
  })

  it.each([
    ['nothing', ''],
    ['text', 'hello, this is no histogram at all'],
    ['another cookie', Buffer.from('1c84930300000000', 'hex').toString('base64')],
    ['a cut outer length', compressed(deflateSync(Buffer.alloc(40)), 500)],
    ['a negative outer length', compressed(deflateSync(Buffer.alloc(40)), -1)],
    ['damaged compression', compressed(Buffer.from('no zlib stream'))],
    ['an empty payload', compressed(deflateSync(Buffer.alloc(0)))],
    ['another inner cookie', crafted([2], { cookie: 0x1c849301 })],
    ['counts that are longer than their data', crafted([2], { length: 2 })],
    ['a negative length', crafted([2], { length: -41 })],
    ['another precision', crafted([2], { digits: 2 })],
    ['another unit', crafted([2], { unit: 1_000n })],
    ['a number that breaks off', crafted([0x80])],
    ['a number that never ends', crafted([0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1])],
    ['a count past 2^53', crafted([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
    // ZigZag of −23,552: every bucket is skipped, and a value follows.
    ['values past the range', crafted([0xff, 0xef, 0x02, 2])],
    ['a decompression bomb', crafted(new Uint8Array(10_000_000))],
  ])('%s', (_what, text) => {
    expect(() => decodeHistogram(text)).toThrow(PlimsollError)
    expect(() => decodeHistogram(text)).toThrow(expect.objectContaining({ code: 'RUN_UNREADABLE' }))
  })

  it('any damage ends in a histogram or that error', () => {
    const whole = Buffer.from(
      encodeHistogram(
        oursOf([
          [12, 5],
          [90_000, 70],
          [2 ** 31, 1],
        ]),
      ),
      'base64',
    )
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
        const damaged = Buffer.from(whole.subarray(0, length))
        if (at < length) damaged[at] = byte
        try {
          expect(decodeHistogram(damaged.toString('base64'))).toBeInstanceOf(Histogram)
        } catch (error) {
          expect(error).toBeInstanceOf(PlimsollError)
        }
      }),
    )
  })
})
