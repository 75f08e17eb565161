/** A message kept whole; times in µs. Made for reading only. */
export interface SampleRow {
  readonly key: number
  readonly id: number
  readonly connection: number
  readonly intendedUs: number
  readonly slipUs: number
  readonly waitUs: number
  readonly serviceUs: number
  /** Which interval or window of the run the message belongs to, as its recorder numbers them. */
  readonly bin: number
  /** A number for the kind of error, as its recorder numbers them; 0 for none. */
  readonly error: number
}

const fields = 9

/**
 * Messages kept whole, as they go from process to process: 9 numbers each, in the order of `SampleRow`'s fields and
 * in no order of keys. A few hundred objects every half a second would be most of what the reader throws away.
 */
export type PackedRows = Float64Array

/** How many messages packed rows hold. */
export const packedCount = (rows: PackedRows): number => rows.length / fields
/** The interval of one of them. */
export const packedBin = (rows: PackedRows, row: number): number => rows[row * fields + 7]!
/** The kind of its error, as its recorder numbers them. */
export const packedError = (rows: PackedRows, row: number): number => rows[row * fields + 8]!

/**
 * Keeps the messages with the highest keys, a bounded number of them, and allocates nothing for an offer.
 *
 * With the response time as key it holds the slowest. With a uniform random key it holds a uniform sample (every
 * message is as likely to be among the highest); merging such samples of several workers gives a uniform sample of
 * all their messages (bottom-k sampling, Cohen & Kaplan 2007).
 */
export class TopSample {
  readonly capacity: number
  /** Rows of 9 numbers, ordered as a binary heap with the lowest key on top. */
  readonly #rows: Float64Array
  #size = 0
  #threshold: number

  /** @throws RangeError unless `capacity` is a whole number of at least 0 */
  constructor(capacity: number) {
    if (!(Number.isSafeInteger(capacity) && capacity >= 0)) throw new RangeError(`${capacity} is no capacity`)
    this.capacity = capacity
    this.#rows = new Float64Array(capacity * fields)
    this.#threshold = capacity === 0 ? Infinity : -Infinity
  }

  get size(): number {
    return this.#size
  }

  /** Only a key above this is kept: the lowest key held once it is full, −∞ before. Lets a caller skip an offer. */
  get threshold(): number {
    return this.#threshold
  }

  /** Keeps the message if its key is above `threshold`; a NaN never is. */
  offer(
    key: number,
    id: number,
    connection: number,
    intendedUs: number,
    slipUs: number,
    waitUs: number,
    serviceUs: number,
    bin: number,
    error: number,
  ): void {
    if (!(key > this.#threshold)) return
    const place = this.#size < this.capacity ? this.#riseFrom(this.#size++, key) : this.#sinkFromTop(key)
    const rows = this.#rows
    const at = place * fields
    rows[at] = key
    rows[at + 1] = id
    rows[at + 2] = connection
    rows[at + 3] = intendedUs
    rows[at + 4] = slipUs
    rows[at + 5] = waitUs
    rows[at + 6] = serviceUs
    rows[at + 7] = bin
    rows[at + 8] = error
    if (this.#size === this.capacity) this.#threshold = rows[0]!
  }

  /** Offers one row that another sample held; `error` is its kind as the reader numbers them. */
  offerPacked(rows: PackedRows, row: number, error = packedError(rows, row)): void {
    const at = row * fields
    this.offer(
      rows[at]!,
      rows[at + 1]!,
      rows[at + 2]!,
      rows[at + 3]!,
      rows[at + 4]!,
      rows[at + 5]!,
      rows[at + 6]!,
      rows[at + 7]!,
      error,
    )
  }

  /** All that is held; the sample is empty afterwards. */
  take(): PackedRows {
    const rows = this.#rows.slice(0, this.#size * fields)
    this.#size = 0
    if (this.capacity > 0) this.#threshold = -Infinity
    return rows
  }

  /** All that is held, by falling key. */
  rows(): SampleRow[] {
    const rows: SampleRow[] = []
    for (let place = 0; place < this.#size; place++) rows.push(this.#rowAt(place))
    return rows.sort((a, b) => b.key - a.key)
  }

  #rowAt(place: number): SampleRow {
    const rows = this.#rows
    const at = place * fields
    return {
      key: rows[at]!,
      id: rows[at + 1]!,
      connection: rows[at + 2]!,
      intendedUs: rows[at + 3]!,
      slipUs: rows[at + 4]!,
      waitUs: rows[at + 5]!,
      serviceUs: rows[at + 6]!,
      bin: rows[at + 7]!,
      error: rows[at + 8]!,
    }
  }

  /** Moves parents with a higher key down the path from `place`; returns the place that is free for `key`. */
  #riseFrom(place: number, key: number): number {
    let hole = place
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      if (this.#rows[parent * fields]! <= key) break
      this.#move(parent, hole)
      hole = parent
    }
    return hole
  }

  /** Gives up the top row, and moves children with a lower key up; returns the place that is free for `key`. */
  #sinkFromTop(key: number): number {
    const rows = this.#rows
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= this.#size) return hole
      if (child + 1 < this.#size && rows[(child + 1) * fields]! < rows[child * fields]!) child++
      if (rows[child * fields]! >= key) return hole
      this.#move(child, hole)
      hole = child
    }
  }

  #move(from: number, to: number): void {
    this.#rows.copyWithin(to * fields, from * fields, (from + 1) * fields)
  }
}
