/**
 * When a session meant to act. After an arrival, a thinking time or the wait for a turn, its next message counts
 * from the time that was meant, not from when the event loop got to it. That holds for the turn of the event loop
 * in which the session was woken: what it does later was delayed by its own awaits.
 */
export class IntendedTime {
  readonly #turn: () => number
  #atUs = Number.NaN
  #setIn = -1
  #heldUp = false

  constructor(turn: () => number) {
    this.#turn = turn
  }

  /** @param heldUp the session was still busy with the turn before: what lies between is the target's doing */
  set(atUs: number, heldUp: boolean): void {
    this.#atUs = atUs
    this.#heldUp = heldUp
    this.#setIn = this.#turn()
  }

  /** The time that was meant, once; else now. */
  take(nowUs: number): number {
    const atUs = this.peek(nowUs)
    if (atUs === nowUs) this.#heldUp = false
    this.#atUs = Number.NaN
    return atUs
  }

  peek(nowUs: number): number {
    return Number.isNaN(this.#atUs) || this.#setIn !== this.#turn() ? nowUs : this.#atUs
  }

  /** When the generator was ready for the message that was meant at `intendedUs`, the one that was taken last. */
  readyUs(intendedUs: number, nowUs: number): number {
    return this.#heldUp ? intendedUs : nowUs
  }
}
