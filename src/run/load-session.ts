import { type Clock, monotonicUs } from '../kernel/clock.js'
import { binOf, cutWindows, type Windows } from '../load/windows.js'
import type { Timeline } from '../measurement/timeline.js'
import type { ObserverStep } from './observer-steps.js'
import type { Plan } from './plan.js'
import type { WorkerPool } from './worker-pool.js'

/** Workers are told the start so long before it. */
const leadUs = 150_000
/** New ends of windows lie so far ahead that every worker hears of them in time. */
const announceUs = 500_000
const never = Number.POSITIVE_INFINITY

/** The load of a run in time: when its windows begin and end, and how it is cut short. */
export class LoadSession {
  originUs = Number.NaN
  readonly pool: WorkerPool
  readonly timeline: Timeline
  readonly #plan: Plan
  readonly #clock: Clock
  readonly #steps: readonly ObserverStep[]

  /** @param steps what follows the measured window */
  constructor(
    plan: Plan,
    pool: WorkerPool,
    timeline: Timeline,
    steps: readonly ObserverStep[],
    clock: Clock = monotonicUs,
  ) {
    this.#plan = plan
    this.pool = pool
    this.timeline = timeline
    this.#clock = clock
    this.#steps = steps
  }

  get windows(): Windows {
    return this.timeline.windows
  }

  /** µs since the load started; negative before. */
  nowUs(): number {
    return this.#clock() - this.originUs
  }

  start(): void {
    this.originUs = this.#clock() + leadUs
    const { warmup } = this.#plan
    if (warmup.method === 'fixed') this.timeline.windows = this.#windowsFrom(warmup.seconds * 1e6)
    this.pool.broadcast({ kind: 'start', originUs: this.originUs, windows: this.windows })
  }

  /**
   * The measured window begins at `seconds` since the load started, which may have passed already: the load is
   * constant, so that a window is only a label. A rate that changes over time begins to change now.
   */
  measureFrom(seconds: number, rateIsConstant: boolean): void {
    const now = this.nowUs()
    const earliest = rateIsConstant ? now + announceUs - this.#plan.measuredSeconds * 1e6 : now + announceUs
    const fromUs = Math.max(seconds * 1e6, Math.ceil(earliest / 1e6) * 1e6)
    this.#announce(this.#windowsFrom(fromUs))
  }

  /** Ends the load `inUs` from now, if it would last longer; open messages are waited for as ever. */
  endEarly(inUs: number): void {
    this.#announce(cutWindows(this.windows, this.nowUs() + inUs))
  }

  /** Ends the load now, and gives open messages only a moment. */
  interrupt(graceUs: number): void {
    if (!Number.isNaN(this.originUs))
      this.timeline.windows = cutWindows(this.windows, Math.max(0, this.nowUs()))
    this.pool.broadcast({ kind: 'interrupt', graceUs })
  }

  /** The interval that now lies in. */
  currentBin(): number {
    return binOf(this.windows, Math.max(0, this.nowUs()))
  }

  #windowsFrom(fromUs: number): Windows {
    const measureToUs = fromUs + this.#plan.measuredSeconds * 1e6
    let endUs = measureToUs
    const later = this.#steps.map(({ phase, lengthUs }) => {
      endUs += lengthUs
      return { phase, toUs: endUs }
    })
    return { measureFromUs: fromUs, measureToUs, endUs, later }
  }

  #announce(windows: Windows): void {
    this.timeline.windows = windows
    this.pool.broadcast({ kind: 'windows', windows })
  }
}

export const unknownWindows: Windows = { measureFromUs: never, measureToUs: never, endUs: never }
