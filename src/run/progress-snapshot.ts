import { monotonicUs } from '../kernel/clock.js'
import { RateShape } from '../load/rate-shape.js'
import type { ProgressPhase, ProgressSnapshot } from '../report/terminal/progress.js'
import type { LoadSession } from './load-session.js'
import type { Plan } from './plan.js'
import type { WorkerPool } from './worker-pool.js'

/** The live figures are those of so many whole seconds before now. */
const recentIntervals = 3

/** How the run goes right now. */
export function progressSnapshot(plan: Plan, session: LoadSession, pool: WorkerPool): ProgressSnapshot {
  const now = session.nowUs()
  const { phase, startUs, endUs } = phaseAt(session, now)
  const bin = session.currentBin()
  const { response, arrived } = session.timeline.recent(bin - recentIntervals, bin)
  const seconds = Math.min(recentIntervals, bin)
  return {
    atSeconds: monotonicUs() / 1e6,
    phase,
    phaseElapsedSeconds: Math.max(0, (now - startUs) / 1e6),
    phaseSeconds: Number.isFinite(endUs) ? (endUs - startUs) / 1e6 : null,
    offeredRate: plan.rate === null ? null : offeredAt(plan, session, now),
    achievedRate: seconds > 0 ? arrived / seconds : 0,
    p50Ms: response.count > 0 ? response.valueAtQuantile(0.5) / 1_000 : null,
    p99Ms: response.count > 0 ? response.valueAtQuantile(0.99) / 1_000 : null,
    errors: errorsSoFar(session),
    openConnections: pool.workers.reduce((total, { status }) => total + (status?.openConnections ?? 0), 0),
    connections: plan.connections,
  }
}

function errorsSoFar({ timeline }: LoadSession): number {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0)
  const measured = timeline.counts('measured')
  return (
    sum(measured.errorsByKind) +
    sum(measured.connectionErrorsByKind) +
    sum(timeline.counts('warmup').connectionErrorsByKind)
  )
}

function phaseAt(
  session: LoadSession,
  now: number,
): { phase: ProgressPhase; startUs: number; endUs: number } {
  const { measureFromUs, measureToUs, endUs } = session.windows
  if (now < measureFromUs) return { phase: 'warmup', startUs: 0, endUs: measureFromUs }
  if (now < measureToUs) return { phase: 'measured', startUs: measureFromUs, endUs: measureToUs }
  if (now < endUs) return { phase: 'profiled', startUs: measureToUs, endUs }
  return { phase: 'draining', startUs: endUs, endUs: Number.POSITIVE_INFINITY }
}

function offeredAt(plan: Plan, session: LoadSession, now: number): number {
  const shape = new RateShape(plan.rate!)
  const { measureFromUs } = session.windows
  if (now < measureFromUs) return shape.firstRate
  const until = (now - measureFromUs) / 1e6
  const since = Math.max(0, until - 1)
  return until > since
    ? (shape.cumulative(until) - shape.cumulative(since)) / (until - since)
    : shape.firstRate
}
