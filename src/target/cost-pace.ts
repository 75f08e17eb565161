/** CPU time of this process so far, in µs: of all its threads, so that it errs on the side of too much. */
export function ownCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Says when to look again: no sooner than some time after the last look, and later the more that look cost. */
export class CostPace {
  readonly #leastUs: number
  readonly #share: number
  #notBeforeUs = Number.NEGATIVE_INFINITY

  /**
   * @param leastUs between two looks
   * @param share of one core that looking may take
   */
  constructor(leastUs: number, share: number) {
    this.#leastUs = leastUs
    this.#share = share
  }

  isDue(nowUs: number): boolean {
    return nowUs >= this.#notBeforeUs
  }

  /** A look that began at `nowUs` took `costUs` of CPU time. */
  looked(nowUs: number, costUs: number): void {
    this.#notBeforeUs = nowUs + Math.max(this.#leastUs, costUs / this.#share)
  }
}
