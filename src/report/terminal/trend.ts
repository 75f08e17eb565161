import { PlimsollError } from '../../kernel/errors.js'
import { nearMiss } from '../../kernel/near-miss.js'
import type { Statistic } from '../quantities.js'

const statistics = [
  'min',
  'mean',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'p99.9',
  'p99.99',
  'max',
] as const satisfies readonly Statistic[]

/** As other tools call them. */
const otherNames: Readonly<Record<string, Statistic>> = { med: 'p50', median: 'p50', avg: 'mean' }

/** A response time is never shown without these, whatever was asked for. */
const always: readonly Statistic[] = ['p99', 'p99.9']

/**
 * Reads `p50,p95,p99,max`; `med`, `avg` and `p(95)` are understood as well.
 * @throws PlimsollError USAGE for what run.json does not hold
 */
export function parseTrend(text: string): Statistic[] {
  const names = text
    .split(',')
    .map((name) => name.trim().replace(/^p\((.+)\)$/, 'p$1'))
    .filter((name) => name !== '')
  if (names.length === 0) throw unknown(text)
  return [...new Set(names.map(statisticOf))]
}

/** The statistics of the response time: those asked for, and p99 and p99.9 in any case. */
export const responseTrend = (trend: readonly Statistic[]): Statistic[] => [
  ...trend,
  ...always.filter((name) => !trend.includes(name)),
]

function statisticOf(name: string): Statistic {
  const found = statistics.find((statistic) => statistic === name) ?? otherNames[name]
  if (found === undefined) throw unknown(name)
  return found
}

function unknown(name: string): PlimsollError {
  const near = nearMiss(name, [...statistics, ...Object.keys(otherNames)])
  return new PlimsollError('USAGE', `--summary-trend does not take '${name}'.`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}It is a list of ${statistics.join(', ')}, with commas between them.`,
  })
}
