import type { ReportFlame } from './report-flame.js'
import type { MetricName, RunJson } from './run-json.js'
import type { SlowMessagesJson } from './slow-messages.js'
import type { TimelineSecond } from './timeline-second.js'

/** One line of `exemplars.ndjson`: a message kept whole. Times in ms. */
export interface ExemplarJson {
  readonly kind: 'slow' | 'random'
  readonly id: number
  readonly connection: number
  /** Seconds since the load started. */
  readonly intendedAt: number
  readonly response: number
  readonly slip: number
  readonly wait: number
  readonly service: number
  readonly error: string | null
}

/** One point of the percentile curve: `percentile` 0…100, `value` in ms. */
export interface CurvePoint {
  readonly percentile: number
  readonly value: number
}

/**
 * How many responses took how long, over time. Row r holds the times from 2^(r / rowsPerDoubling) µs up to the next
 * row; `cells` is `row, count, row, count, …` of the rows that are not empty.
 */
export interface HeatMapJson {
  readonly rowsPerDoubling: number
  readonly columns: readonly HeatMapColumn[]
}

/** `at` and `length` in seconds since the load started. */
export interface HeatMapColumn {
  readonly at: number
  readonly length: number
  readonly cells: readonly number[]
}

/** All that the HTML report shows: run.json and what is too long for it. */
export interface ReportData {
  readonly run: RunJson
  readonly timeline: readonly TimelineSecond[]
  readonly curves: Readonly<Partial<Record<MetricName, readonly CurvePoint[]>>>
  /** null in a run that broke off, or of a version that kept none. */
  readonly heatMap: HeatMapJson | null
  readonly exemplars: readonly ExemplarJson[]
  /** Of every profiler that looked, the first as `run.profile` has it. */
  readonly flames: readonly ReportFlame[]
  /** null without a flame graph. */
  readonly slow: SlowMessagesJson | null
}
