import { Random } from '../kernel/random.js'
import type { RateShape } from './rate-shape.js'
import type { Share } from './share.js'

/**
 * The open model's schedule: which message is due when, as a pure function of the plan. It is one sequence for the
 * whole run; each worker steps through all of it and stops at its own messages, so that N workers send exactly what
 * one would. Message k is due when the cumulative rate reaches S_k: S_k = k for even spacing, the sum of k
 * exponential gaps of mean 1 for a Poisson process (time-change theorem: Çinlar 1975, Introduction to Stochastic
 * Processes, §4.7).
 *
 * Before the shape begins, the warm-up holds the shape's first rate; its end may be announced while it goes on.
 */
export class Schedule {
  /** Number of the next own message, unique in the run. */
  id = -1
  /** When it is due, in µs since the load started; Infinity if never. */
  intendedUs = Infinity
  /** The own connection (0 … own − 1) that it is due on, round robin. */
  connection = -1

  readonly #shape: RateShape
  readonly #share: Share
  readonly #random: Random | null
  readonly #warmupRate: number
  #shapeStartSeconds: number
  #warmupCount: number
  #count = 0
  #globalConnection = -1

  constructor(
    shape: RateShape,
    share: Share,
    arrival: 'constant' | 'poisson',
    seed: number,
    warmupSeconds: number,
  ) {
    this.#shape = shape
    this.#share = share
    this.#random = arrival === 'poisson' ? new Random(seed, 0x504f4953) : null
    this.#warmupRate = shape.firstRate
    this.#shapeStartSeconds = warmupSeconds
    this.#warmupCount = this.#warmupRate * warmupSeconds
    this.advance()
  }

  /** Steps to the next own message. */
  advance(): void {
    const { connections, workers, worker } = this.#share
    do {
      this.id++
      this.#globalConnection++
      if (this.#globalConnection === connections) this.#globalConnection = 0
      if (this.#random) this.#count += this.#random.exponential()
      else this.#count = this.id
    } while (this.#globalConnection % workers !== worker)
    this.connection = (this.#globalConnection - worker) / workers
    this.#locate()
  }

  /** Ends a warm-up of open length at `seconds` since the load started. */
  beginShapeAt(seconds: number): void {
    this.#shapeStartSeconds = seconds
    this.#warmupCount = this.#warmupRate * seconds
    this.#locate()
  }

  /** Own messages that are due between the next one and `untilUs`, about: what a generator that is late owes. */
  owedUntil(untilUs: number): number {
    const owed = this.#cumulative(untilUs / 1e6) - this.#count
    return Math.max(0, owed / this.#share.workers)
  }

  #cumulative(seconds: number): number {
    if (seconds < this.#shapeStartSeconds) return this.#warmupRate * seconds
    return this.#warmupCount + this.#shape.cumulative(seconds - this.#shapeStartSeconds)
  }

  #locate(): void {
    const seconds =
      this.#count < this.#warmupCount
        ? this.#count / this.#warmupRate
        : this.#shapeStartSeconds + this.#shape.inverse(this.#count - this.#warmupCount)
    this.intendedUs = seconds * 1e6
  }
}
