import { drawNormal, drawPoisson, Zipf, z99 } from './laws.js'
import { wordAt } from './words.js'

/** A log-normal law by its median, and by σ of the logarithm or by the 99th percentile. */
export type LogNormal =
  | { readonly median: number; readonly sigma: number }
  | { readonly median: number; readonly p99: number }

/**
 * Seeded random numbers: the same seed gives the same load. sfc32 (Chris Doty-Humphrey, PractRand), seeded
 * through splitmix32 so that neighbouring seeds give unrelated streams.
 */
export class Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1
  /** The law that was asked for last: scripts ask for the same one again and again. */
  #zipf: Zipf | null = null

  constructor(seed: number, stream = 0) {
    this.reseed(seed, stream)
  }

  /** Begins stream `stream` of `seed` anew, without allocating a generator. */
  reseed(seed: number, stream = 0): void {
    let state = (seed ^ Math.imul(stream + 1, 0x9e3779b9)) | 0
    const splitmix = (): number => {
      state = (state + 0x9e3779b9) | 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      return (mixed ^ (mixed >>> 15)) | 0
    }
    this.#a = splitmix()
    this.#b = splitmix()
    this.#c = splitmix()
    this.#counter = 1
    for (let round = 0; round < 12; round++) this.uint32()
  }

  /** Uniform over 0 … 2^32 − 1. */
  uint32(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result
    this.#c |= 0
    return result >>> 0
  }

  /** Uniform over [0, 1). */
  next(): number {
    return this.uint32() / 4_294_967_296
  }

  /** Uniform over [0, 1), as finely as a number can be: in steps of 2^-53. Takes two steps of the generator. */
  fine(): number {
    const high = this.uint32() >>> 5
    return (high * 67_108_864 + (this.uint32() >>> 6)) / 9_007_199_254_740_992
  }

  /** Uniform whole number, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** Exponential with mean 1, by inversion. */
  exponential(): number {
    return -Math.log(1 - this.next())
  }

  normal(mean = 0, deviation = 1): number {
    return mean + deviation * drawNormal(this)
  }

  /**
   * Log-normal, as many sizes and lengths are: `logNormal({ median: 200, p99: 4_000 })`.
   * @throws RangeError unless the median is above 0, and p99 not below it
   */
  logNormal(law: LogNormal): number {
    const sigma = 'sigma' in law ? law.sigma : Math.log(law.p99 / law.median) / z99
    if (!(law.median > 0 && sigma >= 0)) throw new RangeError('logNormal() needs 0 < median ≤ p99')
    return law.median * Math.exp(sigma * drawNormal(this))
  }

  /** Poisson: how many of many rare events happened, `mean` on average. */
  poisson(mean: number): number {
    if (!(mean >= 0 && mean <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`poisson() needs a mean of 0 or more, not ${mean}`)
    }
    return drawPoisson(this, mean)
  }

  /**
   * Zipf's law over 0 … n − 1: k with a probability in proportion to (k + 1)^-exponent, so that 0 is the most
   * frequent. An exponent of 0 is uniform; 0.99 is the skew of YCSB. Takes the same time for any n.
   */
  zipf(n: number, exponent = 0.99): number {
    if (this.#zipf?.n !== n || this.#zipf.exponent !== exponent) this.#zipf = new Zipf(n, exponent)
    return this.#zipf.draw(this) - 1
  }

  /** One of the items, each as likely. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)]
    if (item === undefined) throw new RangeError('pick() needs a non-empty list')
    return item
  }

  /** One of the items by Zipf's law: the first is the most popular. */
  pickSkewed<Item>(items: readonly Item[], exponent = 0.99): Item {
    return items[this.zipf(items.length, exponent)]!
  }

  /** One of the values by its weight: `weighted([['text', 90], ['image', 10]])`. Weights need not add up to 100. */
  weighted<Value>(table: ReadonlyArray<readonly [value: Value, weight: number]>): Value {
    let sum = 0
    for (const [, weight] of table) sum += weight
    let left = this.fine() * sum
    for (const [value, weight] of table) {
      if (left < weight) return value
      left -= weight
    }
    throw new RangeError('weighted() needs weights of 0 or more, and one above 0')
  }

  /** Letters, digits and spaces; the length is uniform between the two bounds. Does not compress well. */
  text(minLength: number, maxLength = minLength): string {
    const alphabet = 'abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789'
    let out = ''
    for (let left = this.integer(minLength, maxLength); left > 0; left--) {
      out += alphabet[Math.floor(this.next() * alphabet.length)]
    }
    return out
  }

  /** So many common English words, the frequent ones more often. Compresses like language. */
  words(count: number): string {
    let out = ''
    for (let left = count; left > 0; left--) out += left === count ? this.#word() : ` ${this.#word()}`
    return out
  }

  /** Words to an exact length, the last one cut off; the length is uniform between the two bounds. */
  prose(minLength: number, maxLength = minLength): string {
    const length = this.integer(minLength, maxLength)
    let out = ''
    while (out.length < length) out += `${this.#word()} `
    return out.slice(0, length)
  }

  /** Lower-case hexadecimal digits. */
  hex(digits: number): string {
    let out = ''
    while (out.length < digits) out += this.uint32().toString(16).padStart(8, '0')
    return out.slice(0, digits)
  }

  /** In the form of a random UUID (RFC 9562, version 4); as unique as the seed's stream is. */
  uuid(): string {
    const digits = this.hex(32)
    const variant = '89ab'[Number.parseInt(digits[16]!, 16) & 3]
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`
  }

  #word(): string {
    return wordAt(this.next())
  }
}
