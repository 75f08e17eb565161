import type { Microseconds } from '../kernel/units.js'

/** Means over a stretch of time; null where nothing was seen, or the system does not tell. */
export interface ProcessMeans {
  /** Of one core: 200 for two cores used whole. */
  readonly cpuPercent: number | null
  /** Time that threads were ready to run and waited for a core, of one core. */
  readonly runQueueWaitPercent: number | null
  readonly rssBytes: number | null
  readonly rssMaxBytes: number | null
  readonly threads: number | null
  readonly descriptors: number | null
}

export interface ProcessSecond extends ProcessMeans {
  /** Seconds since the start instant, at the start of the interval. */
  readonly at: number
  /** Length of the interval in seconds: 1, and more once a very long run was coarsened. */
  readonly length: number
}

/** What was seen between two looks. Times in ns; null where the system does not tell. */
export interface ProcessInterval {
  readonly startUs: number
  readonly endUs: number
  readonly cpuNs: number | null
  readonly runQueueWaitNs: number | null
  readonly rssBytes: number | null
  readonly threads: number | null
  readonly descriptors: number | null
}

/** One running sum a column, one row a second. */
const column = {
  cpuUs: 0,
  cpuCoveredUs: 1,
  waitUs: 2,
  waitCoveredUs: 3,
  rss: 4,
  rssCount: 5,
  rssMax: 6,
  threads: 7,
  threadsCount: 8,
  descriptors: 9,
  descriptorsCount: 10,
} as const
const columns = 11

/**
 * Sums by whole second since a start instant, in bounded memory: past `maxSeconds` rows each two are joined into
 * one and rows stand for twice the time from then on.
 */
export class ProcessSeries {
  readonly startUs: number
  readonly #maxRows: number
  #rowUs = 1_000_000
  #rows = 0
  #sums = new Float64Array(64 * columns)

  constructor(startUs: Microseconds, maxSeconds = 14_400) {
    this.startUs = startUs
    this.#maxRows = Math.max(2, maxSeconds)
  }

  /** Spreads an interval over the seconds that it touches; what lies before the start instant is dropped. */
  add(interval: ProcessInterval): void {
    const endUs = interval.endUs - this.startUs
    const wholeUs = interval.endUs - interval.startUs
    const fromUs = Math.max(0, interval.startUs - this.startUs)
    if (endUs <= 0 || wholeUs <= 0) return
    this.#reserve(endUs)
    for (let row = Math.floor(fromUs / this.#rowUs); row * this.#rowUs < endUs; row++) {
      const overlapUs = Math.min(endUs, (row + 1) * this.#rowUs) - Math.max(fromUs, row * this.#rowUs)
      this.#addTime(row, overlapUs, overlapUs / wholeUs, interval)
    }
    this.#addLevels(Math.ceil(endUs / this.#rowUs) - 1, interval)
  }

  /** Means over `[startUs, endUs)`, instants of the monotonic clock. Seconds that the ends cut count by their part. */
  between(startUs: number, endUs: number): ProcessMeans {
    const sums = new Float64Array(columns)
    const from = Math.max(0, startUs - this.startUs)
    const to = endUs - this.startUs
    const first = Math.floor(from / this.#rowUs)
    for (let row = first; row < this.#rows && row * this.#rowUs < to; row++) {
      const overlapUs = Math.min(to, (row + 1) * this.#rowUs) - Math.max(from, row * this.#rowUs)
      addRow(sums, 0, this.#sums, row * columns, overlapUs / this.#rowUs)
    }
    return meansOf(sums, 0)
  }

  /** The series so far; seconds in which nothing was seen are missing. */
  seconds(): ProcessSecond[] {
    const length = this.#rowUs / 1e6
    const series: ProcessSecond[] = []
    for (let row = 0; row < this.#rows; row++) {
      const at = row * columns
      const seen =
        this.#sums[at + column.cpuCoveredUs]! +
        this.#sums[at + column.rssCount]! +
        this.#sums[at + column.descriptorsCount]!
      if (seen > 0) series.push({ at: row * length, length, ...meansOf(this.#sums, at) })
    }
    return series
  }

  #addTime(row: number, overlapUs: number, part: number, interval: ProcessInterval): void {
    const at = row * columns
    if (interval.cpuNs !== null) {
      this.#sums[at + column.cpuUs]! += (interval.cpuNs / 1_000) * part
      this.#sums[at + column.cpuCoveredUs]! += overlapUs
    }
    if (interval.runQueueWaitNs !== null) {
      this.#sums[at + column.waitUs]! += (interval.runQueueWaitNs / 1_000) * part
      this.#sums[at + column.waitCoveredUs]! += overlapUs
    }
  }

  #addLevels(row: number, interval: ProcessInterval): void {
    const at = row * columns
    if (interval.rssBytes !== null) {
      this.#sums[at + column.rss]! += interval.rssBytes
      this.#sums[at + column.rssCount]! += 1
      this.#sums[at + column.rssMax] = Math.max(this.#sums[at + column.rssMax]!, interval.rssBytes)
    }
    if (interval.threads !== null) {
      this.#sums[at + column.threads]! += interval.threads
      this.#sums[at + column.threadsCount]! += 1
    }
    if (interval.descriptors !== null) {
      this.#sums[at + column.descriptors]! += interval.descriptors
      this.#sums[at + column.descriptorsCount]! += 1
    }
  }

  #reserve(endUs: number): void {
    while (Math.ceil(endUs / this.#rowUs) > this.#maxRows) this.#coarsen()
    this.#rows = Math.max(this.#rows, Math.ceil(endUs / this.#rowUs))
    if (this.#rows * columns > this.#sums.length) {
      const grown = new Float64Array(Math.max(this.#sums.length * 2, this.#rows * columns))
      grown.set(this.#sums)
      this.#sums = grown
    }
  }

  #coarsen(): void {
    const joined = new Float64Array(this.#sums.length)
    for (let row = 0; row < this.#rows; row++) {
      addRow(joined, Math.floor(row / 2) * columns, this.#sums, row * columns, 1)
    }
    this.#sums = joined
    this.#rows = Math.ceil(this.#rows / 2)
    this.#rowUs *= 2
  }
}

function addRow(into: Float64Array, at: number, from: Float64Array, row: number, part: number): void {
  for (let index = 0; index < columns; index++) {
    if (index === column.rssMax) into[at + index] = Math.max(into[at + index]!, from[row + index]!)
    else into[at + index]! += from[row + index]! * part
  }
}

function meansOf(sums: Float64Array, at: number): ProcessMeans {
  const mean = (sum: number, count: number, scale = 1): number | null =>
    sums[at + count]! > 0 ? (sums[at + sum]! / sums[at + count]!) * scale : null
  const whole = (value: number | null): number | null => (value === null ? null : Math.round(value))
  return {
    cpuPercent: mean(column.cpuUs, column.cpuCoveredUs, 100),
    runQueueWaitPercent: mean(column.waitUs, column.waitCoveredUs, 100),
    rssBytes: whole(mean(column.rss, column.rssCount)),
    rssMaxBytes: sums[at + column.rssCount]! > 0 ? sums[at + column.rssMax]! : null,
    threads: mean(column.threads, column.threadsCount),
    descriptors: mean(column.descriptors, column.descriptorsCount),
  }
}
