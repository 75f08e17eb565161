/** A stretch of time on CLOCK_MONOTONIC. */
export interface ChosenTime {
  readonly fromUs: number
  readonly toUs: number
}

/** The stretch of a profile that the reader has chosen, and those who want to know of it. */
export class TimeBrush {
  /** All of the profile; what is chosen lies within. */
  readonly whole: ChosenTime
  #chosen: ChosenTime | null = null
  readonly #listeners: ((chosen: ChosenTime | null) => void)[] = []

  constructor(whole: ChosenTime) {
    this.whole = whole
  }

  get chosen(): ChosenTime | null {
    return this.#chosen
  }

  /** Chooses what lies within the profile; where that is nothing, or all of it, nothing is chosen. */
  choose(fromUs: number, toUs: number): void {
    const from = Math.max(this.whole.fromUs, Math.min(fromUs, toUs))
    const to = Math.min(this.whole.toUs, Math.max(fromUs, toUs))
    const all = from <= this.whole.fromUs && to >= this.whole.toUs
    this.#set(to > from && !all ? { fromUs: from, toUs: to } : null)
  }

  clear(): void {
    this.#set(null)
  }

  onChange(listener: (chosen: ChosenTime | null) => void): void {
    this.#listeners.push(listener)
  }

  #set(chosen: ChosenTime | null): void {
    if (chosen?.fromUs === this.#chosen?.fromUs && chosen?.toUs === this.#chosen?.toUs) return
    this.#chosen = chosen
    for (const listener of this.#listeners) listener(chosen)
  }
}
