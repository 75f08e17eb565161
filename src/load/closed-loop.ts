import type { Engine, LoadModel } from './engine.js'
import { IndexQueue } from './index-queue.js'
import type { Share } from './share.js'

/**
 * The closed model: each connection sends its next message as soon as it has the reply to the one before. Where any
 * connection takes any message, so many are kept open as all of them take. Replies that arrived together are all
 * read before the next messages are written: a write takes longer than a read, and would delay the time stamps of
 * the replies behind it.
 */
export class ClosedLoop implements LoadModel {
  readonly #engine: Engine
  readonly #share: Share
  readonly #soon: (turn: () => void) => void
  readonly #idle: IndexQueue
  readonly #sendAll = (): void => this.#send()
  #sendingSoon = false
  #endUs: number
  #ordinal = 0

  /** @param soon runs a function once pending I/O has been handled: `setImmediate` */
  constructor(engine: Engine, share: Share, endUs: number, soon: (turn: () => void) => void) {
    this.#engine = engine
    this.#share = share
    this.#endUs = endUs
    this.#soon = soon
    this.#idle = new IndexQueue(engine.connections)
  }

  set endUs(endUs: number) {
    this.#endUs = endUs
  }

  idle(connection: number): void {
    if (!this.#sendingSoon) this.#soon(this.#sendAll)
    this.#sendingSoon = true
    if (!this.#engine.pooled) this.#idle.push(connection)
  }

  #send(): void {
    this.#sendingSoon = false
    if (this.#engine.pooled) this.#fill()
    else this.#sendOnIdle()
  }

  #fill(): void {
    while (this.#engine.outstanding < this.#engine.places) {
      const now = this.#engine.nowUs()
      if (now >= this.#endUs) return
      this.#engine.dispatch(this.#nextId(), -1, now, now)
    }
  }

  #sendOnIdle(): void {
    while (this.#idle.size > 0) {
      const connection = this.#idle.shift()
      const now = this.#engine.nowUs()
      if (now >= this.#endUs || !this.#engine.isOpen(connection)) continue
      this.#engine.dispatch(this.#nextId(), connection, now, now)
    }
  }

  #nextId(): number {
    return this.#ordinal++ * this.#share.workers + this.#share.worker
  }
}
