import type { Objective } from '../analysis/objectives.js'
import type { NoiseFloor } from '../measurement/noise-floor.js'
import { addCounts, type Timeline, type WindowTotals } from '../measurement/timeline.js'
import type { RunJson } from '../report/run-json.js'
import type { ProcessWatch } from '../target/process-watch.js'
import type { StepReading } from './observer-stage.js'
import type { ObserverStep } from './observer-steps.js'
import type { Plan } from './plan.js'
import type { TargetSession } from './target-session.js'
import type { WorkerPool } from './worker-pool.js'

/** All that a run has brought to light so far. */
export interface Evidence {
  readonly plan: Plan
  readonly objectives: readonly Objective[]
  readonly startedAt: Date
  readonly endedAt: Date
  readonly interrupted: boolean
  /** The objective that was surely lost and ended the run early. */
  readonly aborted: string | null
  /** Start of the load on CLOCK_MONOTONIC; NaN if it never started. */
  readonly originUs: number
  /** The wall time of that instant. */
  readonly originWall: Date | null
  readonly timeline: Timeline
  /** Of the steady state; null where nobody looked. */
  readonly established: boolean | null
  readonly pool: WorkerPool
  readonly watch: ProcessWatch
  readonly floor: NoiseFloor | null
  readonly target: TargetSession
  readonly targetGone: boolean
  /** What followed the measured window, and the target's CPU time in it. */
  readonly observerSteps: readonly ObserverStep[]
  readonly stepReadings: readonly StepReading[]
  readonly spinShare: number
  readonly eventLoopDelayP99Us: number
  readonly tool: RunJson['tool']
}

/** Phases whose connection errors count: all up to the end of the measured window. */
const judgedPhases = ['warmup', 'measured'] as const

export function connectionCount(
  { timeline }: Pick<Evidence, 'timeline'>,
  name: 'connectionsOpened' | 'connectionsFailed' | 'connectionsLost' | 'tlsResumed' | 'compressed',
): number {
  return judgedPhases.reduce((sum, phase) => sum + timeline.counts(phase).counts[name], 0)
}

export function runWideUnmatched({ timeline }: Evidence): number {
  return (['warmup', 'measured', 'control', 'settling', 'profiled', 'drain'] as const).reduce(
    (sum, phase) => sum + timeline.counts(phase).counts.unmatched,
    0,
  )
}

export function errorsOf(
  { timeline }: Pick<Evidence, 'timeline'>,
  totals: WindowTotals,
): { total: number; byKind: Record<string, number> } {
  const byKind: Record<string, number> = { ...totals.errorsByKind }
  for (const phase of judgedPhases) addCounts(byKind, timeline.counts(phase).connectionErrorsByKind)
  return { total: Object.values(byKind).reduce((sum, count) => sum + count, 0), byKind }
}
