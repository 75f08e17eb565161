import type { Turn } from '../../scenario/session.js'
import type { Actor } from './actor.js'
import type { Due } from './due-queue.js'
import type { SessionContext } from './session-context.js'

const done: IteratorResult<Turn> = { done: true, value: undefined }

/**
 * Turns that come due at a rate, whatever the session is doing. One that the session gets to late still counts from
 * its own time; those that were due and that it never got to are told at the end, as messages that were never sent.
 */
export class PacedTurns implements AsyncIterableIterator<Turn> {
  readonly #context: SessionContext
  readonly #actor: Actor
  readonly #startUs: number
  readonly #gapUs: number
  readonly #endUs: number
  readonly #count: number
  #seq = 0
  #waiting: { due: Due; resolve: (result: IteratorResult<Turn>) => void } | null = null
  #over = false

  /** @param ratePerSecond turns a second, the first one at `startUs`; none at or after `endUs` */
  constructor(
    context: SessionContext,
    actor: Actor,
    ratePerSecond: number,
    startUs: number,
    endUs: number,
    count: number,
  ) {
    this.#context = context
    this.#actor = actor
    this.#gapUs = 1e6 / ratePerSecond
    this.#startUs = startUs
    this.#endUs = endUs
    this.#count = count
  }

  get isOver(): boolean {
    return this.#over
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Turn>> {
    const dueUs = this.#nextDueUs()
    if (this.#over || this.#actor.ended || dueUs === Number.POSITIVE_INFINITY) {
      this.#over = true
      return Promise.resolve(done)
    }
    if (dueUs <= this.#context.nowUs()) return Promise.resolve(this.#begin(dueUs, this.#seq > 0))
    return new Promise((resolve) => {
      const due = this.#context.due.add(dueUs, () => {
        this.#waiting = null
        resolve(this.#begin(dueUs, false))
      })
      this.#waiting = { due, resolve }
    })
  }

  /** The loop was left: by `break`, or by an error in its body. */
  return(): Promise<IteratorResult<Turn>> {
    this.end(this.#context.nowUs())
    return Promise.resolve(done)
  }

  /** No turn begins any more; those that were due before `nowUs` are missed. */
  end(nowUs: number): void {
    if (this.#over) return
    this.#over = true
    const { outcomes, nextMessageId } = this.#context
    for (let dueUs = this.#nextDueUs(); dueUs < nowUs; dueUs = this.#nextDueUs()) {
      this.#seq++
      outcomes.due(dueUs, 1)
      outcomes.unanswered(nextMessageId(), -1, dueUs, dueUs, Number.NaN, nowUs, 'turn-missed')
    }
    if (!this.#waiting) return
    this.#waiting.due.wake = null
    this.#waiting.resolve(done)
    this.#waiting = null
  }

  #nextDueUs(): number {
    const dueUs = this.#startUs + this.#seq * this.#gapUs
    return this.#seq < this.#count && dueUs < this.#endUs ? dueUs : Number.POSITIVE_INFINITY
  }

  #begin(dueUs: number, heldUp: boolean): IteratorResult<Turn> {
    this.#actor.intended.set(dueUs, heldUp)
    return { done: false, value: { seq: this.#seq++ } }
  }
}
