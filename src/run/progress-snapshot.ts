import { monotonicUs } from '../kernel/clock.js'
import { type Microseconds, microseconds } from '../kernel/units.js'
import { RateShape } from '../load/rate-shape.js'
import { intervalOf } from '../load/windows.js'
import type { Timeline } from '../measurement/timeline.js'
import type { ProgressPhase, ProgressSnapshot } from '../report/terminal/progress-lines.js'
import type { WatchedProcess } from '../target/process-watch.js'
import type { LoadSession } from './load-session.js'
import type { Plan } from './plan.js'
import type { WorkerPool } from './worker-pool.js'

/** The live figures are those of so many whole seconds before now; a late reply may still change them. */
const recentIntervals = 3
/** So many seconds of p99 are kept for the line that is drawn of them. */
const keptIntervals = 40

type PlanPart = Pick<Plan, 'rate' | 'connections' | 'sessions'>
type PoolPart = Pick<WorkerPool, 'workers'>
type SessionPart = Pick<LoadSession, 'nowUs' | 'currentBin' | 'windows' | 'timeline' | 'originUs'>

/** While connections are opened, before there is any load. */
export function connectingSnapshot(
  plan: PlanPart,
  pool: PoolPart,
  timeline: Timeline,
  sinceUs: Microseconds,
): ProgressSnapshot {
  const now = monotonicUs()
  return {
    ...withoutFigures(plan, pool),
    errors: errorsSoFar(timeline),
    atSeconds: now / 1e6,
    phase: 'connecting',
    phaseElapsedSeconds: (now - sinceUs) / 1e6,
    phaseSeconds: null,
    offeredRate: null,
  }
}

/** Tells how a run goes right now, and remembers the p99 of the seconds before. */
export class ProgressMeter {
  readonly #plan: PlanPart
  readonly #session: SessionPart
  readonly #pool: PoolPart
  readonly #targets: () => readonly WatchedProcess[]
  readonly #p99ByBin = new Map<number, number | null>()

  /** @param targets the processes of the target, as far as they are watched */
  constructor(
    plan: PlanPart,
    session: SessionPart,
    pool: PoolPart,
    targets: () => readonly WatchedProcess[],
  ) {
    this.#plan = plan
    this.#session = session
    this.#pool = pool
    this.#targets = targets
  }

  snapshot(): ProgressSnapshot {
    const session = this.#session
    const now = session.nowUs()
    const { phase, startUs, endUs } = phaseAt(session, now)
    const bin = session.currentBin()
    const { response, arrived, dispatched, sessionsStarted } = session.timeline.recent(
      bin - recentIntervals,
      bin,
    )
    const seconds = secondsBetween(session, Math.max(0, bin - recentIntervals), bin)
    const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0)
    const at = (share: number): number | null =>
      response.count > 0 ? response.valueAtQuantile(share) / 1_000 : null
    const figures = {
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      p999Ms: at(0.999),
      achievedRate: perSecond(arrived),
      dispatchedRate: perSecond(this.#plan.sessions ? sessionsStarted : dispatched),
    }
    return {
      ...withoutFigures(this.#plan, this.#pool),
      atSeconds: monotonicUs() / 1e6,
      phase,
      phaseElapsedSeconds: Math.max(0, (now - startUs) / 1e6),
      phaseSeconds: Number.isFinite(endUs) ? (endUs - startUs) / 1e6 : null,
      offeredRate: this.#plan.rate === null ? null : this.#offeredAt(now),
      ...figures,
      p99History: this.#history(bin),
      errors: errorsSoFar(session.timeline),
      targetCpuPercent: this.#targetCpu(now),
    }
  }

  /** p99 (ms) of the last whole seconds up to before `bin`. */
  #history(bin: number): Array<number | null> {
    for (let at = Math.max(0, bin - recentIntervals); at < bin; at++) {
      const { response } = this.#session.timeline.recent(at, at + 1)
      this.#p99ByBin.set(at, response.count > 0 ? response.valueAtQuantile(0.99) / 1_000 : null)
    }
    this.#p99ByBin.delete(bin - keptIntervals - 1)
    const first = Math.max(0, bin - keptIntervals)
    return Array.from({ length: bin - first }, (_, index) => this.#p99ByBin.get(first + index) ?? null)
  }

  #targetCpu(nowUs: number): number | null {
    const to = this.#session.originUs + nowUs
    const from = Math.max(this.#session.originUs, to - recentIntervals * 1e6)
    const known = this.#targets()
      .map((watched) => watched.between(microseconds(from), microseconds(to)).cpuPercent)
      .filter((percent) => percent !== null)
    return known.length === 0 ? null : known.reduce((sum, percent) => sum + percent, 0)
  }

  #offeredAt(now: number): number {
    const shape = new RateShape(this.#plan.rate!)
    const { measureFromUs } = this.#session.windows
    if (now < measureFromUs) return shape.firstRate
    const until = (now - measureFromUs) / 1e6
    const since = Math.max(0, until - 1)
    return until > since
      ? (shape.cumulative(until) - shape.cumulative(since)) / (until - since)
      : shape.firstRate
  }
}

const withoutFigures = (plan: PlanPart, pool: PoolPart) => ({
  sessions: plan.sessions !== null,
  dispatchedRate: 0,
  achievedRate: 0,
  p50Ms: null,
  p99Ms: null,
  p999Ms: null,
  p99History: [],
  openConnections: pool.workers.reduce((total, { status }) => total + (status?.openConnections ?? 0), 0),
  connections: plan.sessions === null ? plan.connections : null,
  targetCpuPercent: null,
})

function errorsSoFar(timeline: Timeline): number {
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0)
  const measured = timeline.counts('measured')
  return (
    sum(measured.errorsByKind) +
    sum(measured.connectionErrorsByKind) +
    sum(timeline.counts('warmup').connectionErrorsByKind)
  )
}

/** The last interval of a window may be shorter than a second. */
function secondsBetween({ windows }: SessionPart, firstBin: number, endBin: number): number {
  let sumUs = 0
  for (let bin = firstBin; bin < endBin; bin++) {
    const { startUs, endUs } = intervalOf(windows, bin)
    sumUs += endUs - startUs
  }
  return Number.isFinite(sumUs) ? sumUs / 1e6 : endBin - firstBin
}

function phaseAt(
  session: SessionPart,
  now: number,
): { phase: ProgressPhase; startUs: number; endUs: number } {
  const { measureFromUs, measureToUs, endUs, later } = session.windows
  if (now < measureFromUs) return { phase: 'warmup', startUs: 0, endUs: measureFromUs }
  if (now < measureToUs) return { phase: 'measured', startUs: measureFromUs, endUs: measureToUs }
  if (now < endUs) {
    const phase = later?.find(({ toUs }) => now < toUs)?.phase ?? 'profiled'
    return { phase, startUs: measureToUs, endUs }
  }
  return { phase: 'draining', startUs: endUs, endUs: Number.POSITIVE_INFINITY }
}
