import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'
import { formatShare, parseDuration } from '../kernel/units.js'
import type { Distribution } from './distribution.js'
import { type Batch, clopperPearson, effectiveSampleSize } from './statistics.js'

export type Comparison = '<' | '<=' | '>' | '>='

/** What must hold, as read from a text such as `service.p99.9 <= 0.2s`. */
export interface Objective {
  readonly expression: string
  /** `response`, `service`, …, or the name of a measure; the statistic itself for `throughput` and `errors`. */
  readonly metric: string
  readonly statistic: string
  readonly comparison: Comparison
  /** In `unit`; a percentage for `%`. */
  readonly limit: number
  readonly unit: 'ms' | '/s' | '%' | 'count'
}

export interface MetricEvidence {
  readonly distribution: Distribution
  readonly censoredCount: number
  readonly minCensoredUs: number | null
}

/** What an objective is judged by. */
export interface ObjectiveEvidence {
  readonly metrics: Readonly<Record<string, MetricEvidence | undefined>>
  /** Messages with a reply that is an error: they count as exceeding every latency limit. */
  readonly invalidReplies: number
  readonly messagesDue: number
  readonly connectionAttempts: number
  readonly errorsTotal: number
  readonly achievedRate: number
  /** Exceedances by batch of time, where bursts should widen the interval. */
  readonly batches?: readonly Batch[]
}

export interface ObjectiveResult {
  readonly expression: string
  readonly metric: string
  readonly statistic: string
  readonly observed: number | null
  readonly bound: boolean
  readonly interval: [low: number, high: number] | null
  readonly limit: number
  readonly unit: string
  readonly ok: boolean | null
  readonly note?: string
}

/** Metrics that every run or some protocols have; scenarios add names of their own. */
export const metricNames = [
  'response',
  'service',
  'wait',
  'slip',
  'connect',
  'tcp',
  'tls',
  'handshake',
  'ttfb',
  'session',
] as const
const wholeRunStatistics = ['throughput', 'errors', 'reach']
const simpleStatistics = ['min', 'mean', 'max']
const shape =
  /^(?:([A-Za-z_][\w-]*)\.)?(p\d+(?:\.\d+)?|[a-z]+)\s*(<=|>=|<|>)\s*([0-9][0-9_]*(?:\.[0-9]+)?)\s*([a-zµ/%]*)$/i

const bad = (text: string, why: string, hint?: string): PlimsollError =>
  new PlimsollError(
    'BAD_OBJECTIVE',
    `The objective '${text}' cannot be read: ${why}.`,
    hint === undefined ? {} : { hint },
  )

/**
 * Reads `[metric.]statistic op number[unit]`.
 * @throws PlimsollError BAD_OBJECTIVE
 */
export function parseObjective(text: string): Objective {
  const match = shape.exec(text.trim())
  if (!match) throw bad(text, 'it is not of the form statistic, comparison, number', hintFor(text))
  const [, metric, statistic, comparison, digits, suffix] = match
  const number = Number(digits!.replaceAll('_', ''))
  const base = {
    expression: text.trim(),
    comparison: comparison as Comparison,
    statistic: statistic!.toLowerCase(),
  }
  if (wholeRunStatistics.includes(base.statistic)) return wholeRun(text, base, metric, number, suffix!)
  checkStatistic(text, base.statistic)
  if (suffix === '')
    throw bad(
      text,
      'the time has no unit',
      `Write it like '${metric ? `${metric}.` : ''}${statistic} ${comparison} ${digits}ms'.`,
    )
  const limit = readTime(text, `${digits}${suffix}`)
  const name = metric ?? 'response'
  const near = (metricNames as readonly string[]).includes(name) ? null : nearMiss(name, metricNames)
  if (near) throw bad(text, `there is no metric '${name}'`, `Did you mean '${near}'?`)
  if (name === 'latency')
    throw bad(
      text,
      "there is no metric 'latency'",
      "Did you mean 'response' (from the intended send time) or 'service' (from the write)?",
    )
  return { ...base, metric: name, limit, unit: 'ms' }
}

function wholeRun(
  text: string,
  base: { expression: string; comparison: Comparison; statistic: string },
  metric: string | undefined,
  number: number,
  suffix: string,
): Objective {
  if (metric !== undefined)
    throw bad(text, `'${base.statistic}' belongs to the whole run, not to '${metric}'`)
  const units = base.statistic === 'throughput' ? ['/s', ''] : base.statistic === 'errors' ? ['%', ''] : ['%']
  if (!units.includes(suffix)) {
    throw bad(
      text,
      `'${suffix}' is not a unit of ${base.statistic}`,
      base.statistic === 'throughput'
        ? "Write it like 'throughput > 5000/s'."
        : `Write it like '${base.statistic} ${base.comparison} 0.1%'.`,
    )
  }
  if (base.statistic === 'errors' && suffix === '' && !Number.isInteger(number)) {
    throw bad(text, 'a number of errors is whole', `Did you mean 'errors ${base.comparison} ${number}%'?`)
  }
  const unit = base.statistic === 'throughput' ? '/s' : suffix === '%' ? '%' : 'count'
  return { ...base, metric: base.statistic, limit: number, unit }
}

function checkStatistic(text: string, statistic: string): void {
  if (simpleStatistics.includes(statistic)) return
  if (/^p\d/.test(statistic)) {
    const percentile = Number(statistic.slice(1))
    if (percentile > 0 && percentile < 100) return
    throw bad(text, `a percentile lies between 0 and 100, not at ${statistic.slice(1)}`)
  }
  const known = ['p50', 'p90', 'p95', 'p99', 'p99.9', ...simpleStatistics, ...wholeRunStatistics]
  const near =
    statistic === 'avg'
      ? 'mean'
      : statistic === 'med' || statistic === 'median'
        ? 'p50'
        : nearMiss(statistic, known)
  throw bad(
    text,
    `there is no statistic '${statistic}'`,
    near ? `Did you mean '${near}'?` : `There are ${known.join(', ')}.`,
  )
}

function readTime(text: string, time: string): number {
  try {
    return parseDuration(time)
  } catch {
    throw bad(text, `'${time}' is not a time`, 'Units of time are us, ms, s, m and h.')
  }
}

function hintFor(text: string): string {
  if (/p\d+,\d/.test(text))
    return `Write the percentile with a point: '${text.trim().replace(/(p\d+),(\d)/, '$1.$2')}'.`
  if (/[^<>]=/.test(text) && !/[<>]=/.test(text)) return 'Compare with <, <=, > or >=.'
  return "Write it like 'p99 < 50ms', 'service.p99.9 <= 0.2s', 'throughput > 5000/s' or 'errors < 0.1%'."
}

function holds(observed: number, { comparison, limit }: Objective): boolean {
  switch (comparison) {
    case '<':
      return observed < limit
    case '<=':
      return observed <= limit
    case '>':
      return observed > limit
    case '>=':
      return observed >= limit
  }
}

const result = (
  objective: Objective,
  rest: Pick<ObjectiveResult, 'observed' | 'ok'> & Partial<ObjectiveResult>,
): ObjectiveResult => ({
  expression: objective.expression,
  metric: objective.metric,
  statistic: objective.statistic,
  bound: false,
  interval: null,
  limit: objective.limit,
  unit: objective.unit,
  ...rest,
})

/** Judges one objective. `ok` is null where the data cannot tell. */
export function evaluateObjective(objective: Objective, evidence: ObjectiveEvidence): ObjectiveResult {
  switch (objective.metric) {
    case 'throughput':
      return result(objective, {
        observed: evidence.achievedRate,
        ok: holds(evidence.achievedRate, objective),
      })
    case 'errors':
      return evaluateErrors(objective, evidence)
    case 'reach':
      return result(objective, { observed: null, ok: null, note: 'reach needs a scenario with fan-out' })
    default:
      return evaluateTime(objective, evidence)
  }
}

function evaluateErrors(objective: Objective, evidence: ObjectiveEvidence): ObjectiveResult {
  const chances = evidence.messagesDue + evidence.connectionAttempts
  if (objective.unit === 'count') {
    return result(objective, { observed: evidence.errorsTotal, ok: holds(evidence.errorsTotal, objective) })
  }
  if (chances === 0) return result(objective, { observed: null, ok: null, note: 'no message was due' })
  const percent = (evidence.errorsTotal / chances) * 100
  return result(objective, { observed: percent, ok: holds(percent, objective) })
}

function evaluateTime(objective: Objective, evidence: ObjectiveEvidence): ObjectiveResult {
  const metric = evidence.metrics[objective.metric]
  if (!metric || metric.distribution.count === 0) {
    const note = metric
      ? `no value of ${objective.metric} was measured`
      : `nothing is measured as '${objective.metric}'`
    return result(objective, { observed: null, ok: null, note })
  }
  if (simpleStatistics.includes(objective.statistic)) return evaluateSimple(objective, metric)
  return evaluatePercentile(objective, metric, evidence)
}

const wantsLess = ({ comparison }: Objective): boolean => comparison === '<' || comparison === '<='

/** A lower bound decides against an upper limit that it reaches, and for a lower limit that it exceeds; nothing else. */
function decideBound(objective: Objective, atLeast: number): boolean | null {
  const atBound = holds(atLeast, objective)
  if (wantsLess(objective)) return atBound ? null : false
  return atBound ? true : null
}

function evaluateSimple(
  objective: Objective,
  { distribution, censoredCount }: MetricEvidence,
): ObjectiveResult {
  const us = distribution[objective.statistic as 'min' | 'mean' | 'max']
  const observed = us / 1_000
  const bound = censoredCount > 0 && objective.statistic !== 'min'
  return result(objective, {
    observed,
    bound,
    ok: bound ? decideBound(objective, observed) : holds(observed, objective),
  })
}

function evaluatePercentile(
  objective: Objective,
  metric: MetricEvidence,
  evidence: ObjectiveEvidence,
): ObjectiveResult {
  const { distribution, minCensoredUs } = metric
  const q = Number(objective.statistic.slice(1)) / 100
  const us = distribution.valueAtQuantile(q)
  const observed = us / 1_000
  const interval = percentileInterval(distribution, q, evidence.batches ?? [])
  const bound = minCensoredUs !== null && us >= minCensoredUs
  const found = { observed, bound, interval }
  const tail = tailShare(q)
  if (bound && !fewAreHidden(objective, metric, tail)) {
    return result(objective, { ...found, ok: decideBound(objective, observed) })
  }
  const ok = decideByInterval(objective, observed, interval)
  const failures = ok === false ? true : decideByFailures(objective, distribution, evidence, tail)
  if (failures === true) return result(objective, { ...found, ok })
  const note = `${formatShare(evidence.invalidReplies / distribution.count)} of the replies were errors, which count as exceeding`
  return result(objective, { ...found, ok: failures, note })
}

/** The share that may lie beyond a percentile, without the last bit of noise that 1 − 0.9 has. */
const tailShare = (q: number): number => Number((1 - q).toPrecision(12))

/** Whether a percentile meets its limit even if no message without a reply had ever been answered. */
function fewAreHidden(
  objective: Objective,
  { distribution, censoredCount }: MetricEvidence,
  tail: number,
): boolean {
  if (!wantsLess(objective)) return false
  const atMost = distribution.countAbove(objective.limit * 1_000) + censoredCount
  return clopperPearson(Math.min(atMost, distribution.count), distribution.count).high <= tail
}

/**
 * Decides by counting, where replies that are errors count as exceeding: true if the objective holds. A message that
 * was both slow and an error counts once; since nobody knows how many were, what lies between is undecided.
 */
function decideByFailures(
  objective: Objective,
  distribution: Distribution,
  evidence: ObjectiveEvidence,
  tail: number,
): boolean | null {
  const affected = wantsLess(objective) && ['response', 'service', 'ttfb'].includes(objective.metric)
  if (evidence.invalidReplies === 0 || !affected) return true
  const { count } = distribution
  const slow = distribution.countAbove(objective.limit * 1_000)
  const fewest = Math.min(count, Math.max(slow, evidence.invalidReplies))
  const most = Math.min(count, slow + evidence.invalidReplies)
  if (clopperPearson(fewest, count).low > tail) return false
  return clopperPearson(most, count).high <= tail ? true : null
}

/**
 * Woodruff's interval of a percentile (Woodruff 1952): the exact interval of the share beyond it, read off as
 * values. With batches, bursts widen it (Korn & Graubard 1998).
 * @returns low and high in ms
 */
export function percentileInterval(
  distribution: Distribution,
  q: number,
  batches: readonly Batch[],
): [number, number] {
  const count = batches.length > 0 ? effectiveSampleSize(distribution.count, batches) : distribution.count
  const { low, high } = clopperPearson(tailShare(q) * count, count)
  return [
    Math.min(distribution.max, distribution.valueAtQuantile(1 - high)) / 1_000,
    Math.min(distribution.max, distribution.valueAtQuantile(1 - low)) / 1_000,
  ]
}

/** The observed value decides, unless the other side of the limit lies within the interval. */
function decideByInterval(
  objective: Objective,
  observed: number,
  [low, high]: [number, number],
): boolean | null {
  const ok = holds(observed, objective)
  return holds(low, objective) === ok && holds(high, objective) === ok ? ok : null
}

/** What is known of a window that goes on. */
export interface ObjectiveProgress {
  readonly response: Distribution
  readonly invalidReplies: number
  readonly errorsTotal: number
  readonly connectionAttempts: number
  /** Messages that the whole window will have. */
  readonly expectedMessages: number
}

/** True if no continuation of the window can meet the objective any more: by arithmetic, not by extrapolation. */
export function surelyLost(objective: Objective, progress: ObjectiveProgress): boolean {
  if (!wantsLess(objective)) return false
  if (objective.metric === 'errors') {
    if (objective.unit === 'count') return !holds(progress.errorsTotal, objective)
    const chances = progress.expectedMessages + progress.connectionAttempts
    return !holds((progress.errorsTotal / chances) * 100, objective)
  }
  if (objective.metric !== 'response') return false
  if (objective.statistic === 'max') return progress.response.max > objective.limit * 1_000
  if (!objective.statistic.startsWith('p')) return false
  const q = Number(objective.statistic.slice(1)) / 100
  // A slow reply may be one of the invalid ones: only the larger of the two counts is certain.
  const beyond = Math.max(progress.response.countAbove(objective.limit * 1_000), progress.invalidReplies)
  return beyond > tailShare(q) * progress.expectedMessages + 1e-6
}

/** The tightest upper limit on a percentile or maximum of a latency, in µs; null if there is none. */
export function tightestLatencyObjectiveUs(objectives: readonly Objective[]): number | null {
  const limits = objectives
    .filter((objective) => objective.unit === 'ms' && wantsLess(objective))
    .map(({ limit }) => limit * 1_000)
  return limits.length > 0 ? Math.min(...limits) : null
}
