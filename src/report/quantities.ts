import { formatBytes, formatMs, formatNumber, formatRate, formatShare } from '../kernel/units.js'
import type { MetricJson, ObjectiveJson } from './run-json.js'

/** The statistics of a metric that reports print, smallest first. */
export type Statistic = 'min' | 'mean' | 'p50' | 'p75' | 'p90' | 'p95' | 'p99' | 'p99.9' | 'p99.99' | 'max'

/** A value with its unit, as objectives carry it: `ms`, `/s`, `%` (0.1 is 0.1 %), `share`, `bytes`, `count`; other units follow the number. */
export function formatQuantity(value: number, unit: string): string {
  if (unit === 'ms') return formatMs(value)
  if (unit === '/s') return formatRate(value)
  if (unit === '%') return `${formatNumber(value)} %`
  if (unit === 'share') return formatShare(value)
  if (unit === 'bytes' || unit === 'B') return formatBytes(value)
  return unit === '' || unit === 'count' ? formatNumber(value) : `${formatNumber(value)} ${unit}`
}

/**
 * One statistic of a metric with its doubts: `≥ 10 s` where it falls among messages without a reply (so it is a
 * lower bound), `~120 ms` where fewer than 10 values lie beyond it, `–` where there are no values.
 */
export function formatStatistic(metric: MetricJson, statistic: Statistic): string {
  if (metric.count === 0) return '–'
  const text = formatMs(metric[statistic])
  if (metric.bounds.includes(statistic)) return `≥ ${text}`
  return metric.unsure.includes(statistic) ? `~${text}` : text
}

/** The left side of an objective: `p99` of `p99 < 50ms`, `service.p99.9`, `errors`. */
export function objectiveSubject(objective: ObjectiveJson): string {
  const operator = objective.expression.search(/[<>]/)
  const subject = operator > 0 ? objective.expression.slice(0, operator).trim() : ''
  return subject === '' ? objective.statistic : subject
}

/** True where more is better: `throughput > 5000/s`. */
export const wantsMore = (objective: ObjectiveJson): boolean => objective.expression.includes('>')

export function formatObserved(objective: ObjectiveJson): string {
  if (objective.observed === null) return 'no data'
  const text = formatQuantity(objective.observed, objective.unit)
  return objective.bound === true ? `≥ ${text}` : text
}

/**
 * Room left to the limit as a share of the limit: 0.24 is 24 % inside, −5.2 is 6.2 times the limit; `null` where
 * there is no observed value or the limit is 0.
 */
export function objectiveMargin(objective: ObjectiveJson): number | null {
  if (objective.observed === null || objective.limit === 0) return null
  const room = (objective.limit - objective.observed) / Math.abs(objective.limit)
  return wantsMore(objective) ? -room : room
}

/** The margin in words: `24 % below the limit`, `6.24 times the limit`. */
export function formatMargin(objective: ObjectiveJson): string {
  const margin = objectiveMargin(objective)
  if (margin === null || objective.observed === null) return ''
  const ratio = objective.observed / objective.limit
  if (ratio >= 2) return `${formatNumber(ratio)} times the limit`
  if (ratio === 1) return 'at the limit'
  return `${formatShare(Math.abs(1 - ratio))} ${ratio < 1 ? 'below' : 'above'} the limit`
}
