import type { Engine, LoadModel } from './engine.js'
import type { Share } from './share.js'

/** The closed model: each connection sends its next message as soon as it has the reply to the one before. */
export class ClosedLoop implements LoadModel {
  readonly #engine: Engine
  readonly #share: Share
  #endUs: number
  #ordinal = 0

  constructor(engine: Engine, share: Share, endUs: number) {
    this.#engine = engine
    this.#share = share
    this.#endUs = endUs
  }

  set endUs(endUs: number) {
    this.#endUs = endUs
  }

  idle(connection: number, nowUs: number): void {
    if (nowUs >= this.#endUs) return
    const id = this.#ordinal++ * this.#share.workers + this.#share.worker
    this.#engine.dispatch(id, connection, nowUs, nowUs)
  }
}
