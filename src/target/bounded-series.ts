import type { Microseconds } from '../kernel/units.js'

/** A quantity that flows, such as CPU time: what came together, and how much of it a second. */
export interface FlowMeans {
  /** Over the time that was seen. */
  readonly total: number
  readonly perSecond: number
  /** That were seen. */
  readonly seconds: number
}

/** A quantity that stands, such as memory in use. */
export interface LevelMeans {
  readonly mean: number
  readonly max: number
}

/** Null where nothing was seen. */
export interface SeriesMeans<Flow extends string, Level extends string> {
  readonly flows: Readonly<Record<Flow, FlowMeans | null>>
  readonly levels: Readonly<Record<Level, LevelMeans | null>>
}

export interface SeriesRow<Flow extends string, Level extends string> extends SeriesMeans<Flow, Level> {
  /** Seconds since the start instant, at the start of the row. */
  readonly at: number
  /** Length of the row in seconds: 1, and more once a very long run was coarsened. */
  readonly length: number
}

type Values<Name extends string> = Readonly<Partial<Record<Name, number | null>>>

const flowColumns = 2
const levelColumns = 3

/**
 * Sums by whole second since a start instant, in bounded memory: past `maxRows` rows each two are joined into one, and
 * rows stand for twice the time from then on.
 */
export class BoundedSeries<Flow extends string, Level extends string> {
  readonly startUs: number
  readonly #flows: readonly Flow[]
  readonly #levels: readonly Level[]
  readonly #columns: number
  readonly #maxRows: number
  #rowUs = 1_000_000
  #rows = 0
  #sums: Float64Array

  constructor(startUs: Microseconds, flows: readonly Flow[], levels: readonly Level[], maxRows = 14_400) {
    this.startUs = startUs
    this.#flows = flows
    this.#levels = levels
    this.#columns = flows.length * flowColumns + levels.length * levelColumns
    this.#maxRows = Math.max(2, maxRows)
    this.#sums = new Float64Array(16 * this.#columns)
  }

  /** Spreads amounts over the seconds that `[startUs, endUs)` touches; what lies before the start instant is dropped. */
  addFlows(startUs: number, endUs: number, amounts: Values<Flow>): void {
    const end = endUs - this.startUs
    const wholeUs = endUs - startUs
    const from = Math.max(0, startUs - this.startUs)
    if (end <= 0 || wholeUs <= 0) return
    this.#reserve(end)
    for (let row = Math.floor(from / this.#rowUs); row * this.#rowUs < end; row++) {
      const overlapUs = Math.min(end, (row + 1) * this.#rowUs) - Math.max(from, row * this.#rowUs)
      let at = row * this.#columns
      for (const flow of this.#flows) {
        const amount = amounts[flow]
        if (amount !== null && amount !== undefined) {
          this.#sums[at]! += amount * (overlapUs / wholeUs)
          this.#sums[at + 1]! += overlapUs
        }
        at += flowColumns
      }
    }
  }

  /** What stands at an instant; an instant on the edge of two seconds ends the former. */
  addLevels(atUs: number, values: Values<Level>): void {
    const since = atUs - this.startUs
    if (since <= 0) return
    this.#reserve(since)
    let at = (Math.ceil(since / this.#rowUs) - 1) * this.#columns + this.#flows.length * flowColumns
    for (const level of this.#levels) {
      const value = values[level]
      if (value !== null && value !== undefined) {
        this.#sums[at]! += value
        this.#sums[at + 1]! += 1
        this.#sums[at + 2] = Math.max(this.#sums[at + 2]!, value)
      }
      at += levelColumns
    }
  }

  /** Means over `[startUs, endUs)`, instants of the monotonic clock. Seconds that the ends cut count by their part. */
  between(startUs: number, endUs: number): SeriesMeans<Flow, Level> {
    const sums = new Float64Array(this.#columns)
    const from = Math.max(0, startUs - this.startUs)
    const to = endUs - this.startUs
    for (let row = Math.floor(from / this.#rowUs); row < this.#rows && row * this.#rowUs < to; row++) {
      const overlapUs = Math.min(to, (row + 1) * this.#rowUs) - Math.max(from, row * this.#rowUs)
      this.#addRow(sums, 0, row, overlapUs / this.#rowUs)
    }
    return this.#means(sums, 0)
  }

  /** The series so far; seconds in which nothing was seen are missing. */
  rows(): SeriesRow<Flow, Level>[] {
    const length = this.#rowUs / 1e6
    const series: SeriesRow<Flow, Level>[] = []
    for (let row = 0; row < this.#rows; row++) {
      if (this.#isSeen(row)) {
        series.push({ at: row * length, length, ...this.#means(this.#sums, row * this.#columns) })
      }
    }
    return series
  }

  #isSeen(row: number): boolean {
    const at = row * this.#columns
    for (let index = 0; index < this.#flows.length; index++) {
      if (this.#sums[at + index * flowColumns + 1]! > 0) return true
    }
    const levels = at + this.#flows.length * flowColumns
    for (let index = 0; index < this.#levels.length; index++) {
      if (this.#sums[levels + index * levelColumns + 1]! > 0) return true
    }
    return false
  }

  #means(sums: Float64Array, start: number): SeriesMeans<Flow, Level> {
    const flows = {} as Record<Flow, FlowMeans | null>
    const levels = {} as Record<Level, LevelMeans | null>
    let at = start
    for (const flow of this.#flows) {
      const coveredUs = sums[at + 1]!
      const total = sums[at]!
      flows[flow] =
        coveredUs > 0 ? { total, perSecond: (total / coveredUs) * 1e6, seconds: coveredUs / 1e6 } : null
      at += flowColumns
    }
    for (const level of this.#levels) {
      const count = sums[at + 1]!
      levels[level] = count > 0 ? { mean: sums[at]! / count, max: sums[at + 2]! } : null
      at += levelColumns
    }
    return { flows, levels }
  }

  #addRow(into: Float64Array, at: number, row: number, part: number): void {
    const from = row * this.#columns
    const levels = this.#flows.length * flowColumns
    for (let index = 0; index < this.#columns; index++) {
      const value = this.#sums[from + index]!
      const isMax = index >= levels && (index - levels) % levelColumns === 2
      if (isMax) into[at + index] = Math.max(into[at + index]!, value)
      else into[at + index]! += value * part
    }
  }

  #reserve(endUs: number): void {
    while (Math.ceil(endUs / this.#rowUs) > this.#maxRows) this.#coarsen()
    this.#rows = Math.max(this.#rows, Math.ceil(endUs / this.#rowUs))
    if (this.#rows * this.#columns > this.#sums.length) {
      const grown = new Float64Array(Math.max(this.#sums.length * 2, this.#rows * this.#columns))
      grown.set(this.#sums)
      this.#sums = grown
    }
  }

  #coarsen(): void {
    const joined = new Float64Array(this.#sums.length)
    for (let row = 0; row < this.#rows; row++) {
      this.#addRow(joined, Math.floor(row / 2) * this.#columns, row, 1)
    }
    this.#sums = joined
    this.#rows = Math.ceil(this.#rows / 2)
    this.#rowUs *= 2
  }
}
