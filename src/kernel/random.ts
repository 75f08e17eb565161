/**
 * Seeded random numbers: the same seed gives the same load. sfc32 (Chris Doty-Humphrey, PractRand), seeded
 * through splitmix32 so that neighbouring seeds give unrelated streams.
 */
export class Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

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

  /** Uniform whole number, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** Exponential with mean 1, by inversion. */
  exponential(): number {
    return -Math.log(1 - this.next())
  }

  /** One of the items, each as likely. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)]
    if (item === undefined) throw new RangeError('pick() needs a non-empty list')
    return item
  }

  /** Letters, digits and spaces; the length is uniform between the two bounds. */
  text(minLength: number, maxLength = minLength): string {
    const alphabet = 'abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789'
    let out = ''
    for (let left = this.integer(minLength, maxLength); left > 0; left--) {
      out += alphabet[Math.floor(this.next() * alphabet.length)]
    }
    return out
  }
}
