import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bucketCount,
  bucketIndex,
  Histogram,
  type HistogramDelta,
  highestValueAt,
  highestValueUs,
  lowestValueAt,
} from '../../../src/measurement/histogram.js'
import { referenceOf } from './reference-histogram.js'

const quantiles = [0, 0.001, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1]

/** Whole µs of every magnitude, the edges of powers of two among them. */
const value: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: highestValueUs }),
  fc.integer({ min: 0, max: 5_000 }),
  fc
    .tuple(fc.integer({ min: 0, max: 32 }), fc.integer({ min: -2, max: 2 }))
    .map(([exponent, offset]) => Math.min(Math.max(2 ** exponent + offset, 0), highestValueUs)),
)
const values = fc.array(value, { maxLength: 300 })
/** Values, and a limit: one of them or a few µs beside it, so that it often falls within their buckets. */
const filledWithLimit = fc.array(value, { minLength: 1, maxLength: 300 }).chain((recorded) =>
  fc.tuple(
    fc.constant(recorded),
    fc.oneof(
      fc.double({ min: -10, max: 2 ** 33, noNaN: true }),
      fc
        .tuple(fc.constantFrom(...recorded), fc.integer({ min: -40, max: 40 }))
        .map(([us, off]) => us + off / 4),
    ),
  ),
)
const filled = fc.array(value, { minLength: 1, maxLength: 300 })

function histogramOf(recorded: Iterable<number>): Histogram {
  const histogram = new Histogram()
  for (const us of recorded) histogram.record(us)
  return histogram
}

function bucketsOf(histogram: Histogram): Array<[low: number, high: number, count: number]> {
  const buckets: Array<[number, number, number]> = []
  histogram.forEachBucket((low, high, count) => buckets.push([low, high, count]))
  return buckets
}

function expectSame(one: Histogram, other: Histogram): void {
  expect(bucketsOf(one)).toEqual(bucketsOf(other))
  expect([one.count, one.min, one.max, one.mean]).toEqual([other.count, other.min, other.max, other.mean])
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

describe('the layout', () => {
  it('covers 0 to 2^32 − 1 without a gap or an overlap', () => {
    let next = 0
    for (let index = 0; index < bucketCount; index++) {
      if (lowestValueAt(index) !== next || highestValueAt(index) < next) {
        expect.fail(
          `bucket ${index} runs from ${lowestValueAt(index)} to ${highestValueAt(index)}, not from ${next}`,
        )
      }
      next = highestValueAt(index) + 1
    }
    expect(next).toBe(2 ** 32)
  })

  it('puts a value into the bucket that holds it, at most 1/1024 of it wide', () => {
    fc.assert(
      fc.property(value, (us) => {
        const index = bucketIndex(us)
        expect(lowestValueAt(index)).toBeLessThanOrEqual(us)
        expect(highestValueAt(index)).toBeGreaterThanOrEqual(us)
        expect(highestValueAt(index) - lowestValueAt(index)).toBeLessThanOrEqual(us / 1_024)
      }),
    )
  })
})

describe('against hdr-histogram-js', () => {
  it('has the same count, percentiles and buckets', () => {
    fc.assert(
      fc.property(filled, (recorded) => {
        const ours = histogramOf(recorded)
        const reference = referenceOf(recorded)
        expect(ours.count).toBe(reference.totalCount)
        for (const q of quantiles)
          expect(ours.valueAtQuantile(q)).toBe(Math.min(reference.getValueAtPercentile(q * 100), ours.max))
        for (const [low, high, count] of bucketsOf(ours)) {
          expect(reference.getCountAtValue(low)).toBe(count)
          expect(reference.lowestEquivalentValue(high)).toBe(low)
          expect(reference.highestEquivalentValue(low)).toBe(high)
        }
      }),
    )
  })

  it('agrees on any percentile of many values', () => {
    const recorded = Array.from({ length: 10_000 }, (_, at) => (at * 7_919) % 1_000_003)
    const ours = histogramOf(recorded)
    const reference = referenceOf(recorded)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (thousandths) => {
        const percentile = thousandths / 1_000
        expect(ours.valueAtQuantile(percentile / 100)).toBe(
          Math.min(reference.getValueAtPercentile(percentile), ours.max),
        )
      }),
    )
  })

  it('takes p99.9 of 1,000 values as the 999th, though 0.999 is no exact double', () => {
    const recorded = Array.from({ length: 1_000 }, (_, at) => at + 1)
    for (let rank = 1; rank <= 1_000; rank++) {
      expect(histogramOf(recorded).valueAtQuantile(rank / 1_000)).toBe(rank)
    }
  })
})

describe('what is exact', () => {
  it('minimum, maximum and mean, to the µs', () => {
    fc.assert(
      fc.property(filled, (recorded) => {
        const histogram = histogramOf(recorded)
        expect(histogram.min).toBe(Math.min(...recorded))
        expect(histogram.max).toBe(Math.max(...recorded))
        expect(histogram.mean).toBe(sum(recorded) / recorded.length)
      }),
    )
  })

  it('a percentile is the value of its rank within 1/1000 of it, or 1 µs', () => {
    fc.assert(
      fc.property(filled, fc.double({ min: 0.001, max: 1, noNaN: true }), (recorded, q) => {
        const sorted = recorded.toSorted((a, b) => a - b)
        const rank = Math.max(1, Math.ceil(q * sorted.length - 1e-9))
        const truth = sorted[rank - 1]!
        const error = histogramOf(recorded).valueAtQuantile(q) - truth
        expect(error).toBeGreaterThanOrEqual(0)
        expect(error).toBeLessThanOrEqual(Math.max(1, truth / 1_000))
      }),
    )
  })
})

describe('counts beyond a limit', () => {
  it('add up, and are those of the values as percentiles report them', () => {
    fc.assert(
      fc.property(filledWithLimit, ([recorded, limit]) => {
        const histogram = histogramOf(recorded)
        const most = histogram.max
        const reported = recorded.map((us) => Math.min(highestValueAt(bucketIndex(us)), most))
        expect(histogram.countAbove(limit)).toBe(reported.filter((us) => us > limit).length)
        expect(histogram.countAbove(limit) + histogram.countAtOrBelow(limit)).toBe(recorded.length)
      }),
    )
  })

  it('never contradict a percentile', () => {
    fc.assert(
      fc.property(filledWithLimit, fc.constantFrom(0.5, 0.9, 0.99, 0.999), ([recorded, limit], q) => {
        const histogram = histogramOf(recorded)
        const needed = Math.ceil(q * histogram.count - 1e-9)
        expect(histogram.countAtOrBelow(limit) >= needed).toBe(histogram.valueAtQuantile(q) <= limit)
      }),
    )
  })
})

describe('merging', () => {
  it('equals recording all', () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const merged = histogramOf(some)
        merged.add(histogramOf(others))
        expectSame(merged, histogramOf([...some, ...others]))
      }),
    )
  })

  it('of interval deltas gives the whole, and leaves the interval empty', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 5 }), (intervals) => {
        const interval = new Histogram()
        const deltas: HistogramDelta[] = []
        for (const recorded of intervals) {
          for (const us of recorded) interval.record(us)
          const delta = interval.takeDelta()
          expect(delta === null).toBe(recorded.length === 0)
          if (delta) deltas.push(structuredClone(delta))
          expectSame(interval, new Histogram())
        }
        expectSame(Histogram.from(deltas), histogramOf(intervals.flat()))
      }),
    )
  })

  it('of a delta that contradicts itself adds nothing', () => {
    const honest = histogramOf([10, 500, 90_000]).takeDelta()!
    for (const lie of [{ min: 400 }, { max: 600 }, { max: -1 }]) {
      const histogram = histogramOf([7])
      expect(() => histogram.addDelta({ ...honest, ...lie })).toThrow(RangeError)
      expectSame(histogram, histogramOf([7]))
    }
  })

  it('records a count at once', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 50 }), (us, count) => {
        const histogram = new Histogram()
        histogram.recordCount(us, count)
        expectSame(histogram, histogramOf(Array.from({ length: count }, () => us)))
      }),
    )
  })

  it('forgets everything on reset', () => {
    const histogram = histogramOf([3, 3_000_000_000])
    histogram.reset()
    expectSame(histogram, new Histogram())
    expect(histogram.takeDelta()).toBeNull()
    histogram.record(12)
    expectSame(histogram, histogramOf([12]))
  })
})

describe('extremes', () => {
  it('is 0 throughout when empty', () => {
    const histogram = new Histogram()
    expect([histogram.count, histogram.min, histogram.max, histogram.mean]).toEqual([0, 0, 0, 0])
    expect(histogram.valueAtQuantile(0.99)).toBe(0)
    expect([histogram.countAbove(0), histogram.countAtOrBelow(1e9)]).toEqual([0, 0])
    expect(bucketsOf(histogram)).toEqual([])
  })

  it.each([
    [0, 0],
    [-0, 0],
    [0.4, 0],
    [0.5, 1],
    [1_234.49, 1_234],
    [1_234.5, 1_235],
    [-5, 0],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 31, 2 ** 31],
    [2 ** 31 + 0.5, 2 ** 31 + 1],
    [2 ** 32 - 2, 2 ** 32 - 2],
    [2 ** 32 - 1.5, highestValueUs],
    [2 ** 32 - 1.1, highestValueUs],
    [2 ** 32 - 1, highestValueUs],
    [2 ** 32, highestValueUs],
    [1e12, highestValueUs],
    [Infinity, highestValueUs],
    [-Infinity, 0],
  ])('counts %d µs as %d', (us, kept) => {
    const histogram = histogramOf([us])
    expect([histogram.count, histogram.min, histogram.max, histogram.mean]).toEqual([1, kept, kept, kept])
    expect(bucketsOf(histogram)).toEqual([
      [lowestValueAt(bucketIndex(kept)), highestValueAt(bucketIndex(kept)), 1],
    ])
    const counted = new Histogram()
    counted.recordCount(us, 1)
    expectSame(counted, histogram)
  })

  it('refuses what is no number or no count, and stays as it was', () => {
    const histogram = histogramOf([5])
    expect(() => histogram.record(Number.NaN)).toThrow(RangeError)
    expect(() => histogram.recordCount(Number.NaN, 1)).toThrow(RangeError)
    expect(() => histogram.valueAtQuantile(Number.NaN)).toThrow(RangeError)
    expect(() => histogram.countAbove(Number.NaN)).toThrow(RangeError)
    for (const count of [-1, 0.5, Number.NaN, Infinity]) {
      expect(() => histogram.recordCount(1, count)).toThrow(RangeError)
    }
    expectSame(histogram, histogramOf([5]))
  })

  it('clamps a quantile to 0 … 1', () => {
    const histogram = histogramOf([10, 20, 30])
    expect(histogram.valueAtQuantile(-3)).toBe(10)
    expect(histogram.valueAtQuantile(7)).toBe(30)
  })

  it('stays exact past 2^32 values in one bucket, by every way in', () => {
    const most = 2 ** 32 - 1
    const recorded = histogramOf([9])
    recorded.recordCount(70, most)
    recorded.record(70)
    recorded.record(70)
    expect(bucketsOf(recorded)).toEqual([
      [9, 9, 1],
      [70, 70, most + 2],
    ])

    const added = new Histogram()
    added.recordCount(70, most)
    added.add(recorded)
    expect(added.countAtIndex(70)).toBe(2 * most + 2)
    expect(added.count).toBe(2 * most + 3)

    const delta = structuredClone(added.takeDelta()!)
    expect(added.count).toBe(0)
    expect(Histogram.from([delta, delta]).countAtIndex(70)).toBe(4 * most + 4)
  })
})
