import type { FlameProfile } from '../profiling/flame-profile.js'
import { fitTogether, type ReportFlame, reportFlame } from '../report/report-flame.js'
import { type SlowMessagesJson, slowMessages, type TimeRange } from '../report/slow-messages.js'
import type { Evidence } from './evidence.js'

/** The flame graphs of a run's profiles. */
export function reportFlames({ target }: Evidence): ReportFlame[] {
  if (!target.profile) return []
  const { how, analysis } = target.profile
  const note =
    how === 'inspector' || target.profileNote === null ? null : `Profiled by ${how}: ${target.profileNote}.`
  return fitTogether([reportFlame({ title: 'CPU', how, note, analysis })], mostBytes)
}

/** All flame graphs of a page together: a report stays under 5 MB. */
export const mostBytes = 3_200_000

/** When the slowest messages of the profiled window were open, where profile and messages share a clock. */
export function slowInProfile(
  { plan, target, timeline, originUs }: Evidence,
  loopback: boolean,
): SlowMessagesJson | null {
  if (!target.profile) return null
  if (!loopback) return { why: 'the target runs on another host, whose clock is not the one of the messages' }
  const recorded = spanOf(target.profile.analysis.flame.streams)
  if (!recorded) return { why: 'this profiler tells no times' }
  const phase = plan.profile === 'throughout' ? 'measured' : 'profiled'
  const slowest = timeline.exemplars(phase).filter(({ kind }) => kind === 'slow')
  return slowMessages(slowest, timeline.totals(phase).histograms.response.count, originUs, recorded)
}

function spanOf(streams: FlameProfile['streams']): TimeRange | null {
  const ranges = streams.map(({ startUs, us }): TimeRange => {
    return [startUs, us.reduce((sum, length) => sum + length, startUs)]
  })
  const fromUs = Math.min(...ranges.map(([from]) => from))
  const toUs = Math.max(...ranges.map(([, to]) => to))
  return toUs > fromUs ? [fromUs, toUs] : null
}
