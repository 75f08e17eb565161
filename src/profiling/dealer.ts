/** A node that takes a part of the time of another. */
export interface Taker {
  readonly node: number
  readonly us: number
}

/** Hands out time to several takers, so that each has its share at any moment and exactly its sum at the end. */
export class Dealer {
  readonly #targets: readonly Taker[]
  readonly #wholeUs: number
  readonly #givenUs: Float64Array
  #dealtUs = 0

  constructor(targets: readonly Taker[]) {
    this.#targets = targets
    this.#wholeUs = targets.reduce((sum, { us }) => sum + us, 0)
    this.#givenUs = new Float64Array(targets.length)
  }

  deal(us: number, give: (node: number, us: number) => void): void {
    let left = us
    while (left > 0) {
      const turn = this.#next(left)
      const target = this.#targets[turn]!
      const part = Math.min(left, target.us - this.#givenUs[turn]!)
      this.#givenUs[turn]! += part
      this.#dealtUs += part
      left -= part
      give(target.node, part)
    }
  }

  /** Who would lie furthest behind its share once `us` more is dealt, and can still take some. */
  #next(us: number): number {
    const dealtShare = Math.min(1, (this.#dealtUs + us) / this.#wholeUs)
    let best = -1
    let bestBehind = Number.NEGATIVE_INFINITY
    this.#targets.forEach((target, index) => {
      const given = this.#givenUs[index]!
      const behind = target.us * dealtShare - given
      if (given < target.us && behind > bestBehind) {
        best = index
        bestBehind = behind
      }
    })
    return best
  }
}
