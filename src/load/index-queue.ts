/** A first-in-first-out queue of indices that each stand in it once at most, in a ring of fixed size. */
export class IndexQueue {
  size = 0
  readonly #ring: Int32Array
  #head = 0

  constructor(capacity: number) {
    this.#ring = new Int32Array(capacity)
  }

  push(index: number): void {
    this.#ring[(this.#head + this.size) % this.#ring.length] = index
    this.size++
  }

  /** Takes the one that has been in for longest. Only while `size` > 0. */
  shift(): number {
    const index = this.#ring[this.#head]!
    this.#head = (this.#head + 1) % this.#ring.length
    this.size--
    return index
  }

  /** Takes `index` out, wherever it stands; linear in the size. */
  remove(index: number): void {
    const length = this.#ring.length
    let kept = 0
    for (let offset = 0; offset < this.size; offset++) {
      const value = this.#ring[(this.#head + offset) % length]!
      if (value !== index) this.#ring[(this.#head + kept++) % length] = value
    }
    this.size = kept
  }
}
