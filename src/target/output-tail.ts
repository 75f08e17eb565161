const maxBytes = 65_536
const maxLines = 200
const maxLineLength = 500
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal
const unprintable = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** The last 64 KiB and 200 lines of a stream, whatever it sends. */
export class OutputTail {
  readonly #chunks: Buffer[] = []
  #bytes = 0

  push(chunk: Buffer): void {
    // A copy of the end: a view would keep the whole of a large chunk alive.
    const kept = chunk.length > maxBytes ? Buffer.from(chunk.subarray(-maxBytes)) : chunk
    this.#chunks.push(kept)
    this.#bytes += kept.length
    while (this.#bytes - this.#chunks[0]!.length >= maxBytes) this.#bytes -= this.#chunks.shift()!.length
    if (this.#chunks.length > 1_000) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks))
  }

  /** The last lines, oldest first, without control characters, 500 characters of each; the first may be cut at its start. */
  lines(count = maxLines): string[] {
    const text = Buffer.concat(this.#chunks).subarray(-maxBytes).toString('utf8')
    const lines = text.split(/\r?\n/)
    if (lines.at(-1) === '') lines.pop()
    return lines
      .slice(-Math.min(count, maxLines))
      .map((line) => line.replaceAll(unprintable, '').slice(0, maxLineLength))
  }
}
