import { readSync } from 'node:fs'
import { PlimsollError } from '../../kernel/errors.js'
import { createSpan, type RowForm } from './row-form.js'

/** A row that is larger than this is taken for a mistake, such as a quote that is never closed. */
const largestRowBytes = 16 * 1_048_576

/** Where a row begins: its offset in the file in bytes, and its line from 1. */
export interface RowPlace {
  readonly offset: number
  readonly line: number
}

/** An open file of rows. */
export interface RowFile<Row> {
  /** As its author named it. */
  readonly name: string
  readonly descriptor: number
  readonly form: RowForm<Row>
  /** Where the search for the first row begins. */
  readonly begin: RowPlace
}

/** Steps through the rows of a file, forward or from any place on, in a window of bounded size. */
export class RowCursor<Row> {
  readonly #file: RowFile<Row>
  readonly #span = createSpan()
  /** What is read at once; the window grows only for a row that does not fit. */
  readonly #stepBytes: number
  #window: Buffer
  /** The window's offset in the file. */
  #base = 0
  #at = 0
  #filled = 0
  #fileEnds = false
  #line = 1

  constructor(file: RowFile<Row>, stepBytes = 65_536) {
    this.#file = file
    this.#stepBytes = stepBytes
    this.#window = Buffer.allocUnsafeSlow(stepBytes)
    this.rewind()
  }

  /** Before the first row. */
  rewind(): void {
    this.seek(this.#file.begin)
  }

  /** Where the search for the next row begins. */
  get place(): RowPlace {
    return { offset: this.#base + this.#at, line: this.#line }
  }

  seek(place: RowPlace): void {
    this.#line = place.line
    const at = place.offset - this.#base
    if (at >= 0 && at <= this.#filled) {
      this.#at = at
      return
    }
    this.#base = place.offset
    this.#at = 0
    this.#filled = 0
    this.#fileEnds = false
  }

  /**
   * Passes over the next row; false where there is none.
   * @throws PlimsollError DATA_UNREADABLE
   */
  skip(): boolean {
    if (!this.#find()) return false
    this.#pass()
    return true
  }

  /**
   * The next row; undefined where there is none.
   * @throws PlimsollError DATA_UNREADABLE, past the row that cannot be read
   */
  take(): Row | undefined {
    if (!this.#find()) return undefined
    const { start, end, linesBefore } = this.#span
    const line = this.#line + linesBefore
    const text = this.#window.toString('utf8', start, end)
    this.#pass()
    try {
      return this.#file.form.parse(text)
    } catch (cause) {
      throw this.#problem(line, (cause as Error).message)
    }
  }

  #pass(): void {
    this.#at = this.#span.next
    this.#line += this.#span.lines
  }

  /** Fills in the span of the next row. */
  #find(): boolean {
    for (;;) {
      const found = this.#file.form.find(this.#window, this.#at, this.#filled, this.#fileEnds, this.#span)
      if (found === 'row') return true
      if (found === 'end') return false
      if (found === 'broken') throw this.#problem(this.#line + this.#span.linesBefore, this.#span.problem)
      this.#readOn()
    }
  }

  #readOn(): void {
    this.#window.copyWithin(0, this.#at, this.#filled)
    this.#base += this.#at
    this.#filled -= this.#at
    this.#at = 0
    if (this.#window.length - this.#filled < this.#stepBytes / 2) this.#grow()
    const { descriptor } = this.#file
    const free = this.#window.length - this.#filled
    const read = readSync(descriptor, this.#window, this.#filled, free, this.#base + this.#filled)
    this.#filled += read
    this.#fileEnds = read === 0
  }

  #grow(): void {
    if (this.#window.length >= largestRowBytes) {
      throw this.#problem(this.#line, 'the row that begins here does not end within 16 MiB')
    }
    const wider = Buffer.allocUnsafeSlow(this.#window.length * 2)
    this.#window.copy(wider, 0, 0, this.#filled)
    this.#window = wider
  }

  #problem(line: number, what: string): PlimsollError {
    return new PlimsollError('DATA_UNREADABLE', `${this.#file.name}:${line}: ${what}.`)
  }
}
