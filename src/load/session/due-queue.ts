import type { Paced } from '../pacer.js'

/** Something that is to happen at a time; `null` once it was called off. */
export interface Due {
  readonly atUs: number
  wake: ((nowUs: number) => void) | null
}

/**
 * What sessions wait for: arrivals, thinking times and paced turns, handled in order of time by the pacer. A binary
 * heap; what was called off stays in it until its time.
 */
export class DueQueue implements Paced {
  readonly #heap: Due[] = []
  readonly #moved: () => void
  /** Start of the load, on the pacer's clock. */
  originUs = 0

  /** @param moved called when what comes next changed: the pacer must look anew */
  constructor(moved: () => void) {
    this.#moved = moved
  }

  /** @param atUs in µs since the load started */
  add(atUs: number, wake: (nowUs: number) => void): Due {
    const due = { atUs, wake }
    this.#rise(due)
    if (this.#heap[0] === due) this.#moved()
    return due
  }

  nextDueUs(): number {
    this.#dropCancelled()
    const first = this.#heap[0]
    return first ? this.originUs + first.atUs : Number.POSITIVE_INFINITY
  }

  handleDue(nowUs: number): void {
    this.#dropCancelled()
    const first = this.#heap[0]
    if (!first) return
    this.#removeFirst()
    first.wake!(nowUs - this.originUs)
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.wake === null) this.#removeFirst()
  }

  #rise(due: Due): void {
    const heap = this.#heap
    let hole = heap.length
    heap.push(due)
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      if (heap[parent]!.atUs <= due.atUs) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = due
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.atUs < heap[child]!.atUs) child++
      if (heap[child]!.atUs >= last.atUs) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = last
  }
}
