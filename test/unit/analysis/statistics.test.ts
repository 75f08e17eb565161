import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  betaDistribution,
  betaInverse,
  clopperPearson,
  effectiveSampleSize,
  lag1,
  madDeviation,
  median,
  theilSen,
  tQuantile,
  variance,
} from '../../../src/analysis/statistics.js'
import { logGamma } from '../../../src/kernel/log-gamma.js'

describe('summaries', () => {
  it('take the middle of odd and even lists and leave their input alone', () => {
    const values = [9, 1, 5]
    expect(median(values)).toBe(5)
    expect(values).toEqual([9, 1, 5])
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([])).toBeNaN()
    expect(madDeviation([1, 1, 2, 2, 4, 6, 9])).toBeCloseTo(1.4826, 10)
    expect(variance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 12)
    expect(variance([3])).toBe(0)
  })

  it('know the lag-1 autocorrelation of a ramp, of an alternation and of a constant', () => {
    expect(lag1([1, 2, 3, 4, 5])).toBeCloseTo(0.4, 12)
    expect(lag1([1, -1, 1, -1])).toBeCloseTo(-0.75, 12)
    expect(lag1([7, 7, 7])).toBe(0)
  })

  it('find the slope of any line, and of a line with a fifth of its points spoilt', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 3, max: 40 }), (slope, length) => {
        const line = Array.from({ length }, (_, index) => 7 + slope * index)
        expect(theilSen(line)).toBeCloseTo(slope, 9)
      }),
    )
    const spoilt = Array.from({ length: 20 }, (_, index) => (index % 5 === 2 ? 1_000 : 2 * index))
    expect(theilSen(spoilt)).toBeCloseTo(2, 0)
    expect(theilSen([3])).toBe(0)
  })
})

describe('the gamma and beta functions', () => {
  it('agree with the binomial tail: I_x(k, n−k+1) = P(at least k of n)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        (n, x, seed) => {
          const k = 1 + (seed % n)
          let tail = 0
          for (let i = k; i <= n; i++) {
            const ways = logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1)
            tail += Math.exp(ways + i * Math.log(x) + (n - i) * Math.log1p(-x))
          }
          expect(betaDistribution(x, k, n - k + 1)).toBeCloseTo(tail, 9)
        },
      ),
    )
  })

  it('invert each other, for a few values as for ten million', () => {
    const shape = fc.oneof(
      fc.double({ min: 0.5, max: 50, noNaN: true }),
      fc.double({ min: 50, max: 1e7, noNaN: true }),
    )
    fc.assert(
      fc.property(shape, shape, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (a, b, p) => {
        const x = betaInverse(p, a, b)
        // Near 1 the next double may lie further in the distribution than the tolerance.
        const grain = betaDistribution(x + 2 ** -53, a, b) - betaDistribution(x - 2 ** -53, a, b)
        expect(Math.abs(betaDistribution(x, a, b) - p)).toBeLessThan(5e-6 + grain)
      }),
      { numRuns: 60 },
    )
    expect(betaInverse(0.4, 0, 3)).toBe(0)
    expect(betaInverse(0.4, 3, 0)).toBe(1)
  })

  it('give the quantiles of Student’s t that every table prints', () => {
    const table: ReadonlyArray<readonly [p: number, freedom: number, t: number]> = [
      [0.975, 1, 12.7062],
      [0.975, 4, 2.7764],
      [0.975, 9, 2.2622],
      [0.95, 5, 2.015],
      [0.99, 18, 2.5524],
      [0.975, 100, 1.984],
      [0.975, 1e6, 1.96],
    ]
    for (const [p, freedom, t] of table) expect(tQuantile(p, freedom)).toBeCloseTo(t, 3)
    expect(tQuantile(0.025, 9)).toBeCloseTo(-2.2622, 3)
    expect(tQuantile(0.5, 3)).toBe(0)
  })
})

describe('intervals of a share', () => {
  it('are those of Clopper and Pearson', () => {
    expect(clopperPearson(0, 10)).toEqual({ low: 0, high: expect.closeTo(0.3085, 4) })
    expect(clopperPearson(10, 10)).toEqual({ low: expect.closeTo(0.6915, 4), high: 1 })
    const { low, high } = clopperPearson(10, 100)
    expect(low).toBeCloseTo(0.0490047, 6)
    expect(high).toBeCloseTo(0.1762226, 6)
  })

  it('hold the observed share and narrow with the sample', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 2, max: 50 }), (successes, times) => {
        const small = clopperPearson(successes, 100)
        const large = clopperPearson(successes * times, 100 * times)
        expect(small.low).toBeLessThan(successes / 100)
        expect(small.high).toBeGreaterThan(successes / 100)
        expect(large.high - large.low).toBeLessThan(small.high - small.low)
      }),
    )
  })

  it('see a smaller sample where exceedances come in bursts', () => {
    const even = Array.from({ length: 10 }, () => ({ exceedances: 10, count: 1_000 }))
    const burst = even.map((batch, index) => ({ ...batch, exceedances: index === 3 ? 100 : 0 }))
    const forFewBatches = (1.959_964 / 2.262_157) ** 2
    expect(effectiveSampleSize(10_000, even)).toBeCloseTo(10_000 * forFewBatches, 0)
    // deff = 10/9 · (90² + 9·10²)/10⁸ ÷ (0.01·0.99/10⁴) = 101.01
    expect(effectiveSampleSize(10_000, burst)).toBeCloseTo((10_000 / 101.0101) * forFewBatches, 1)
    expect(effectiveSampleSize(500, [])).toBe(500)
  })
})
