import { createWriteStream, openSync, type WriteStream } from 'node:fs'
import { PlimsollError } from '../kernel/errors.js'

const maxBytes = 10_000_000
const notice = '\n[Plimsoll kept the first 10 MB of this output]\n'

/** The output of a target on disk, at most 10 MB of it: its first lines tell more than its last. */
export class OutputFile {
  readonly #stream: WriteStream
  #left = maxBytes
  #open = true

  /** @throws PlimsollError OUTPUT_UNWRITABLE */
  constructor(path: string) {
    try {
      this.#stream = createWriteStream(path, { fd: openSync(path, 'w') })
    } catch (error) {
      throw new PlimsollError('OUTPUT_UNWRITABLE', `The target’s output cannot be written to ${path}.`, {
        cause: error,
      })
    }
    // A disk that fills up costs the log of the target, not the measurement.
    this.#stream.on('error', () => {
      this.#open = false
    })
  }

  write(chunk: Buffer): void {
    if (!this.#open || this.#left === 0) return
    const kept = chunk.length > this.#left ? chunk.subarray(0, this.#left) : chunk
    this.#left -= kept.length
    this.#stream.write(kept)
    if (this.#left === 0) this.#stream.write(notice)
  }

  /** Resolves when all is written, or has failed. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await new Promise<void>((resolve) => {
      this.#stream.once('error', () => resolve())
      this.#stream.end(() => resolve())
    })
  }
}
