/**
 * How much of a core may go into spinning towards the next send. A token bucket: time earns `share` of itself, up
 * to a small reserve, and spinning spends it. On a core that nobody else needs the share is 1: never refused.
 */
export class SpinBudget {
  /** µs spent spinning so far. */
  spentUs = 0
  readonly #share: number
  #reserveUs: number
  #lastUs: number

  static readonly #maxReserveUs = 2_000

  constructor(share: number, nowUs: number) {
    this.#share = share
    this.#reserveUs = share > 0 ? SpinBudget.#maxReserveUs : 0
    this.#lastUs = nowUs
  }

  /** True if a spin of `lengthUs` may start now. */
  allows(lengthUs: number, nowUs: number): boolean {
    if (this.#share >= 1) return true
    this.#reserveUs = Math.min(
      SpinBudget.#maxReserveUs,
      this.#reserveUs + (nowUs - this.#lastUs) * this.#share,
    )
    this.#lastUs = nowUs
    return this.#reserveUs >= lengthUs
  }

  spend(us: number): void {
    this.spentUs += us
    this.#reserveUs -= us
  }
}
