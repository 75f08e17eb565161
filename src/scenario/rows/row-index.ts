import type { RowCursor, RowPlace } from './row-cursor.js'

/** 16 bytes each: an index takes 4 MB at most, whatever the size of the file. */
const mostEntries = 262_144

/**
 * Where every `stride`-th row of a file begins. When the index is full, every other entry is dropped and the stride
 * doubles, so that any row is found in bounded memory.
 */
export class RowIndex {
  /** How many rows the file has. */
  rows = 0
  /** Bytes from one place that is known to the next, on average. */
  gapBytes = 0
  #stride = 1
  #entries = 0
  #offsets = new Float64Array(1_024)
  #lines = new Float64Array(1_024)

  /**
   * Reads the file once from its beginning.
   * @throws PlimsollError DATA_UNREADABLE
   */
  constructor(cursor: Pick<RowCursor<unknown>, 'rewind' | 'place' | 'skip'>, capacity = mostEntries) {
    cursor.rewind()
    const begin = cursor.place.offset
    for (;;) {
      const place = this.rows % this.#stride === 0 ? cursor.place : null
      if (!cursor.skip()) break
      if (place) this.#add(place, capacity)
      this.rows++
    }
    this.gapBytes = (cursor.place.offset - begin) / Math.max(1, this.#entries)
  }

  /** Sets the cursor before row `row`, counted from 0. */
  seek(cursor: Pick<RowCursor<unknown>, 'seek' | 'skip'>, row: number): void {
    const entry = Math.floor(row / this.#stride)
    cursor.seek({ offset: this.#offsets[entry]!, line: this.#lines[entry]! })
    for (let left = row % this.#stride; left > 0; left--) cursor.skip()
  }

  #add(place: RowPlace, capacity: number): void {
    if (this.#entries === capacity) {
      this.#thin()
      if (this.rows % this.#stride !== 0) return
    }
    if (this.#entries === this.#offsets.length) this.#grow(capacity)
    this.#offsets[this.#entries] = place.offset
    this.#lines[this.#entries++] = place.line
  }

  #thin(): void {
    this.#entries = Math.ceil(this.#entries / 2)
    for (let entry = 0; entry < this.#entries; entry++) {
      this.#offsets[entry] = this.#offsets[entry * 2]!
      this.#lines[entry] = this.#lines[entry * 2]!
    }
    this.#stride *= 2
  }

  #grow(capacity: number): void {
    const length = Math.min(capacity, this.#offsets.length * 2)
    const longer = (values: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(length)
      copy.set(values)
      return copy
    }
    this.#offsets = longer(this.#offsets)
    this.#lines = longer(this.#lines)
  }
}
