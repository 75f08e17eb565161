/** CPU time of this process so far, in µs: of all its threads, so that it errs on the side of too much. */
export function ownCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** How often to look, and how much of one core that may take. */
export interface PaceLimits {
  readonly leastUs: number
  readonly share: number
  /** Where `share` would make looks rarer than this, they may take up to `mostShare` to come so often. */
  readonly usuallyUs: number
  readonly mostShare: number
}

/** Says when to look again: no sooner than some time after the last look, and later the more that look cost. */
export class CostPace {
  readonly #limits: PaceLimits
  #notBeforeUs = Number.NEGATIVE_INFINITY

  constructor(limits: PaceLimits) {
    this.#limits = limits
  }

  isDue(nowUs: number): boolean {
    return nowUs >= this.#notBeforeUs
  }

  /** A look that began at `nowUs` took `costUs` of CPU time. */
  looked(nowUs: number, costUs: number): void {
    const { leastUs, share, usuallyUs, mostShare } = this.#limits
    const cheap = costUs / share
    const bounded = cheap <= usuallyUs ? cheap : Math.max(usuallyUs, costUs / mostShare)
    this.#notBeforeUs = nowUs + Math.max(leastUs, bounded)
  }

  /** Whatever the last look cost. */
  dueNow(): void {
    this.#notBeforeUs = Number.NEGATIVE_INFINITY
  }

  /** Until `looked` or `dueNow` is called: what a look costs is not known before it is over. */
  hold(): void {
    this.#notBeforeUs = Number.POSITIVE_INFINITY
  }
}
