import { logGamma } from './log-gamma.js'

/** What a law draws from. */
export interface RandomSource {
  /** Uniform over [0, 1) in steps of 2^-32. */
  next(): number
  /** Uniform over [0, 1) in steps of 2^-53. */
  fine(): number
}

/** How many standard deviations the 99th percentile of a normal law lies above its mean. */
export const z99 = 2.3263478740408408

/** Standard normal, by the method of Box and Muller (1958). */
export function drawNormal(source: RandomSource): number {
  const radius = Math.sqrt(-2 * Math.log(1 - source.fine()))
  return radius * Math.cos(2 * Math.PI * source.next())
}

/** Poisson with any mean ≥ 0: sequential search below 10, transformed rejection from there on. */
export function drawPoisson(source: RandomSource, mean: number): number {
  return mean < 10 ? searchPoisson(source, mean) : rejectPoisson(source, mean)
}

function searchPoisson(source: RandomSource, mean: number): number {
  let left = source.fine()
  let share = Math.exp(-mean)
  let count = 0
  while (left >= share && share > 0) {
    left -= share
    count++
    share *= mean / count
  }
  return count
}

/**
 * Algorithm PTRS of W. Hörmann, "The transformed rejection method for generating Poisson random variables",
 * Insurance: Mathematics and Economics 12 (1993), 39–45. Its constants hold for means from 10 on.
 */
function rejectPoisson(source: RandomSource, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  const certain = 0.9277 - 3.6224 / (b - 2)
  for (;;) {
    const u = source.fine() - 0.5
    const v = source.fine()
    const distance = 0.5 - Math.abs(u)
    const count = Math.floor(((2 * a) / distance + b) * u + mean + 0.43)
    if (distance >= 0.07 && v <= certain) return count
    if (count < 0 || (distance < 0.013 && v > distance)) continue
    const height = Math.log((v * inverseAlpha) / (a / (distance * distance) + b))
    if (height <= count * Math.log(mean) - mean - logGamma(count + 1)) return count
  }
}

/** (e^x − 1) / x, also near 0. */
const expSlope = (x: number): number => (Math.abs(x) > 1e-8 ? Math.expm1(x) / x : 1 + x / 2)

/** ln(1 + x) / x, also near 0. */
const logSlope = (x: number): number => (Math.abs(x) > 1e-8 ? Math.log1p(x) / x : 1 - x / 2)

/**
 * Zipf's law: rank k of 1 … n with a probability in proportion to k^-exponent. Exact, in constant time and without
 * tables, by rejection-inversion: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
 * monotone discrete distributions", ACM TOMACS 6 (1996), 169–184. The area under the continuous x^-exponent is
 * inverted; a rank is refused where its bar is lower than the curve, which happens to few draws.
 */
export class Zipf {
  readonly n: number
  readonly exponent: number
  readonly #areaLow: number
  readonly #areaHigh: number
  readonly #surelyWithin: number

  /** @throws RangeError unless n ≥ 1 is whole and the exponent is ≥ 0 */
  constructor(n: number, exponent: number) {
    if (!Number.isSafeInteger(n) || n < 1)
      throw new RangeError(`zipf() needs a whole number of items, not ${n}`)
    if (!(exponent >= 0 && exponent < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`zipf() needs an exponent of 0 or more, not ${exponent}`)
    }
    this.n = n
    this.exponent = exponent
    this.#areaLow = this.#area(1.5) - 1
    this.#areaHigh = this.#area(n + 0.5)
    this.#surelyWithin = 2 - this.#areaInverse(this.#area(2.5) - this.#height(2))
  }

  /** A rank from 1 to n; 1 is the most frequent. */
  draw(source: RandomSource): number {
    for (;;) {
      const area = this.#areaHigh + source.fine() * (this.#areaLow - this.#areaHigh)
      const x = this.#areaInverse(area)
      const rank = Math.min(Math.max(Math.floor(x + 0.5), 1), this.n)
      if (rank - x <= this.#surelyWithin || area >= this.#area(rank + 0.5) - this.#height(rank)) return rank
    }
  }

  #height(x: number): number {
    return Math.exp(-this.exponent * Math.log(x))
  }

  /** The integral of the height from 1 to x. */
  #area(x: number): number {
    const logX = Math.log(x)
    return expSlope((1 - this.exponent) * logX) * logX
  }

  #areaInverse(area: number): number {
    // Rounding may lead just below the pole at -1.
    return Math.exp(logSlope(Math.max(-1, area * (1 - this.exponent))) * area)
  }
}
