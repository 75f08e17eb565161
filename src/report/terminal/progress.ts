import picocolors from 'picocolors'
import { type ProgressSnapshot, progressLine, progressLines } from './progress-lines.js'
import { safeLine } from './text-layout.js'

export interface ProgressStream {
  write(text: string): void
  readonly columns?: number
}

export interface ProgressOptions {
  readonly colors: boolean
  /** Redraw in place, on a terminal that can move its cursor; else plain lines. */
  readonly redraw: boolean
  /** Least distance between two plain lines. */
  readonly plainEverySeconds: number
}

/**
 * Shows how a run goes: a few lines redrawn in place on a terminal, a plain line now and then to a pipe. The caller
 * decides how often it draws, by how often it calls `update`.
 */
export class Progress {
  readonly #stream: ProgressStream
  readonly #options: ProgressOptions
  readonly #paint: ReturnType<typeof picocolors.createColors>
  #drawn: readonly string[] = []
  #lastPlainAt = Number.NEGATIVE_INFINITY

  constructor(stream: ProgressStream, options: ProgressOptions) {
    this.#stream = stream
    this.#options = options
    this.#paint = picocolors.createColors(options.colors)
  }

  update(snapshot: ProgressSnapshot): void {
    if (this.#options.redraw) {
      // A line as wide as the terminal would wrap, and the next redraw would miss a row.
      const room = Math.max(20, (this.#stream.columns ?? 80) - 1)
      this.#redraw(progressLines(snapshot, room, this.#paint))
      return
    }
    if (snapshot.atSeconds - this.#lastPlainAt < this.#options.plainEverySeconds) return
    this.#lastPlainAt = snapshot.atSeconds
    this.#stream.write(`${progressLine(snapshot)}\n`)
  }

  /** Writes a line that stays, above what is redrawn. */
  message(line: string): void {
    const kept = this.#drawn
    this.#erase()
    this.#stream.write(`${safeLine(line)}\n`)
    if (kept.length > 0) this.#redraw(kept)
  }

  /** Takes the redrawn lines away, so that what follows starts on a clean line. Idempotent. */
  done(): void {
    this.#erase()
  }

  #redraw(lines: readonly string[]): void {
    this.#stream.write(`${eraser(this.#drawn.length)}${lines.map((line) => `${line}\n`).join('')}`)
    this.#drawn = lines
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#stream.write(eraser(this.#drawn.length))
    this.#drawn = []
  }
}

/** Up to the first drawn line, then clear from there to the end of the screen. */
const eraser = (lines: number): string => (lines > 0 ? `\u001b[${lines}A\r\u001b[J` : '')
