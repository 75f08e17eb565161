/** Numbers the turns of the event loop, as far as somebody asks. */
export class TurnCounter {
  readonly #soon: (turn: () => void) => void
  #turn = 0
  #endPending = false
  readonly #end = (): void => {
    this.#endPending = false
    this.#turn++
  }

  /** @param soon runs a function once the turn is over: `setImmediate` */
  constructor(soon: (turn: () => void) => void) {
    this.#soon = soon
  }

  /** The number of the turn that is under way. */
  current(): number {
    if (!this.#endPending) {
      this.#endPending = true
      this.#soon(this.#end)
    }
    return this.#turn
  }
}
