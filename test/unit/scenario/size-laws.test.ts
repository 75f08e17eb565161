import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import { type SizeLaw, sizes } from '../../../src/scenario/size-laws.js'
import { chi2, chi2Limit } from '../kernel/goodness-of-fit.js'

const drawn = (law: SizeLaw, count: number, seed = 1): number[] => {
  const random = new Random(seed)
  return Array.from({ length: count }, () => law(random))
}

/** Expects the share of draws that are no larger than `size` within four standard errors. */
function expectShareUpTo(draws: readonly number[], size: number, share: number): void {
  const seen = draws.filter((draw) => draw <= size).length / draws.length
  expect(Math.abs(seen - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / draws.length))
}

describe('sizes', () => {
  it('logNormal: by median and p99, in any unit', () => {
    const draws = drawn(sizes.logNormal({ median: '1KiB', p99: '16KiB' }), 50_000)
    expectShareUpTo(draws, 1_024, 0.5)
    expectShareUpTo(draws, 16_384, 0.99)
  })

  it('logNormal: by σ, held within bounds', () => {
    const draws = drawn(sizes.logNormal({ median: 17, sigma: 1.15, min: 5, max: 100 }), 20_000)
    expect(Math.min(...draws)).toBe(5)
    expect(Math.max(...draws)).toBe(100)
    expectShareUpTo(draws, 17, 0.5)
  })

  it('generalizedPareto: as its formula has it', () => {
    const [scale, shape] = [214.476, 0.348238]
    const draws = drawn(sizes.generalizedPareto({ scale, shape, min: 0 }), 50_000)
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const quantile = (scale / shape) * ((1 - share) ** -shape - 1)
      // Whole bytes: the law up to k and a half is what rounds to k or less.
      const exact = 1 - (1 + (shape * (Math.floor(quantile) + 0.5)) / scale) ** (-1 / shape)
      expectShareUpTo(draws, Math.floor(quantile), exact)
    }
  })

  it('percentiles: each lies where it was said', () => {
    const draws = drawn(
      sizes.percentiles({ min: '10B', p50: '200B', p99: '4KiB', max: '64KiB', 'p99.9': 20_000 }),
      100_000,
    )
    expectShareUpTo(draws, 200, 0.5)
    expectShareUpTo(draws, 4_096, 0.99)
    expectShareUpTo(draws, 20_000, 0.999)
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...draws)).toBeLessThanOrEqual(65_536)
  })

  it('histogram: buckets by weight, and within them uniform', () => {
    const draws = drawn(
      sizes.histogram([
        [10, 60],
        [20, 0],
        [30, 40],
      ]),
      30_000,
    )
    const counts = Array.from({ length: 30 }, (_, at) => draws.filter((draw) => draw === at + 1).length)
    const shares = counts.map((_, at) => (at < 10 ? 0.06 : at < 20 ? 0 : 0.04))
    expect(counts.slice(10, 20).every((count) => count === 0)).toBe(true)
    const present = shares.map((_, at) => at).filter((at) => shares[at]! > 0)
    const { value, degrees } = chi2(
      present.map((at) => counts[at]!),
      present.map((at) => shares[at]!),
    )
    expect(degrees).toBe(19)
    expect(value).toBeLessThan(chi2Limit(degrees))
  })

  it('uniform: both ends', () => {
    const draws = drawn(sizes.uniform('1B', 3), 300)
    expect([...new Set(draws)].toSorted()).toEqual([1, 2, 3])
  })

  it('are whole bytes, and the same for the same seed', () => {
    const laws = [
      sizes.logNormal({ median: 100, sigma: 2 }),
      sizes.generalizedPareto({ scale: 200, shape: 0.3 }),
      sizes.percentiles({ p50: 100, max: 1_000 }),
      sizes.histogram([[100, 1]]),
      sizes.uniform(1, 1_000),
    ]
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...laws), (seed, law) => {
        const draws = drawn(law, 20, seed)
        expect(draws.every((size) => Number.isSafeInteger(size) && size >= 1)).toBe(true)
        expect(drawn(law, 20, seed)).toEqual(draws)
      }),
    )
  })

  it.each([
    () => sizes.logNormal({ median: '4KiB', p99: '200B' }),
    () => sizes.logNormal({ median: 0, sigma: 1 }),
    () => sizes.logNormal({ median: 100, sigma: 1, min: 50, max: 20 }),
    () => sizes.generalizedPareto({ scale: 0, shape: 1 }),
    () => sizes.percentiles({ p50: '1KiB', p99: '200B', max: '1MB' }),
    () => sizes.percentiles({ p50: '1KiB', max: '1KB' }),
    () => sizes.percentiles({ p100: '1KiB', max: '2KiB' }),
    () => sizes.histogram([]),
    () =>
      sizes.histogram([
        [20, 1],
        [10, 1],
      ]),
    () => sizes.histogram([[20, -1]]),
    () => sizes.uniform(5, 4),
    () => sizes.logNormal({ median: '3 elephants', p99: '9MB' }),
  ])('refuse what is no law: %s', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }))
  })
})
