import type { Clock } from '../kernel/clock.js'
import { msToUs } from '../kernel/units.js'

/** Something that must happen by a time. */
export interface Expiring {
  onDeadline(): void
}

/**
 * Deadlines of connections that come and go, on one timer, which runs only while there are any. They are met late
 * by up to `resolutionMs`; a connection without a deadline costs nothing.
 */
export class DeadlineSet {
  readonly #atUs = new Map<Expiring, number>()
  readonly #resolutionMs: number
  readonly #clock: Clock
  #timer: NodeJS.Timeout | null = null

  constructor(resolutionMs: number, clock: Clock) {
    this.#resolutionMs = resolutionMs
    this.#clock = clock
  }

  /** Replaces the deadline that `owner` had. */
  set(owner: Expiring, delayMs: number): void {
    this.#atUs.set(owner, this.#clock() + msToUs(delayMs))
    this.#timer ??= setInterval(() => this.#scan(), this.#resolutionMs).unref()
  }

  clear(owner: Expiring): void {
    this.#atUs.delete(owner)
  }

  #scan(): void {
    if (this.#atUs.size === 0) {
      if (this.#timer) clearInterval(this.#timer)
      this.#timer = null
      return
    }
    const now = this.#clock()
    for (const [owner, atUs] of this.#atUs) {
      if (atUs > now) continue
      this.#atUs.delete(owner)
      owner.onDeadline()
    }
  }
}
