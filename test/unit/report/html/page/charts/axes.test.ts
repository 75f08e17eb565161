import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  lastPosition,
  percentileAt,
  percentileLabel,
  percentilePosition,
  percentileTicks,
  sampleCurve,
  unsureFrom,
} from '../../../../../../src/report/html/page/charts/percentile-axis.js'
import {
  axisMs,
  linearTicks,
  logTicks,
  roundDown,
  roundUp,
} from '../../../../../../src/report/html/page/charts/value-axis.js'

describe('the percentile axis', () => {
  it('puts each nine at the same distance', () => {
    expect([90, 99, 99.9, 99.99].map((p) => Number(percentilePosition(p).toFixed(9)))).toEqual([1, 2, 3, 4])
    expect(percentileAt(percentilePosition(97.3))).toBeCloseTo(97.3, 9)
    expect(percentileTicks(4).map(percentileLabel)).toEqual(['p50', 'p90', 'p99', 'p99.9', 'p99.99'])
    expect(percentileTicks(2.5).map(percentileLabel)).toEqual(['p50', 'p90', 'p99'])
  })

  it('ends where one value is left, and is unsure where fewer than ten are', () => {
    expect(lastPosition(100_000)).toBeCloseTo(5)
    expect(unsureFrom(100_000)).toBeCloseTo(4)
    expect(unsureFrom(0)).toBe(0)
  })

  it('samples a curve at its own points exactly, between them without leaving their range', () => {
    const points = [
      { percentile: 0, value: 1 },
      { percentile: 90, value: 10 },
      { percentile: 99, value: 100 },
      { percentile: 100, value: 400 },
    ]
    expect(sampleCurve(points, [0, 1, 1.5, 2, 3])).toEqual([1, 10, expect.closeTo(31.62, 1), 100, null])
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), (position) => {
        const [value] = sampleCurve(points, [position])
        expect(value).toBeGreaterThanOrEqual(1)
        expect(value).toBeLessThanOrEqual(100 + 1e-9)
      }),
    )
  })
})

describe('value axes', () => {
  it('round outwards to 1, 2 and 5', () => {
    expect([0.0123, 3, 5, 70].map(roundUp)).toEqual([0.02, 5, 5, 100])
    expect([0.0123, 3, 5, 70].map(roundDown)).toEqual([0.01, 2, 5, 50])
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (value) => {
        expect(roundDown(value)).toBeLessThanOrEqual(value * (1 + 1e-8))
        expect(roundUp(value)).toBeGreaterThanOrEqual(value * (1 - 1e-8))
      }),
    )
  })

  it('has two to four even steps that come near the peak', () => {
    expect(linearTicks(5_058)).toEqual([0, 2_500, 5_000])
    expect(linearTicks(100)).toEqual([0, 50, 100])
    expect(linearTicks(1)).toEqual([0, 0.5, 1])
    expect(linearTicks(0)).toEqual([0])
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e12, noNaN: true }), (peak) => {
        const ticks = linearTicks(peak)
        expect(ticks.length).toBeGreaterThanOrEqual(3)
        expect(ticks.length).toBeLessThanOrEqual(5)
        expect(ticks.at(-1)).toBeLessThanOrEqual(peak * (1 + 1e-3))
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(peak / 2)
      }),
    )
  })

  it('labels decades, and more where decades are few', () => {
    expect(logTicks(0.005, 200)).toEqual([0.01, 0.1, 1, 10, 100])
    expect(logTicks(1, 50)).toEqual([1, 2, 5, 10, 20, 50])
    expect([0.01, 5, 2_000].map(axisMs)).toEqual(['10 µs', '5 ms', '2 s'])
  })
})
