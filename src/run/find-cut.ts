import { judgeSteadyState, type SteadySecond } from '../analysis/steady-state.js'
import type { TimelineRow } from '../measurement/timeline.js'

/** A second is complete when its replies have had time to come, and their deltas to get here. */
const completeAfterUs = 1.2e6

export interface Cut {
  /** Since the load started. */
  readonly seconds: number
  readonly established: boolean
}

/**
 * Where the measured window may begin under `--warmup auto`, once that can be said; null before.
 * @param rows the intervals so far, all of the warm-up
 */
export function findCut(rows: readonly TimelineRow[], nowUs: number, capSeconds: number): Cut | null {
  const cap = Math.floor(capSeconds)
  const complete = rows.filter((row) => row.endUs + completeAfterUs <= nowUs).slice(0, cap)
  if (complete.length < cap) return null
  const series: SteadySecond[] = complete.map((row) => ({
    p50Ms: row.percentiles.response.count > 0 ? row.percentiles.response.p50 / 1_000 : null,
    throughput: row.counts.arrived,
    count: row.percentiles.response.count,
  }))
  const found = judgeSteadyState(series, cap)
  return found.state === 'steady'
    ? { seconds: found.cut, established: true }
    : { seconds: cap, established: false }
}
