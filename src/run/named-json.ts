import type { MetricEvidence } from '../analysis/objectives.js'
import type { NamedTotal } from '../measurement/named-values.js'
import type { WindowTotals } from '../measurement/timeline.js'
import type { MetricJson, RunJson } from '../report/run-json.js'
import { metricJson } from './metric-json.js'

const evidenceOf = ({ histogram, censored }: NamedTotal): MetricEvidence => ({
  distribution: histogram,
  censoredCount: censored.count,
  minCensoredUs: censored.count > 0 ? censored.minUs : null,
})

const metricOf = ({ histogram, censored }: NamedTotal): MetricJson => metricJson(histogram, censored)

const byName = <Value>(
  totals: readonly NamedTotal[],
  convert: (total: NamedTotal) => Value,
): Record<string, Value> => Object.fromEntries(totals.map((total) => [total.name, convert(total)]))

/** What objectives can be about by a name of the scenario: measures, groups, and `session`. */
export function namedEvidence({ named }: WindowTotals): Record<string, MetricEvidence> {
  const session = named.of('session')[0]
  return {
    ...byName(named.of('group'), evidenceOf),
    ...byName(named.of('measure'), evidenceOf),
    ...(session ? { session: evidenceOf(session) } : {}),
  }
}

/** What was recorded under names of the scenario. */
export function namedJson({ named }: WindowTotals): Pick<RunJson, 'measures' | 'groups' | 'checks'> {
  const checks = named.of('check')
  return {
    measures: byName(named.of('measure'), metricOf),
    groups: byName(named.of('group'), (total) => ({ response: metricOf(total), errors: total.failed })),
    ...(checks.length > 0 ? { checks: byName(checks, ({ passed, failed }) => ({ passed, failed })) } : {}),
  }
}

/** The duration of whole sessions, from the intended arrival. */
export function sessionMetric({ named }: WindowTotals): { session?: MetricJson } {
  const session = named.of('session')[0]
  return session ? { session: metricOf(session) } : {}
}

const mostErrors = 20

/** How the sessions fared that arrived in the window. */
export function sessionsJson(
  { counts }: WindowTotals,
  errors: Readonly<Record<string, number>>,
): NonNullable<RunJson['sessions']> {
  return {
    started: counts.sessionsStarted,
    completed: counts.sessionsCompleted,
    failed: counts.sessionsFailed,
    unfinished: counts.sessionsUnfinished,
    posted: counts.posted,
    errors: Object.entries(errors)
      .map(([error, count]) => ({ error, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, mostErrors),
  }
}
