import { IndexQueue } from './index-queue.js'

/** Connections that take another message: each stands in it once, and the one that has waited for longest comes first. */
export class ConnectionPool {
  readonly #queue: IndexQueue
  readonly #isIn: Uint8Array

  constructor(connections: number) {
    this.#queue = new IndexQueue(connections)
    this.#isIn = new Uint8Array(connections)
  }

  /** Idempotent. */
  push(index: number): void {
    if (this.#isIn[index] === 1) return
    this.#isIn[index] = 1
    this.#queue.push(index)
  }

  /** Takes the first one that still can send, or −1; those before it are out until they are pushed again. */
  take(canSend: (index: number) => boolean): number {
    while (this.#queue.size > 0) {
      const index = this.#queue.shift()
      this.#isIn[index] = 0
      if (canSend(index)) return index
    }
    return -1
  }

  /** Idempotent; linear in the size. */
  remove(index: number): void {
    if (this.#isIn[index] === 0) return
    this.#isIn[index] = 0
    this.#queue.remove(index)
  }
}
