import { closeSync, openSync, writeSync } from 'node:fs'

const chunkRows = 65_536
const fieldsPerRow = 3

/**
 * The lab's own account of every reply, to hold against what a load generator claims. Rows stay in memory (24
 * bytes each) and are written at the end, so that logging disturbs no reply; `maxRows` bounds the memory.
 */
export class ReplyLog {
  readonly #maxRows: number
  readonly #chunks: Float64Array[] = []
  #rows = 0
  #lost = 0

  constructor(maxRows = 4_000_000) {
    this.#maxRows = maxRows
  }

  /** @param arrivalUs,replyUs CLOCK_MONOTONIC in µs: message read whole; reply handed to the socket. */
  record(id: number, arrivalUs: number, replyUs: number): void {
    if (this.#rows >= this.#maxRows) {
      this.#lost++
      return
    }
    const row = this.#rows % chunkRows
    if (row === 0) this.#chunks.push(new Float64Array(chunkRows * fieldsPerRow))
    const chunk = this.#chunks[this.#chunks.length - 1]!
    chunk[row * fieldsPerRow] = id
    chunk[row * fieldsPerRow + 1] = arrivalUs
    chunk[row * fieldsPerRow + 2] = replyUs
    this.#rows++
  }

  /**
   * Writes one line a reply, `id arrivalUs replyUs`, in the order of the replies. Replies that found the log full
   * are counted on a last line that starts with `#`.
   */
  writeTo(path: string): void {
    const file = openSync(path, 'w')
    for (const [index, chunk] of this.#chunks.entries()) {
      writeSync(file, formatRows(chunk, Math.min(chunkRows, this.#rows - index * chunkRows)))
    }
    if (this.#lost > 0) writeSync(file, `# ${this.#lost} more replies did not fit into this log\n`)
    closeSync(file)
  }
}

function formatRows(chunk: Float64Array, rows: number): string {
  let text = ''
  for (let at = 0; at < rows * fieldsPerRow; at += fieldsPerRow) {
    text += `${chunk[at]} ${chunk[at + 1]!.toFixed(1)} ${chunk[at + 2]!.toFixed(1)}\n`
  }
  return text
}

/** The number under `id` of a JSON object; `undefined` where the data is anything else. */
export function jsonId(data: Buffer): number | undefined {
  if (data[0] !== 0x7b) return undefined
  try {
    const { id } = JSON.parse(data.toString()) as { id?: unknown }
    return typeof id === 'number' ? id : undefined
  } catch {
    return undefined
  }
}
