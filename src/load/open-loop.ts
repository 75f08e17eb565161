import type { Engine, LoadModel } from './engine.js'
import type { Paced } from './pacer.js'
import type { Schedule } from './schedule.js'
import { binOf, type Windows } from './windows.js'

/** A generator that is later than this checks whether it still can catch up. */
const noticeablyLateUs = 10_000
/** Messages shed in one go. */
const shedBatch = 4_096

/** The open model: messages come due by the schedule whatever the target does. */
export class OpenLoop implements Paced, LoadModel {
  readonly #engine: Engine
  readonly #schedule: Schedule
  readonly #originUs: number
  #windows: Windows

  constructor(engine: Engine, schedule: Schedule, originUs: number, windows: Windows) {
    this.#engine = engine
    this.#schedule = schedule
    this.#originUs = originUs
    this.#windows = windows
  }

  set windows(windows: Windows) {
    this.#windows = windows
  }

  /** All that was due has been handed on. */
  get finished(): boolean {
    return this.#schedule.intendedUs >= this.#windows.endUs
  }

  nextDueUs(): number {
    return this.finished ? Number.POSITIVE_INFINITY : this.#originUs + this.#schedule.intendedUs
  }

  handleDue(nowUs: number): void {
    const now = nowUs - this.#originUs
    if (this.#mustShed(now)) {
      this.#shed(now)
      return
    }
    const { id, connection, intendedUs } = this.#schedule
    this.#schedule.advance()
    this.#engine.dispatch(id, connection, intendedUs, now)
  }

  idle(): void {}

  #mustShed(now: number): boolean {
    const { outstanding, maxOutstanding } = this.#engine
    if (outstanding >= maxOutstanding) return true
    if (now - this.#schedule.intendedUs < noticeablyLateUs) return false
    return outstanding + this.#schedule.owedUntil(Math.min(now, this.#windows.endUs)) > maxOutstanding
  }

  #shed(now: number): void {
    const until = Math.min(now, this.#windows.endUs)
    const first = this.#schedule.intendedUs
    const bin = binOf(this.#windows, first)
    let count = 0
    while (count < shedBatch && this.#schedule.intendedUs <= until) {
      if (binOf(this.#windows, this.#schedule.intendedUs) !== bin) break
      this.#schedule.advance()
      count++
      if (!this.#mustShed(now)) break
    }
    this.#engine.shed(first, count, this.#engine.outstanding < this.#engine.maxOutstanding)
  }
}
