import { monotonicUs } from '../../src/kernel/clock.js'

/** Node's timers wake up to a millisecond or so late; nearer than this to the next due time the queue spins. */
const spinUs = 2_000

/**
 * Runs actions at given times, each within some 20 µs while the process has a core: it sleeps while the next one
 * is far and polls through `setImmediate` when it is near, so sockets are served meanwhile. A binary heap by due
 * time; actions due at the same time run in no particular order.
 */
export class DelayQueue {
  readonly #due: number[] = []
  readonly #actions: Array<() => void> = []
  #timer: NodeJS.Timeout | undefined
  #timerUs = Number.POSITIVE_INFINITY
  #spinning = false

  /** @param dueUs CLOCK_MONOTONIC in µs; one that has passed runs in the next turn of the event loop. */
  at(dueUs: number, action: () => void): void {
    this.#insert(dueUs, action)
    this.#arm()
  }

  #arm(): void {
    const nextUs = this.#due[0]
    if (nextUs === undefined || this.#spinning) return
    const leadUs = nextUs - monotonicUs()
    if (leadUs <= spinUs) {
      this.#spinning = true
      setImmediate(this.#runDue)
    } else if (nextUs < this.#timerUs) {
      clearTimeout(this.#timer)
      this.#timerUs = nextUs
      this.#timer = setTimeout(this.#wake, Math.floor((leadUs - spinUs) / 1_000))
    }
  }

  readonly #wake = (): void => {
    this.#timerUs = Number.POSITIVE_INFINITY
    this.#arm()
  }

  readonly #runDue = (): void => {
    this.#spinning = false
    while (this.#due.length > 0 && this.#due[0]! <= monotonicUs()) this.#removeFirst()()
    this.#arm()
  }

  #insert(dueUs: number, action: () => void): void {
    let at = this.#due.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#due[parent]! <= dueUs) break
      this.#place(at, this.#due[parent]!, this.#actions[parent]!)
      at = parent
    }
    this.#place(at, dueUs, action)
  }

  #removeFirst(): () => void {
    const first = this.#actions[0]!
    const lastDueUs = this.#due.pop()!
    const last = this.#actions.pop()!
    const size = this.#due.length
    if (size === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && this.#due[child + 1]! < this.#due[child]!) child++
      if (this.#due[child]! >= lastDueUs) break
      this.#place(at, this.#due[child]!, this.#actions[child]!)
      at = child
    }
    this.#place(at, lastDueUs, last)
    return first
  }

  #place(at: number, dueUs: number, action: () => void): void {
    this.#due[at] = dueUs
    this.#actions[at] = action
  }
}
