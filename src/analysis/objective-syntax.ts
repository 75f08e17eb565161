import { PlimsollError } from '../kernel/errors.js'
import { closest } from './near-miss.js'

export type Operator = '<' | '<=' | '>' | '>='

/** One service-level objective, as `--slo` or a scenario states it. */
export interface Objective {
  /** The text as it was written. */
  readonly expression: string
  readonly kind: 'latency' | 'throughput' | 'errors' | 'reach'
  /** `response`, `service` …, or the name of a session's measure; for the other kinds the statistic once more. */
  readonly metric: string
  /** `p50` … `p99.99`, `min`, `mean`, `max`, `throughput`, `errors` or `reach`. */
  readonly statistic: string
  /** 0.999 for p99.9; null for everything else. */
  readonly quantile: number | null
  readonly operator: Operator
  /** In `unit`. */
  readonly limit: number
  /** Times are always ms and rates /s, whatever was written; a plain count of errors has the unit ''. */
  readonly unit: 'ms' | '/s' | '%' | ''
}

/** Metrics that every run may have. */
export const builtInMetrics = [
  'response',
  'service',
  'wait',
  'slip',
  'connect',
  'ttfb',
  'delivery',
  'session',
] as const

const wholeRunStatistics = ['throughput', 'errors', 'reach'] as const
type WholeRunStatistic = (typeof wholeRunStatistics)[number]

/** What other tools and everyday language call our names. */
const otherNames: Readonly<Record<string, string>> = {
  avg: 'mean',
  average: 'mean',
  med: 'p50',
  median: 'p50',
  minimum: 'min',
  maximum: 'max',
  error: 'errors',
  error_rate: 'errors',
  errorrate: 'errors',
  failures: 'errors',
  failed: 'errors',
  http_req_failed: 'errors',
  rps: 'throughput',
  qps: 'throughput',
  rate: 'throughput',
}
const otherMetrics: Readonly<Record<string, string>> = {
  latency: 'response',
  duration: 'response',
  rtt: 'response',
  response_time: 'response',
  responsetime: 'response',
  http_req_duration: 'response',
  service_time: 'service',
  servicetime: 'service',
  connection: 'connect',
}

const msPerUnit: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
}
const perSecondUnit: Readonly<Record<string, number>> = { '': 1, '/s': 1, '/m': 1 / 60, '/min': 1 / 60 }

function refuse(expression: string, problem: string, hint?: string): never {
  const message = `The objective '${expression}' ${problem}`
  throw new PlimsollError('BAD_OBJECTIVE', message, hint === undefined ? {} : { hint })
}

/**
 * Reads `[metric.]statistic op number[unit]`; white space is free. With `measures` (the names that the scenario's
 * sessions measure, perhaps none) an unknown metric is refused; without, any name is taken for a measure.
 * @throws PlimsollError BAD_OBJECTIVE with a hint at what was probably meant
 */
export function parseObjective(text: string, measures?: readonly string[]): Objective {
  const expression = text.trim()
  const match = /^([^<>=≤≥!]*)([<>=≤≥!]+)(.*)$/s.exec(expression)
  if (!match) return refuse(expression, 'compares nothing.')
  const left = match[1]!.trim().replaceAll(/\s*\.\s*/g, '.')
  const right = match[3]!.trim()
  const operator = readOperator(expression, left, match[2]!, right)
  const subject = readSubject(expression, left, `${operator} ${right}`, measures)
  return { expression, ...subject, operator, ...readLimit(expression, subject.kind, operator, left, right) }
}

function readOperator(expression: string, left: string, written: string, right: string): Operator {
  const operator = written.replaceAll('≤', '<=').replaceAll('≥', '>=')
  if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') return operator
  const meant =
    operator === '=<' ? '<=' : operator === '=>' ? '>=' : /^(throughput|reach)$/.test(left) ? '>=' : '<='
  return refuse(
    expression,
    `compares with '${written}'; the operators are <, <=, > and >=.`,
    `Did you mean '${left} ${meant} ${right}'?`,
  )
}

type Subject = Pick<Objective, 'kind' | 'metric' | 'statistic' | 'quantile'>

const isWholeRun = (name: string): name is WholeRunStatistic =>
  (wholeRunStatistics as readonly string[]).includes(name)

function readSubject(
  expression: string,
  left: string,
  rest: string,
  measures: readonly string[] | undefined,
): Subject {
  const didYouMean = (subject: string): string => `Did you mean '${subject} ${rest}'?`
  if (left === '') return refuse(expression, 'does not say what it limits.')
  if (isWholeRun(left)) return { kind: left, metric: left, statistic: left, quantile: null }
  const parts = /^(?:(.+)\.)?(p\d+(?:\.\d+)?|min|mean|max)$/i.exec(left)
  if (!parts) return refuse(expression, `names no statistic: '${left}'.`, hintAt(left, didYouMean))
  const metric = parts[1] ?? 'response'
  const statistic = parts[2]!.toLowerCase()
  const known = [...builtInMetrics, ...(measures ?? [])]
  if (!known.includes(metric)) {
    const meant = otherMetrics[metric.toLowerCase()] ?? closest(metric, known)
    if (measures || otherMetrics[metric.toLowerCase()] || meant?.toLowerCase() === metric.toLowerCase()) {
      const hint = meant ? didYouMean(`${meant}.${statistic}`) : `Metrics are ${known.join(', ')}.`
      return refuse(expression, `names the unknown metric '${metric}'.`, hint)
    }
  }
  return {
    kind: 'latency',
    metric,
    statistic,
    quantile: statistic.startsWith('p') ? readPercentile(expression, statistic, didYouMean) : null,
  }
}

function readPercentile(
  expression: string,
  statistic: string,
  didYouMean: (subject: string) => string,
): number {
  const percent = Number(statistic.slice(1))
  if (percent > 0 && percent < 100) return Number((percent / 100).toPrecision(12))
  const nines = /^p(99)(9+)$/.exec(statistic)
  const meant = nines ? `p${nines[1]}.${nines[2]}` : percent === 100 ? 'max' : percent === 0 ? 'min' : null
  return refuse(
    expression,
    `asks for the percentile ${percent}, which is not between 0 and 100.`,
    meant ? didYouMean(meant) : undefined,
  )
}

/** What a left side that does not parse probably meant. */
function hintAt(left: string, didYouMean: (subject: string) => string): string {
  const repaired = left
    .replaceAll(/(\d),(\d)/g, '$1.$2')
    .replaceAll(/p\s*\(\s*([\d.]+)\s*\)/gi, 'p$1')
    .replaceAll(/p\s+(?=\d)/gi, 'p')
    .replaceAll(/^(\d)/g, 'p$1')
  if (repaired !== left && /(^|\.)p\d+(\.\d+)?$/i.test(repaired)) return didYouMean(repaired)
  const dot = left.lastIndexOf('.')
  const last = left.slice(dot + 1)
  const before = left.slice(0, Math.max(0, dot))
  if (isWholeRun(last)) return `${didYouMean(last)} It belongs to the whole run, not to a metric.`
  const metrics: readonly string[] = builtInMetrics
  const metric = metrics.includes(left) ? left : (otherMetrics[left.toLowerCase()] ?? null)
  if (metric) return didYouMean(`${metric}.p99`)
  const statistics = [...wholeRunStatistics, 'min', 'mean', 'max']
  const meant = otherNames[last.toLowerCase()] ?? closest(last, statistics)
  if (meant) return didYouMean(before && !isWholeRun(meant) ? `${before}.${meant}` : meant)
  const near = closest(left, metrics)
  if (near) return didYouMean(`${near}.p99`)
  return 'Statistics are p50 … p99.99, min, mean and max, and for the whole run throughput, errors and reach.'
}

function readLimit(
  expression: string,
  kind: Objective['kind'],
  operator: Operator,
  left: string,
  right: string,
): Pick<Objective, 'limit' | 'unit'> {
  const didYouMean = (limit: string): string => `Did you mean '${left} ${operator} ${limit}'?`
  if (/^[0-9]+,[0-9]+/.test(right)) {
    const thousands = kind === 'throughput' && /^[0-9]{1,3}(,[0-9]{3})+(?![0-9])/.test(right)
    const repaired = thousands ? right.replaceAll(',', '') : right.replace(',', '.')
    return refuse(expression, `has a comma in its number.`, didYouMean(repaired))
  }
  const match = /^([0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)\s*(\D*)$/u.exec(right)
  if (!match)
    return refuse(
      expression,
      right === '' ? 'has no limit.' : `has a limit that is no number with a unit: '${right}'.`,
    )
  const value = Number(match[1]!.replaceAll('_', ''))
  const suffix = match[2]!.replaceAll(/\s/g, '')
  switch (kind) {
    case 'latency':
      return readTime(expression, value, suffix, didYouMean)
    case 'throughput': {
      const scaled = /^(k?)(.*)$/.exec(suffix)!
      const factor = perSecondUnit[scaled[2]!]
      if (factor !== undefined) return { limit: value * factor * (scaled[1] ? 1_000 : 1), unit: '/s' }
      return refuse(expression, `has the unknown unit '${suffix}'.`, didYouMean(`${value}/s`))
    }
    case 'errors':
      if (suffix === '%') return { limit: value, unit: '%' }
      if (suffix !== '')
        return refuse(expression, `has the unknown unit '${suffix}'.`, didYouMean(`${value}%`))
      if (Number.isInteger(value)) return { limit: value, unit: '' }
      return refuse(
        expression,
        'limits the number of errors to a fraction.',
        `${didYouMean(`${value}%`)} Without % it is a number of errors.`,
      )
    case 'reach':
      if (suffix === '%' && value <= 100) return { limit: value, unit: '%' }
      return refuse(expression, 'needs a share of at most 100 %.', didYouMean('99.99%'))
  }
}

function readTime(
  expression: string,
  value: number,
  suffix: string,
  didYouMean: (limit: string) => string,
): Pick<Objective, 'limit' | 'unit'> {
  if (suffix === '') {
    return refuse(expression, 'gives a time without a unit.', didYouMean(`${value}ms`))
  }
  const factor = msPerUnit[suffix]
  if (factor !== undefined) return { limit: Number((value * factor).toPrecision(12)), unit: 'ms' }
  const meant = suffix.toLowerCase()
  return refuse(
    expression,
    `has the unknown unit '${suffix}'; times are in us, ms, s or m.`,
    didYouMean(`${value}${meant in msPerUnit ? meant : 'ms'}`),
  )
}
