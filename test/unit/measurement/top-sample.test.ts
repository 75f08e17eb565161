import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import {
  packedBin,
  packedCount,
  packedError,
  type SampleRow,
  TopSample,
} from '../../../src/measurement/top-sample.js'

/** Distinct keys, so that which rows are kept has one answer. */
const keys = fc.uniqueArray(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { maxLength: 200 })

const rowOf = (key: number, id: number): SampleRow => ({
  key,
  id,
  connection: id + 0.125,
  intendedUs: id * 1_000 + 0.5,
  slipUs: id + 1,
  waitUs: id + 2,
  serviceUs: key,
  bin: id % 7,
  error: id % 3,
})

function sampleOf(rows: Iterable<SampleRow>, capacity: number): TopSample {
  const sample = new TopSample(capacity)
  for (const row of rows) {
    sample.offer(
      row.key,
      row.id,
      row.connection,
      row.intendedUs,
      row.slipUs,
      row.waitUs,
      row.serviceUs,
      row.bin,
      row.error,
    )
  }
  return sample
}

const highest = (rows: readonly SampleRow[], capacity: number): SampleRow[] =>
  rows.toSorted((a, b) => b.key - a.key).slice(0, capacity)

describe('a top sample', () => {
  it('holds what sorting all would put first, with every field', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 0, max: 60 }), (all, capacity) => {
        const rows = all.map(rowOf)
        const sample = sampleOf(rows, capacity)
        const expected = highest(rows, capacity)
        expect(sample.size).toBe(expected.length)
        const full = rows.length >= capacity
        expect(sample.threshold).toBe(capacity === 0 ? Infinity : full ? expected.at(-1)!.key : -Infinity)
        expect(sample.rows()).toEqual(expected)
      }),
    )
  })

  it('merges packed rows to what one sample of all would hold', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 30 }), (all, capacity) => {
        const rows = all.map(rowOf)
        const merged = new TopSample(capacity)
        for (const half of [0, 1]) {
          const packed = sampleOf(
            rows.filter((row) => row.id % 2 === half),
            capacity,
          ).take()
          for (let row = 0; row < packedCount(packed); row++) merged.offerPacked(packed, row)
        }
        expect(merged.rows()).toEqual(highest(rows, capacity))
      }),
    )
  })

  it('takes an error number in place of the one that was packed', () => {
    const packed = sampleOf([rowOf(5, 2)], 1).take()
    expect([packedCount(packed), packedBin(packed, 0), packedError(packed, 0)]).toEqual([1, 2, 2])
    const merged = new TopSample(1)
    merged.offerPacked(packed, 0, 9)
    expect(merged.rows()).toEqual([{ ...rowOf(5, 2), error: 9 }])
  })

  it('is empty once taken, and takes any key again', () => {
    const sample = sampleOf([rowOf(5, 1), rowOf(9, 2)], 2)
    expect(sample.rows().map((row) => row.key)).toEqual([9, 5])
    expect(packedCount(sample.take())).toBe(2)
    expect([sample.size, sample.threshold]).toEqual([0, -Infinity])
    expect([sample.rows(), packedCount(sample.take())]).toEqual([[], 0])
    expect(sampleOf([rowOf(1, 3)], 2).rows()).toEqual([rowOf(1, 3)])
  })

  it('keeps the earlier of two equal keys, and no NaN', () => {
    const sample = sampleOf([rowOf(4, 1), rowOf(4, 2), rowOf(Number.NaN, 3), rowOf(4, 4)], 2)
    expect(
      sample
        .rows()
        .map((row) => row.id)
        .toSorted(),
    ).toEqual([1, 2])
    expect(sampleOf([rowOf(Number.NaN, 3)], 2).rows()).toEqual([])
  })

  it('with random keys is a uniform sample', () => {
    const random = new Random(7)
    const offered = 1_000
    const tenths = new Array<number>(10).fill(0)
    for (let round = 0; round < 100; round++) {
      const sample = new TopSample(100)
      for (let id = 0; id < offered; id++) sample.offer(random.next(), id, 0, 0, 0, 0, 0, 0, 0)
      for (const row of sample.rows()) tenths[Math.floor(row.id / 100)]!++
    }
    // 10,000 draws, 1,000 a tenth, standard deviation 28: five of them.
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(142)
  })

  it.each([-1, 0.5, Number.NaN, Infinity])('refuses a capacity of %d', (capacity) => {
    expect(() => new TopSample(capacity)).toThrow(RangeError)
  })
})
