import { Histogram } from '../measurement/histogram.js'
import type { IntervalDelta, RecorderDelta } from '../measurement/interval-delta.js'
import { intervalLogHeader, intervalLogLine } from '../measurement/interval-log.js'
import type { TimelineRow } from '../measurement/timeline.js'
import type { RunFolder } from './run-folder.js'

const logged = ['response', 'service', 'wait', 'slip'] as const
type LoggedMetric = (typeof logged)[number]

const workerLog = (worker: number): string => `latency-worker-${worker}.hlog`

/**
 * The interval logs of a run: `latency.hlog` of all workers together, and where there are several, one of each, so
 * that whoever doubts the sum can add them up anew. A line is written when its interval is final; what comes late
 * gets a line of its own.
 */
export class LatencyLogs {
  readonly #folder: Pick<RunFolder, 'append'>
  /** By worker: its deltas of the intervals that are not final, by their number. */
  readonly #open: ReadonlyArray<Map<number, IntervalDelta[]>>
  readonly #scratch = new Histogram()

  constructor(folder: Pick<RunFolder, 'append'>, workers: number) {
    this.#folder = folder
    this.#open = Array.from({ length: workers > 1 ? workers : 0 }, () => new Map())
  }

  /** @param startEpochMs wall time of the start of the load */
  begin(startEpochMs: number, toolVersion: string): void {
    const header = intervalLogHeader(startEpochMs, toolVersion)
    this.#folder.append('latency.hlog', header)
    for (const worker of this.#open.keys()) this.#folder.append(workerLog(worker), header)
  }

  /** Before the same delta is added to the time line. */
  add(worker: number, delta: RecorderDelta): void {
    const open = this.#open[worker]
    if (!open) return
    for (const interval of delta.intervals) {
      const known = open.get(interval.bin)
      if (known) known.push(interval)
      else open.set(interval.bin, [interval])
    }
  }

  /** An interval is final. @param histograms of all workers */
  write(row: TimelineRow, histograms: Readonly<Record<LoggedMetric, Histogram>>): void {
    this.#append('latency.hlog', row, (metric) => histograms[metric])
    for (const [worker, open] of this.#open.entries()) {
      const deltas = open.get(row.bin) ?? []
      open.delete(row.bin)
      this.#append(workerLog(worker), row, (metric) => this.#merge(deltas, metric))
    }
  }

  #append(file: string, row: TimelineRow, histogramOf: (metric: LoggedMetric) => Histogram): void {
    const length = (row.endUs - row.startUs) / 1e6
    let lines = ''
    for (const metric of logged) {
      const histogram = histogramOf(metric)
      const tag = row.phase === 'measured' ? metric : `${row.phase}.${metric}`
      if (histogram.count > 0) lines += intervalLogLine(tag, row.startUs / 1e6, length, histogram)
    }
    if (lines !== '') this.#folder.append(file, lines)
  }

  #merge(deltas: readonly IntervalDelta[], metric: LoggedMetric): Histogram {
    this.#scratch.reset()
    for (const { histograms } of deltas) {
      const delta = histograms[metric]
      if (delta) this.#scratch.addDelta(delta)
    }
    return this.#scratch
  }
}
