/** Where a body that is sent piece by piece goes. */
export interface BodyReceiver {
  /** The next bytes; they stay as they are until `next` is called again. */
  bodyPiece(bytes: Buffer): void
  bodyEnded(): void
  bodyFailed(detail: string): void
}

/** A body that is sent apart from its head, once. */
export interface BodySource {
  /** Fetches the next piece, or the end. Only after the piece before was written. */
  next(): void
  /** Nothing is reported any more. Idempotent. */
  stop(): void
}

/** A body that is there as a whole. */
export class BodyBytes implements BodySource {
  readonly #receiver: BodyReceiver
  #bytes: Buffer | null
  #stopped = false

  constructor(bytes: Buffer, receiver: BodyReceiver) {
    this.#bytes = bytes
    this.#receiver = receiver
  }

  next(): void {
    if (this.#stopped) return
    const bytes = this.#bytes
    this.#bytes = null
    if (bytes === null) this.#receiver.bodyEnded()
    else this.#receiver.bodyPiece(bytes)
  }

  stop(): void {
    this.#stopped = true
    this.#bytes = null
  }
}
