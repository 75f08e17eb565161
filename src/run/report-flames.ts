import { type ReportFlame, reportFlame } from '../report/report-flame.js'
import { type SlowMessagesJson, slowMessages } from '../report/slow-messages.js'
import type { Evidence } from './evidence.js'

/** The flame graphs of a run's profiles. */
export function reportFlames({ target }: Evidence): ReportFlame[] {
  if (!target.profile) return []
  return [reportFlame({ title: 'CPU', how: 'inspector', analysis: target.profile.analysis })]
}

/** When the slowest messages of the profiled window were open, where profile and messages share a clock. */
export function slowInProfile(
  { plan, target, timeline, originUs }: Evidence,
  loopback: boolean,
): SlowMessagesJson | null {
  if (!target.profile) return null
  if (!loopback) return { why: 'the target runs on another host, whose clock is not the one of the messages' }
  const phase = plan.profile === 'throughout' ? 'measured' : 'profiled'
  const slowest = timeline.exemplars(phase).filter(({ kind }) => kind === 'slow')
  return slowMessages(slowest, timeline.totals(phase).histograms.response.count, originUs)
}
