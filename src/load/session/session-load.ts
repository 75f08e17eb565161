import { MessageError } from '../../scenario/message-error.js'
import type { SessionFunction } from '../../scenario/session.js'
import type { Schedule } from '../schedule.js'
import type { Share } from '../share.js'
import type { Due } from './due-queue.js'
import { LoadEnded, type SessionContext } from './session-context.js'
import { UserSession } from './user-session.js'

/** Who comes when. Of this worker's share. */
export type Arrivals =
  | { readonly model: 'open'; readonly schedule: Schedule }
  | {
      readonly model: 'closed'
      /** Users that run their sessions one after the other. */
      readonly users: number
      /** Sessions that all of them begin together, at most. */
      readonly iterations: number
      /** The first sessions of two users begin so far apart. */
      readonly gapUs: number
    }

export interface SessionLoadOptions {
  readonly share: Share
  readonly arrivals: Arrivals
  readonly session: SessionFunction
  /** Sessions at once; more are shed. */
  readonly maxSessions: number
  /** Text of an error that a script threw, with its place in the source. */
  readonly describe: (error: unknown) => string
}

/**
 * Sends users on their way: as they arrive (open), or each again when its session is over (closed). A session that
 * throws is one failed session, whatever else happens goes on.
 */
export class SessionLoad {
  readonly #options: SessionLoadOptions
  readonly #context: SessionContext
  readonly #active = new Set<UserSession>()
  #endUs: number
  #arrival: Due | null = null
  #begun = 0
  #over = false

  constructor(options: SessionLoadOptions, context: SessionContext, endUs: number) {
    this.#options = options
    this.#context = context
    this.#endUs = endUs
  }

  /** Sessions under way. */
  get active(): number {
    return this.#active.size
  }

  /** Every session that was to begin has begun, and ended. */
  get exhausted(): boolean {
    const { arrivals } = this.#options
    return arrivals.model === 'closed' && this.#begun >= arrivals.iterations && this.#active.size === 0
  }

  set endUs(endUs: number) {
    this.#endUs = endUs
  }

  start(): void {
    const { arrivals } = this.#options
    if (arrivals.model === 'open') {
      this.lookAnew()
      return
    }
    const users = Math.min(arrivals.users, arrivals.iterations)
    for (let user = 0; user < users; user++) this.#comeAt(user * arrivals.gapUs)
  }

  /** The schedule of arrivals has changed. */
  lookAnew(): void {
    const { arrivals } = this.#options
    if (arrivals.model !== 'open' || this.#over) return
    if (this.#arrival) this.#arrival.wake = null
    const { intendedUs } = arrivals.schedule
    this.#arrival = Number.isFinite(intendedUs)
      ? this.#context.due.add(intendedUs, () => this.#arrive(arrivals.schedule))
      : null
  }

  /** Nobody comes any more, and who is there is told to leave. */
  end(): void {
    if (this.#over) return
    this.#over = true
    for (const user of [...this.#active]) user.end()
  }

  /** Closes what sessions that hang in awaits of their own have left open. */
  abandon(): void {
    for (const user of [...this.#active]) user.leave()
  }

  #arrive(schedule: Schedule): void {
    const { id, intendedUs } = schedule
    schedule.advance()
    this.lookAnew()
    if (intendedUs >= this.#endUs) return
    if (this.#active.size >= this.#options.maxSessions) {
      this.#context.outcomes.due(intendedUs, 1)
      this.#context.outcomes.shed(intendedUs, 1, false)
      return
    }
    void this.#run(id, intendedUs)
  }

  #comeAt(atUs: number): void {
    this.#context.due.add(atUs, (nowUs) => {
      const { arrivals, share } = this.#options
      if (arrivals.model !== 'closed' || this.#over || nowUs >= this.#endUs) return
      if (this.#begun >= arrivals.iterations) return
      const id = this.#begun++ * share.workers + share.worker
      void this.#run(id, atUs).then(() => this.#comeAt(this.#context.nowUs()))
    })
  }

  async #run(id: number, intendedUs: number): Promise<void> {
    const { outcomes } = this.#context
    let thrown: { error: unknown } | null = null
    const user = new UserSession(this.#context, id, intendedUs, (error) => {
      thrown ??= { error }
      user.end()
    })
    this.#active.add(user)
    outcomes.sessionStarted(intendedUs)
    try {
      await this.#options.session(user)
    } catch (error) {
      thrown ??= { error }
    }
    this.#active.delete(user)
    user.leave()
    this.#settle(intendedUs, thrown, user.cutShort)
  }

  #settle(intendedUs: number, thrown: { error: unknown } | null, cutShort: boolean): void {
    const { outcomes } = this.#context
    const durationUs = this.#context.nowUs() - intendedUs
    const error = thrown?.error
    if (error instanceof LoadEnded || (this.#over && cutShort && thrown === null)) {
      outcomes.sessionEnded(intendedUs, durationUs, 'unfinished')
      return
    }
    if (thrown !== null && !(error instanceof MessageError)) {
      outcomes.sessionError(intendedUs, this.#options.describe(error))
    }
    outcomes.sessionEnded(intendedUs, durationUs, thrown === null ? 'completed' : 'failed')
  }
}
