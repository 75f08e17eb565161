import type { ProfileJson } from '../report/run-json.js'
import type { Evidence } from './evidence.js'
import type { MeasuredWindow } from './measured-window.js'

/** The first moments of a profile are its start: some 10 ms of a stall, and code that is logged. */
const startUpUs = 500_000

/** The profile as run.json shows it; null if none was taken. */
export function profileJson(evidence: Evidence, window: MeasuredWindow): ProfileJson | null {
  const { profile } = evidence.target
  if (!profile) return null
  const { seconds, idleShare, categories, unattributed, hottest } = profile.analysis
  return {
    files: profile.files.map((file) => `profiles/${file}`),
    seconds,
    observerCost: observerCost(evidence, window),
    idleShare,
    categories,
    unattributed,
    hottest: hottest.map((hot) => ({
      function: hot.function,
      file: hot.file,
      line: hot.line,
      selfShare: hot.selfShare,
      totalShare: hot.totalShare,
    })),
  }
}

/**
 * What profiling cost the target, from this run's own windows: the CPU time for each reply in the profiled window
 * over that in the measured one, less one. Null where a window is missing or too short to tell.
 */
function observerCost({ plan, target, timeline, originUs }: Evidence, window: MeasuredWindow): number | null {
  const { measureToUs, endUs } = timeline.windows
  const process = target.processes[0]
  if (plan.profile !== 'after' || !process || endUs - measureToUs < 2 * startUpUs) return null
  const profiledFrom = Math.ceil((measureToUs + startUpUs) / 1e6) * 1e6
  const arrived = timeline
    .rows()
    .filter((row) => row.phase === 'profiled' && row.startUs >= measureToUs + startUpUs)
    .reduce((sum, row) => ({ count: sum.count + row.counts.arrived, us: sum.us + row.endUs - row.startUs }), {
      count: 0,
      us: 0,
    })
  const absolute = (us: number) => (originUs + us) as typeof window.fromUs
  const during = process.watched.between(absolute(profiledFrom), absolute(endUs)).cpuPercent
  const before = process.watched.between(window.fromUs, window.toUs).cpuPercent
  if (during === null || before === null || arrived.count === 0 || window.achievedRate === 0 || before === 0)
    return null
  const costDuring = during / ((arrived.count / arrived.us) * 1e6)
  const costBefore = before / window.achievedRate
  return costDuring / costBefore - 1
}
