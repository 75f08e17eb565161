import type { Microseconds } from '../kernel/units.js'
import type { IntervalPercentiles, TimelineRow } from '../measurement/timeline.js'
import type { TimelinePercentiles, TimelineSecond, TimelineTarget } from '../report/timeline-second.js'
import type { Evidence } from './evidence.js'
import { kernelFigures, processFigures, runtimeFigures } from './target-figures.js'

/** The time line as timeline.ndjson and the report show it: load, target and generator on one axis. */
export function timelineSeconds(rows: readonly TimelineRow[], evidence: Evidence): TimelineSecond[] {
  let connections = 0
  return rows.map((row) => {
    const { counts } = row
    connections += counts.connectionsOpened - counts.connectionsLost
    return {
      at: row.startUs / 1e6,
      length: (row.endUs - row.startUs) / 1e6,
      phase: row.phase,
      due: counts.due,
      dispatched: row.percentiles.slip.count + counts.shed - counts.shedLate,
      sent: counts.sent,
      received: counts.received,
      arrived: counts.arrived,
      errors: Object.values(row.errorsByKind).reduce((sum, count) => sum + count, 0),
      errorsByKind: row.errorsByKind,
      response: percentilesJson(row.percentiles.response),
      service: percentilesJson(row.percentiles.service),
      wait: percentilesJson(row.percentiles.wait),
      slip: percentilesJson(row.percentiles.slip),
      connections,
      connectionsOpened: counts.connectionsOpened,
      connectionsFailed: counts.connectionsFailed,
      connectionsLost: counts.connectionsLost,
      target: targetAt(row, evidence),
      generator: generatorAt(row, evidence),
    }
  })
}

export const timelineLines = (seconds: readonly TimelineSecond[]): string =>
  seconds.map((second) => `${JSON.stringify(second)}\n`).join('')

const percentilesJson = ({ count, p50, p90, p99, p999, max }: IntervalPercentiles): TimelinePercentiles => ({
  count,
  p50: p50 / 1_000,
  p90: p90 / 1_000,
  p99: p99 / 1_000,
  'p99.9': p999 / 1_000,
  max: max / 1_000,
})

const absolute = (row: TimelineRow, originUs: number): [Microseconds, Microseconds] => [
  (originUs + row.startUs) as Microseconds,
  (originUs + row.endUs) as Microseconds,
]

function targetAt(row: TimelineRow, { target, originUs }: Evidence): TimelineTarget | null {
  const { processes } = target
  if (processes.length === 0) return null
  const [fromUs, toUs] = absolute(row, originUs)
  const middle = (fromUs + toUs) / 2
  const samples = target.runtime.filter((sample) => sample.fromUs <= middle && middle < sample.toUs)
  const stretch = { fromUs, toUs }
  return {
    ...kernelFigures(processes, stretch),
    ...runtimeFigures(samples),
    ...(processes.length > 1 ? { processes: processFigures(processes, samples, stretch) } : {}),
  }
}

function generatorAt(row: TimelineRow, { pool, watch, originUs }: Evidence): TimelineSecond['generator'] {
  const [from, to] = absolute(row, originUs)
  let cpuPercent = 0
  let wait: number | null = null
  for (const { pid } of pool.workers) {
    const means = watch.watch(pid).between(from, to)
    cpuPercent += means.cpuPercent ?? 0
    if (means.runQueueWaitPercent !== null) wait = (wait ?? 0) + means.runQueueWaitPercent
  }
  return { cpuPercent, runQueueWaitPercent: wait }
}
