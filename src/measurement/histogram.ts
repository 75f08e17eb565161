/*
 * The layout of Gil Tene's HdrHistogram (hdrhistogram.org) for a unit of 1 µs and 3 significant digits: values up
 * to 2,047 µs have a bucket each; every doubling above has 1,024 buckets of twice the width before.
 */
const halfBits = 10
const half = 1 << halfBits
const firstMask = 2 * half - 1
const maxUint32 = 0xffffffff

/** The highest value that a histogram tells apart: 2^32 − 1 µs, a little over 71 minutes. */
export const highestValueUs = maxUint32

/** How many buckets a histogram has; an index of a bucket is below it. */
export const bucketCount = 23 * half

/** The bucket that holds a whole number of µs within 0 … 2^32 − 1. */
export function bucketIndex(us: number): number {
  const doublings = 21 - Math.clz32(us | firstMask)
  return (doublings << halfBits) + (us >>> doublings)
}

/** The lowest value (µs) of a bucket. */
export function lowestValueAt(index: number): number {
  const doublings = Math.max(0, (index >>> halfBits) - 1)
  return (index - (doublings << halfBits)) * 2 ** doublings
}

/** The highest value (µs) of a bucket: what HdrHistogram calls the highest equivalent value. */
export function highestValueAt(index: number): number {
  return lowestValueAt(index) + 2 ** Math.max(0, (index >>> halfBits) - 1) - 1
}

/**
 * What was recorded in an interval, as parallel arrays of the buckets that are not empty, by rising index. Plain
 * data: it passes through `postMessage` and through IPC with `serialization: 'advanced'`.
 */
export interface HistogramDelta {
  readonly indexes: Uint16Array
  /** Float64 only where a count exceeds 2^32 − 1. */
  readonly counts: Uint32Array | Float64Array
  /** Lowest and highest recorded value and the sum of all, in whole µs. */
  readonly min: number
  readonly max: number
  readonly sum: number
}

/**
 * A high-dynamic-range histogram of durations: 0 … 2^32 − 1 µs, each value within 1/1024 of itself (exact up to
 * 2,047 µs), in 92 KiB whatever the number of values. Two histograms merge without loss.
 *
 * Values are rounded to whole µs. Those below 0 count as 0 and those past the range as the highest value, since a
 * measurement must never drop out of the count; NaN throws, since it is a bug and no duration.
 *
 * Counts are 32 bits wide. The record that would overflow one widens them all to doubles, once, so that they stay
 * exact up to 2^53.
 */
export class Histogram {
  #counts: Uint32Array | Float64Array = new Uint32Array(bucketCount)
  #count = 0
  #min = maxUint32
  #max = 0
  #sum = 0

  /** A histogram of all that the deltas hold. */
  static from(deltas: Iterable<HistogramDelta>): Histogram {
    const histogram = new Histogram()
    for (const delta of deltas) histogram.addDelta(delta)
    return histogram
  }

  /**
   * Records one duration in µs. Allocates nothing.
   * @throws RangeError for NaN
   */
  record(us: number): void {
    const value = us >= 0 && us < maxUint32 ? (us + 0.5) >>> 0 : clamp(us)
    const doublings = 21 - Math.clz32(value | firstMask)
    const index = (doublings << halfBits) + (value >>> doublings)
    const count = this.#counts[index]! + 1
    if (count > maxUint32) this.#widen()
    this.#counts[index] = count
    this.#count++
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  /**
   * Records the same duration `count` times.
   * @throws RangeError for NaN, or a count that is no whole number of at least 0
   */
  recordCount(us: number, count: number): void {
    if (!(Number.isSafeInteger(count) && count >= 0)) throw new RangeError(`${count} is no count`)
    const value = clamp(us)
    if (count === 0) return
    this.#addAt(bucketIndex(value), count)
    this.#note(value, value, value * count)
  }

  /** Adds all that `other` holds. */
  add(other: Histogram): void {
    if (other.#count === 0) return
    const last = bucketIndex(other.#max)
    for (let index = bucketIndex(other.#min); index <= last; index++) {
      const count = other.#counts[index]!
      if (count > 0) this.#addAt(index, count)
    }
    this.#note(other.#min, other.#max, other.#sum)
  }

  /**
   * Adds an interval taken from another histogram, of this or another process.
   * @throws RangeError for a delta that contradicts itself; nothing is added then
   */
  addDelta(delta: HistogramDelta): void {
    const { indexes, counts } = delta
    if (indexes.length === 0) return
    if (!(delta.min >= 0 && delta.min <= delta.max && delta.max <= maxUint32)) {
      throw new RangeError(`${delta.min} … ${delta.max} µs is no range of a histogram`)
    }
    // Every reader scans from min to max only: a count outside of them would be lost without a trace.
    const first = bucketIndex(delta.min)
    const last = bucketIndex(delta.max)
    for (let at = 0; at < indexes.length; at++) {
      if (indexes[at]! < first || indexes[at]! > last) {
        throw new RangeError(`bucket ${indexes[at]} lies outside of ${delta.min} … ${delta.max} µs`)
      }
    }
    for (let at = 0; at < indexes.length; at++) this.#addAt(indexes[at]!, counts[at]!)
    this.#note(delta.min, delta.max, delta.sum)
  }

  /** All that was recorded since the last call or `reset`, which is forgotten here; `null` if nothing was. */
  takeDelta(): HistogramDelta | null {
    if (this.#count === 0) return null
    const first = bucketIndex(this.#min)
    const last = bucketIndex(this.#max)
    const all = this.#counts
    let filled = 0
    for (let index = first; index <= last; index++) if (all[index]! > 0) filled++
    const indexes = new Uint16Array(filled)
    const counts = all instanceof Uint32Array ? new Uint32Array(filled) : new Float64Array(filled)
    let at = 0
    for (let index = first; index <= last; index++) {
      const count = all[index]!
      if (count === 0) continue
      indexes[at] = index
      counts[at++] = count
    }
    const delta = { indexes, counts, min: this.#min, max: this.#max, sum: this.#sum }
    this.reset()
    return delta
  }

  /** Forgets everything. Touches only the buckets between the lowest and the highest value. */
  reset(): void {
    if (this.#count === 0) return
    this.#counts.fill(0, bucketIndex(this.#min), bucketIndex(this.#max) + 1)
    this.#count = 0
    this.#min = maxUint32
    this.#max = 0
    this.#sum = 0
  }

  /** How many values were recorded. */
  get count(): number {
    return this.#count
  }

  /** The lowest recorded value, exact to the µs; 0 if empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  /** The highest recorded value, exact to the µs; 0 if empty. */
  get max(): number {
    return this.#max
  }

  /** The arithmetic mean in µs, from an exact sum; 0 if empty. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /**
   * The value (µs) that a share `q` of all recorded values, 0 … 1, does not exceed; 0 if empty. It is the highest
   * value of its bucket, as HdrHistogram's `getValueAtPercentile` has it, so that other tools print the same number
   * from the log; but never above `max`, which is exact here and the end of its bucket there.
   * @throws RangeError for NaN
   */
  valueAtQuantile(q: number): number {
    if (Number.isNaN(q)) throw new RangeError('NaN is no quantile')
    if (this.#count === 0) return 0
    const target = countAtQuantile(Math.min(Math.max(q, 0), 1), this.#count)
    const last = bucketIndex(this.#max)
    let reached = 0
    for (let index = bucketIndex(this.#min); index <= last; index++) {
      reached += this.#counts[index]!
      if (reached >= target) return q <= 0 ? lowestValueAt(index) : Math.min(highestValueAt(index), this.#max)
    }
    return this.#max
  }

  /**
   * How many values lie above a limit, at the resolution of the buckets: a bucket lies above if its highest value
   * does, or `max` in the last one. So `countAbove(limit)` and a percentile from `valueAtQuantile` never contradict each other.
   * @throws RangeError for NaN
   */
  countAbove(us: number): number {
    return this.#count - this.countAtOrBelow(us)
  }

  /**
   * The other values than those of `countAbove`.
   * @throws RangeError for NaN
   */
  countAtOrBelow(us: number): number {
    if (Number.isNaN(us)) throw new RangeError('NaN is no duration')
    if (us < 0 || this.#count === 0) return 0
    const limit = Math.min(Math.floor(us), maxUint32)
    if (limit >= this.#max) return this.#count
    const within = bucketIndex(limit)
    const last = Math.min(highestValueAt(within) > limit ? within - 1 : within, bucketIndex(this.#max))
    let total = 0
    for (let index = bucketIndex(this.#min); index <= last; index++) total += this.#counts[index]!
    return total
  }

  /** How many values a bucket holds. */
  countAtIndex(index: number): number {
    return this.#counts[index] ?? 0
  }

  /** Visits the buckets that are not empty, from the lowest up: the values from `lowUs` to `highUs`, both included. */
  forEachBucket(visit: (lowUs: number, highUs: number, count: number) => void): void {
    if (this.#count === 0) return
    const last = bucketIndex(this.#max)
    for (let index = bucketIndex(this.#min); index <= last; index++) {
      const count = this.#counts[index]!
      if (count > 0) visit(lowestValueAt(index), highestValueAt(index), count)
    }
  }

  #addAt(index: number, count: number): void {
    const total = this.#counts[index]! + count
    if (total > maxUint32) this.#widen()
    this.#counts[index] = total
    this.#count += count
  }

  #note(min: number, max: number, sum: number): void {
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
    this.#sum += sum
  }

  #widen(): void {
    if (this.#counts instanceof Uint32Array) this.#counts = Float64Array.from(this.#counts)
  }
}

function clamp(us: number): number {
  if (Number.isNaN(us)) throw new RangeError('NaN is no duration')
  return us <= 0 ? 0 : us >= maxUint32 ? maxUint32 : Math.min(Math.floor(us + 0.5), maxUint32)
}

/**
 * How many values must not exceed the value at a quantile. The product can come out just above the whole number
 * that is meant (0.999 × 1,000); without the correction by one unit in the last place it would skip a value.
 */
function countAtQuantile(q: number, count: number): number {
  const exact = q * count
  return Math.max(1, Math.ceil(exact - exact * Number.EPSILON))
}
