import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { type CurvePoint, percentileCurve } from '../../../src/measurement/percentile-curve.js'
import { referenceOf } from './reference-histogram.js'

function referenceCurve(values: readonly number[], ticks: number): CurvePoint[] {
  const iterator = referenceOf(values).percentileIterator
  iterator.reset(ticks)
  const points: CurvePoint[] = []
  while (iterator.hasNext()) {
    const { valueIteratedTo, percentileLevelIteratedTo } = iterator.next()
    points.push({ percentile: percentileLevelIteratedTo, value: valueIteratedTo / 1_000 })
  }
  return points
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const us of values) histogram.record(us)
  return histogram
}

describe('the percentile curve', () => {
  it('is that of the HdrHistogram iterator', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 10 }), (recorded, ticks) => {
        expect(percentileCurve(histogramOf(recorded), ticks)).toEqual(referenceCurve(recorded, ticks))
      }),
    )
  })

  it('is empty for no values', () => {
    expect(percentileCurve(new Histogram())).toEqual([])
  })

  it('stays short for more values than a double can take shares of', () => {
    const histogram = new Histogram()
    histogram.recordCount(1_000, 2 ** 52)
    histogram.recordCount(2_000, 1)
    const curve = percentileCurve(histogram)
    expect(curve.length).toBeLessThan(400)
    expect(curve[0]).toEqual({ percentile: 0, value: 1 })
    expect(curve.at(-1)).toEqual({ percentile: 100, value: 2 })
    for (let at = 1; at < curve.length; at++) {
      expect(curve[at]!.percentile).toBeGreaterThan(curve[at - 1]!.percentile)
    }
  })
})
