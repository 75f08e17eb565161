import type { SpinBudget } from './spin-budget.js'

/** What a pacer may ask of the world; virtual in tests. */
export interface PacerWorld {
  now(): number
  /** Runs `turn` after pending I/O has been handled, without sleeping. */
  soon(turn: () => void): void
  /** Runs `turn` at `deadlineUs`, give or take the machine's wake-up latency. */
  sleepUntil(deadlineUs: number, turn: () => void): void
}

/** What is paced: a queue of due times, each handled by one call. */
export interface Paced {
  /** When the next one is due, on the clock of the world; Infinity if none is. */
  nextDueUs(): number
  /** Handles the next one, which is due. */
  handleDue(nowUs: number): void
}

/** A wake-up from sleep comes this late, about; spinning covers it where the budget allows. */
const wakeUpLatencyUs = 130
/** Shorter sleeps cost more than they save; the frugal choice is what `setTimeout` could do at best. */
export const shortestSleep = { preciseUs: 60, frugalUs: 1_000 } as const
/** A turn of the event loop that takes longer than this handled replies: that time was not spent spinning. */
const longestIdleTurnUs = 10
/** After so many in one turn, arrived replies are handled first. */
const burst = 64

/**
 * Handles each due time as close to it as the machine allows: sleeps while it is far, spins with `setImmediate`
 * (which lets I/O through) when it is near and the spin budget allows, and never handles one early.
 */
export class Pacer {
  readonly #paced: Paced
  readonly #world: PacerWorld
  readonly #budget: SpinBudget
  readonly #shortestSleepUs: number
  #stopped = false
  #turnPending = false
  #spinFromUs = Number.NaN
  readonly #takeTurn = (): void => this.#turn()

  /** @param shortestSleepUs so long it sleeps at least, and handles all that comes due meanwhile in one turn */
  constructor(
    paced: Paced,
    world: PacerWorld,
    budget: SpinBudget,
    shortestSleepUs: number = shortestSleep.preciseUs,
  ) {
    this.#shortestSleepUs = shortestSleepUs
    this.#paced = paced
    this.#world = world
    this.#budget = budget
  }

  /** Starts pacing; called again, it looks anew at when the next one is due, which may have moved. */
  start(): void {
    this.#turnSoon()
  }

  stop(): void {
    this.#stopped = true
  }

  #turnSoon(): void {
    if (this.#turnPending) return
    this.#turnPending = true
    this.#world.soon(this.#takeTurn)
  }

  #turn(): void {
    this.#turnPending = false
    if (this.#stopped) return
    let now = this.#world.now()
    if (!Number.isNaN(this.#spinFromUs)) {
      this.#budget.spend(Math.min(longestIdleTurnUs, now - this.#spinFromUs))
      this.#spinFromUs = Number.NaN
    }
    for (let handled = 0; handled < burst; handled++) {
      if (this.#paced.nextDueUs() > now) break
      this.#paced.handleDue(now)
      now = this.#world.now()
    }
    this.#waitForNext(now)
  }

  #waitForNext(now: number): void {
    const due = this.#paced.nextDueUs()
    if (due === Infinity) return
    const leftUs = due - now
    if (leftUs <= 0) {
      this.#turnSoon()
    } else if (leftUs <= wakeUpLatencyUs + this.#shortestSleepUs && this.#budget.allows(leftUs, now)) {
      this.#spinFromUs = now
      this.#turnSoon()
    } else if (this.#budget.allows(wakeUpLatencyUs, now)) {
      this.#world.sleepUntil(due - wakeUpLatencyUs, this.#takeTurn)
    } else {
      this.#world.sleepUntil(Math.max(due, now + this.#shortestSleepUs), this.#takeTurn)
    }
  }
}
