import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Zipf } from '../../../src/kernel/laws.js'
import { logGamma } from '../../../src/kernel/log-gamma.js'
import { Random } from '../../../src/kernel/random.js'
import { chi2, chi2Limit, kolmogorov, normalBelow } from './goodness-of-fit.js'

const drawn = <Value>(count: number, draw: () => Value): Value[] => Array.from({ length: count }, draw)

function countsOf(ranks: readonly number[], cells: number): number[] {
  const counts = new Array<number>(cells).fill(0)
  for (const rank of ranks) counts[rank]!++
  return counts
}

describe('fine()', () => {
  it('is uniform over [0, 1), and finer than 2^-32', () => {
    const random = new Random(7)
    const values = drawn(20_000, () => random.fine())
    expect(kolmogorov(values, (value) => value)).toBeLessThan(2.2)
    expect(values.some((value) => (value * 2 ** 32) % 1 !== 0)).toBe(true)
  })
})

describe('normal and log-normal', () => {
  it.each([
    [0, 1],
    [-50, 3],
  ])('normal(%d, %d) has the law', (mean, deviation) => {
    const random = new Random(11)
    const values = drawn(50_000, () => random.normal(mean, deviation))
    expect(kolmogorov(values, (value) => normalBelow((value - mean) / deviation))).toBeLessThan(2.2)
  })

  it('takes a log-normal law by its median and σ', () => {
    const random = new Random(12)
    const values = drawn(50_000, () => random.logNormal({ median: 17, sigma: 1.15 }))
    expect(kolmogorov(values, (value) => normalBelow(Math.log(value / 17) / 1.15))).toBeLessThan(2.2)
  })

  it('takes a log-normal law by its median and p99: 1 % lies above', () => {
    const random = new Random(13)
    const values = drawn(100_000, () => random.logNormal({ median: 200, p99: 4_096 }))
    // Three and a half standard errors of a binomial share.
    expect(Math.abs(values.filter((value) => value > 4_096).length - 1_000)).toBeLessThan(111)
    expect(Math.abs(values.filter((value) => value > 200).length - 50_000)).toBeLessThan(554)
  })

  it('refuses a law that there is not', () => {
    const random = new Random(1)
    expect(() => random.logNormal({ median: 0, sigma: 1 })).toThrow(RangeError)
    expect(() => random.logNormal({ median: 100, p99: 50 })).toThrow(RangeError)
  })
})

describe('poisson', () => {
  const shareOf = (count: number, mean: number): number =>
    Math.exp(count * Math.log(mean) - mean - logGamma(count + 1))

  it.each([0.1, 1, 3, 9.99, 10, 25, 400])('mean %d: χ² fits the formula', (mean) => {
    const random = new Random(21)
    const most = Math.ceil(mean + 12 * Math.sqrt(mean) + 12)
    const counts = countsOf(
      drawn(100_000, () => random.poisson(mean)),
      most,
    )
    const shares = counts.map((_, count) => shareOf(count, mean))
    const { value, degrees } = chi2(counts, shares)
    expect(degrees).toBeGreaterThan(1)
    expect(value).toBeLessThan(chi2Limit(degrees))
  })

  it('has mean and variance alike, for a large mean', () => {
    const random = new Random(22)
    const values = drawn(50_000, () => random.poisson(1e6))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    expect(Math.abs(mean - 1e6)).toBeLessThan(4 * Math.sqrt(1e6 / values.length))
    expect(Math.abs(variance / 1e6 - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length))
  })

  it('is 0 for a mean of 0, and refuses what is no mean', () => {
    const random = new Random(1)
    expect(drawn(100, () => random.poisson(0)).every((value) => value === 0)).toBe(true)
    for (const mean of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => random.poisson(mean)).toThrow(RangeError)
    }
  })
})

describe('zipf', () => {
  const sharesOf = (n: number, exponent: number): number[] => {
    const heights = Array.from({ length: n }, (_, at) => (at + 1) ** -exponent)
    const sum = heights.reduce((total, height) => total + height, 0)
    return heights.map((height) => height / sum)
  }

  it.each([
    [1, 0.99],
    [2, 0.5],
    [10, 0],
    [10, 0.99],
    [100, 1],
    [1_000, 0.64],
    [1_000, 1.2],
    [50, 3],
  ])('n %d, exponent %d: χ² fits the formula', (n, exponent) => {
    const random = new Random(31)
    const counts = countsOf(
      drawn(100_000, () => random.zipf(n, exponent)),
      n,
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100_000)
    const { value, degrees } = chi2(counts, sharesOf(n, exponent))
    if (n > 1) expect(value).toBeLessThan(chi2Limit(degrees))
  })

  /** The sum of k^-exponent to n, by Euler and Maclaurin from 1,000 on. */
  function harmonic(n: number, exponent: number): number {
    const exact = Math.min(n, 1_000)
    let sum = 0
    for (let k = 1; k <= exact; k++) sum += k ** -exponent
    if (n === exact) return sum
    const integral = (n ** (1 - exponent) - exact ** (1 - exponent)) / (1 - exponent)
    const ends = (n ** -exponent - exact ** -exponent) / 2
    const slopes = (exponent * (exact ** (-exponent - 1) - n ** (-exponent - 1))) / 12
    return sum + integral + ends + slopes
  }

  it.each([
    [1e9, 0.99],
    [1e12, 0.8],
    [1e12, 1.01],
  ])('fits by decades for n %d, exponent %d, where no table would do', (n, exponent) => {
    const random = new Random(32)
    const decades = Math.round(Math.log10(n))
    const counts = countsOf(
      drawn(100_000, () =>
        Math.min(decades - 1, Math.floor(Math.log10(random.zipf(n, exponent) + 1) + 1e-12)),
      ),
      decades,
    )
    const below = (rank: number): number => harmonic(rank, exponent) / harmonic(n, exponent)
    const shares = counts.map((_, decade) => {
      const from = 10 ** decade - 1
      const to = decade === decades - 1 ? n : 10 ** (decade + 1) - 1
      return below(to) - (from === 0 ? 0 : below(from))
    })
    const { value, degrees } = chi2(counts, shares)
    expect(degrees).toBeGreaterThan(4)
    expect(value).toBeLessThan(chi2Limit(degrees))
  })

  it('takes as many draws for many items as for few: refused ranks are rare', () => {
    for (const n of [1, 2, 10, 1_000, 1e6, 1e12, Number.MAX_SAFE_INTEGER]) {
      for (const exponent of [0, 0.5, 0.99, 1, 1.5, 4]) {
        const random = new Random(33)
        let draws = 0
        const counting = {
          next: () => random.next(),
          fine: () => {
            draws++
            return random.fine()
          },
        }
        const law = new Zipf(n, exponent)
        for (let draw = 0; draw < 2_000; draw++) law.draw(counting)
        expect(draws).toBeLessThan(2_600)
      }
    }
  })

  it('stays within its bounds, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        fc.nat(),
        (n, exponent, seed) => {
          const random = new Random(seed)
          for (const rank of drawn(20, () => random.zipf(n, exponent))) {
            expect(Number.isSafeInteger(rank) && rank >= 0 && rank < n).toBe(true)
          }
        },
      ),
    )
  })

  it('is not confused by laws in turn', () => {
    const mixed = new Random(34)
    const one = new Random(34)
    const expected = drawn(50, (): number[] => [one.zipf(10, 1), one.zipf(1_000, 0.5)])
    const law = [new Zipf(10, 1), new Zipf(1_000, 0.5)] as const
    expect(drawn(50, () => [law[0].draw(mixed) - 1, law[1].draw(mixed) - 1])).toEqual(expected)
  })

  it('refuses what is no law', () => {
    const random = new Random(1)
    for (const n of [0, -1, 1.5, Number.NaN]) expect(() => random.zipf(n)).toThrow(RangeError)
    expect(() => random.zipf(10, -1)).toThrow(RangeError)
    expect(() => random.pickSkewed([])).toThrow(RangeError)
  })
})
