import type { LoadPhase } from '../load/windows.js'
import type { Histogram } from './histogram.js'

/** Rows a doubling of the response time, from 1 µs up: the upper edge of a row lies 9 % above its lower one. */
export const rowsPerDoubling = 8
const rowCount = 32 * rowsPerDoubling

/** The row that holds a time in µs; everything below 1 µs is in the first. */
export function heatMapRow(us: number): number {
  return us <= 1 ? 0 : Math.min(rowCount - 1, Math.floor(rowsPerDoubling * Math.log2(us)))
}

/** A stretch of the run, in seconds since the load started, with `row, count, row, count, …` by rising row. */
export interface HeatMapColumn {
  readonly at: number
  readonly length: number
  readonly cells: readonly number[]
}

interface Column {
  readonly phase: LoadPhase
  readonly startUs: number
  endUs: number
  intervals: number
  readonly counts: Float64Array
}

/**
 * How many responses took how long, over time. Memory is bounded: when there are too many columns, neighbours of the
 * same phase become one, and so on with twice as many intervals in each column from then on.
 */
export class HeatMap {
  readonly #mostColumns: number
  #columns: Column[] = []
  #intervalsPerColumn = 1

  constructor(mostColumns = 600) {
    this.#mostColumns = mostColumns
  }

  /** Takes an interval of the time line and its response times (µs). */
  add(
    { phase, startUs, endUs }: { phase: LoadPhase; startUs: number; endUs: number },
    response: Histogram,
  ): void {
    if (response.count === 0) return
    const { counts } = this.#columnFor(phase, startUs, endUs)
    response.forEachBucket((lowUs, highUs, count) => {
      const row = heatMapRow((lowUs + highUs) / 2)
      counts[row] = counts[row]! + count
    })
    if (this.#columns.length > this.#mostColumns) this.#halve()
  }

  /** The columns in order of time. */
  columns(): HeatMapColumn[] {
    return this.#columns.map(({ startUs, endUs, counts }) => {
      const cells: number[] = []
      for (const [row, count] of counts.entries()) if (count > 0) cells.push(row, count)
      return { at: startUs / 1e6, length: (endUs - startUs) / 1e6, cells }
    })
  }

  #columnFor(phase: LoadPhase, startUs: number, endUs: number): Column {
    // Intervals come in order, but for one whose first reply was late.
    let place = this.#columns.length
    while (place > 0 && this.#columns[place - 1]!.startUs > startUs) place--
    const before = this.#columns[place - 1]
    const fits =
      before?.phase === phase && (before.intervals < this.#intervalsPerColumn || startUs < before.endUs)
    if (before && fits) {
      before.intervals++
      before.endUs = Math.max(before.endUs, endUs)
      return before
    }
    const column = { phase, startUs, endUs, intervals: 1, counts: new Float64Array(rowCount) }
    this.#columns.splice(place, 0, column)
    return column
  }

  #halve(): void {
    this.#intervalsPerColumn *= 2
    const merged: Column[] = []
    for (const column of this.#columns) {
      const last = merged.at(-1)
      if (last?.phase !== column.phase || last.intervals + column.intervals > this.#intervalsPerColumn) {
        merged.push(column)
        continue
      }
      last.intervals += column.intervals
      last.endUs = column.endUs
      for (const [row, count] of column.counts.entries()) last.counts[row] = last.counts[row]! + count
    }
    this.#columns = merged
  }
}
