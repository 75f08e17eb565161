import { formatBytes, formatMs, formatNumber, formatShare } from '../../kernel/units.js'
import { answerOf, replyPhrase, warmupPhrase } from '../answer.js'
import { categoriesPhrase } from '../categories-phrase.js'
import { collectorNames, formatChange } from '../observer-costs.js'
import {
  formatMargin,
  formatObserved,
  formatQuantity,
  formatStatistic,
  type Statistic,
} from '../quantities.js'
import { ratesPhrase } from '../rates.js'
import type { MetricJson, ObjectiveJson, RunJson, Verdict } from '../run-json.js'
import { writeSessions } from './session-lines.js'
import { type Paint, SummaryPage } from './summary-page.js'
import { clip, clipStart, columnsOf, padEnd, padStart, safeLine, wrap } from './text-layout.js'
import { responseTrend } from './trend.js'

export interface SummaryOptions {
  readonly colors: boolean
  /** Columns of the terminal; lines stay within it, from 40 up. */
  readonly width: number
  /** Where the HTML report was written, as it should be shown. */
  readonly reportPath: string | null
  /** The statistics to print of each metric, where the usual ones are not wanted. */
  readonly trend?: readonly Statistic[]
}

const signs: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  fail: '✗',
  inconclusive: '?',
  invalid: '!',
  exploratory: '○',
}

/**
 * A finished run for the terminal, answer first: what a person reads in ten seconds. It ends with a line break.
 * Texts that came from the target or the scenario are stripped of control characters.
 */
export function renderSummary(run: RunJson, options: SummaryOptions): string {
  const page = new SummaryPage(options)
  writeAnswer(page, run)
  writeObjectives(page, run)
  page.blank()
  writeLatency(page, run, options.trend ?? null)
  writeSessions(page, run, options.trend ?? sparseTrend)
  page.blank()
  writeRates(page, run)
  writeErrors(page, run)
  writeGenerator(page, run)
  writeTarget(page, run)
  writeHottest(page, run)
  writeSyscalls(page, run)
  page.blank()
  page.entry('Warm-up', warmupPhrase(run))
  page.entry('Replies', `matched ${replyPhrase(run)}`)
  const { compressed, connectionsOpened } = run.counters
  if (compressed !== undefined) page.entry('Deflate', deflatePhrase(compressed, connectionsOpened))
  if (options.reportPath !== null) page.path('Report', options.reportPath)
  return page.text()
}

function paintOf(page: SummaryPage, verdict: Verdict): Paint {
  if (verdict === 'pass') return page.paint.green
  if (verdict === 'fail') return page.paint.red
  return verdict === 'exploratory' ? page.paint.cyan : page.paint.yellow
}

function writeAnswer(page: SummaryPage, run: RunJson): void {
  const answer = answerOf(run)
  const paint = paintOf(page, answer.verdict)
  const head = `${signs[answer.verdict]} ${answer.word.toUpperCase()}`
  const indent = columnsOf(head) + 2
  for (const [i, part] of wrap(safeLine(answer.headline), page.width - indent).entries()) {
    page.line(`${i === 0 ? paint(page.paint.bold(head)) : ' '.repeat(indent - 2)}  ${page.paint.bold(part)}`)
  }
  if (answer.remarks.length > 0) page.paragraph(answer.remarks.join(' '), indent)
}

function writeObjectives(page: SummaryPage, run: RunJson): void {
  if (run.slo.length === 0) return
  page.blank()
  const rows = run.slo.map((objective) => objectiveRow(objective))
  const valueColumns = Math.max(...rows.map((row) => columnsOf(row.observed)))
  const longest = Math.max(...rows.map((row) => columnsOf(row.expression)))
  const nameColumns = Math.min(28, longest, page.width - valueColumns - 8)
  for (const row of rows) {
    const paint = row.ok === null ? page.paint.yellow : row.ok ? page.paint.green : page.paint.red
    const sign = row.ok === null ? '?' : row.ok ? '✓' : '✗'
    const name = padEnd(clip(row.expression, nameColumns), nameColumns)
    const value = padStart(row.observed, valueColumns)
    const room = page.width - nameColumns - valueColumns - 6
    page.line(`${paint(sign)} ${name}  ${page.paint.bold(value)}  ${page.paint.dim(clip(row.detail, room))}`)
  }
}

function objectiveRow(objective: ObjectiveJson) {
  const { interval, unit, note } = objective
  const range = interval ? `${formatQuantity(interval[0], unit)} to ${formatQuantity(interval[1], unit)}` : ''
  const parts = [
    `limit ${formatQuantity(objective.limit, unit)}`,
    formatMargin(objective).replace(' the limit', ''),
  ]
  return {
    ok: objective.ok,
    expression: safeLine(objective.expression),
    observed: formatObserved(objective),
    detail: safeLine(
      [...parts, objective.ok === null ? (note ?? range) : range].filter((part) => part !== '').join(', '),
    ),
  }
}

const fullTrend: readonly Statistic[] = ['p50', 'p90', 'p99', 'p99.9', 'max']
const sparseTrend: readonly Statistic[] = ['p50', 'p99']

function writeLatency(page: SummaryPage, run: RunJson, trend: readonly Statistic[] | null): void {
  const response = trend === null ? fullTrend : responseTrend(trend)
  const others = trend ?? sparseTrend
  const rows = [
    writeMetric(page, run, 'response', response, page.paint.bold),
    ...['slip', 'wait', 'service'].map((name) => writeMetric(page, run, name, others)),
  ]
  if (rows.every((written) => !written)) page.entry('Response', 'no replies were timed')
}

const cellColumns = 9

function writeMetric(
  page: SummaryPage,
  run: RunJson,
  name: string,
  statistics: readonly Statistic[],
  paint: Paint = (text) => text,
): boolean {
  const metric = run.metrics[name]
  if (!metric || metric.count === 0) return false
  const title = name.charAt(0).toUpperCase() + name.slice(1)
  const cells = statistics.map((statistic) => {
    const value = formatStatistic(metric, statistic)
    return { statistic, value, columns: Math.max(cellColumns, columnsOf(value) + 1) }
  })
  const used = cells.reduce((sum, cell) => sum + columnsOf(cell.statistic) + 1 + cell.columns, 0)
  if (used > page.room + 1) {
    page.entry(title, cells.map((cell) => `${cell.statistic} ${cell.value}`).join('  '))
  } else {
    const texts = cells.map(({ statistic, value, columns }) => {
      const filling = ' '.repeat(columns - columnsOf(value))
      return `${page.paint.dim(statistic)} ${paint(value)}${filling}`
    })
    page.line(page.label(title) + texts.join(''))
  }
  if (name === 'response') page.entry('', countText(metric, statistics), page.paint.dim)
  return true
}

function countText(metric: MetricJson, shown: readonly Statistic[]): string {
  // Hard spaces: a mark and what it means stay on one line.
  const parts = [`of ${formatNumber(metric.count)} values`]
  if (metric.censored > 0) parts.push(`${formatNumber(metric.censored)} without a reply`)
  if (shown.some((name) => metric.unsure.includes(name) && !metric.bounds.includes(name)))
    parts.push('~ fewer than 10 beyond')
  if (shown.some((name) => metric.bounds.includes(name))) parts.push('≥ a lower bound')
  return parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' · ')
}

function writeRates(page: SummaryPage, run: RunJson): void {
  page.entry('Rate', ratesPhrase(run))
}

function writeErrors(page: SummaryPage, run: RunJson): void {
  const { errors, due, connectionsOpened, connectionsFailed } = run.counters
  if (errors.total === 0) {
    page.entry('Errors', 'none')
    return
  }
  const kinds = Object.entries(errors.byKind).toSorted((a, b) => b[1] - a[1])
  const named = kinds.slice(0, 5).map(([kind, count]) => `${clip(kind, 40)} ${formatNumber(count)}`)
  if (kinds.length > 5) named.push(`${kinds.length - 5} more kinds`)
  const attempts = due + connectionsOpened + connectionsFailed
  const share = attempts > 0 ? ` (${formatShare(errors.total / attempts)})` : ''
  page.entry('Errors', `${formatNumber(errors.total)}${share}: ${named.join(' · ')}`, page.paint.red)
}

function writeGenerator(page: SummaryPage, run: RunJson): void {
  const { verdict, floor, reasons } = run.generator
  const paint =
    verdict === 'valid' ? page.paint.green : verdict === 'suspect' ? page.paint.yellow : page.paint.red
  const noise = floor ? ` · noise floor p50 ${formatMs(floor.p50)}, p99 ${formatMs(floor.p99)}` : ''
  for (const [i, part] of wrap(verdict + noise, page.room).entries()) {
    page.line(page.label(i === 0 ? 'Generator' : '') + part.replace(verdict, paint))
  }
  for (const reason of reasons) page.entry('', `${reason.code}: ${reason.detail}`)
}

function writeTarget(page: SummaryPage, run: RunJson): void {
  for (const target of run.targets) {
    const parts = [
      target.pid === null ? target.kind : `pid ${target.pid}`,
      target.cpuPercent === null ? '' : `CPU ${formatNumber(target.cpuPercent)} % of a core`,
      target.rssBytes === null ? '' : `RSS ${formatBytes(target.rssBytes)}`,
      target.eventLoopUtilization === null ? '' : `ELU ${formatNumber(target.eventLoopUtilization)}`,
    ]
    page.entry('Target', parts.filter((part) => part !== '').join(' · '))
  }
}

function writeSyscalls(page: SummaryPage, { syscalls, settings }: RunJson): void {
  if (syscalls === null) page.entry('Syscalls', `not counted: ${safeLine(String(settings.syscallsNote))}`)
  const parts = (syscalls ?? [])
    .slice(0, 4)
    .map(({ name, share, calls }) => `${safeLine(name)} ${formatShare(share)} (${formatNumber(calls)} calls)`)
  const by = settings.syscallsBy === 'perf trace' ? 'without waits, by perf trace' : 'under strace'
  if (parts.length > 0) page.entry('Syscalls', `${parts.join(', ')} of the time in the kernel, ${by}`)
}

function writeHottest(page: SummaryPage, run: RunJson): void {
  const note = run.settings.profileNote
  if (run.profile === null) {
    if (typeof note === 'string' && note !== '') page.entry('Profile', `none: ${note}`)
    return
  }
  const costs = (run.profile.ledger ?? []).map(
    ({ collector, cpuPerReply }) => `${collectorNames[collector] ?? collector} ${formatChange(cpuPerReply)}`,
  )
  if (costs.length > 0) page.entry('Observers', `add to the CPU time of a reply: ${costs.join(', ')}`)
  page.entry('CPU time', safeLine(categoriesPhrase(run.profile)))
  const hottest = run.profile.hottest.slice(0, 3)
  const longest = Math.max(0, ...hottest.map((entry) => columnsOf(safeLine(entry.function))))
  const nameColumns = Math.min(26, longest, page.room - 20)
  for (const [i, entry] of hottest.entries()) {
    const share = padStart(formatShare(entry.selfShare), 7)
    const name = padEnd(clip(safeLine(entry.function), nameColumns), nameColumns)
    const place = safeLine(entry.line > 0 ? `${entry.file}:${entry.line}` : entry.file)
    const where = page.paint.dim(clipStart(place, page.room - 7 - nameColumns - 4))
    page.line(`${page.label(i === 0 ? 'Hottest' : '')}${share}  ${name}${place === '' ? '' : `  ${where}`}`)
  }
  for (const problem of (run.profile.problems ?? []).slice(0, mostCaveats))
    page.entry('Caveat', safeLine(problem))
}

/** The report has the rest. */
const mostCaveats = 2

const deflatePhrase = (compressed: number, opened: number): string =>
  compressed === 0
    ? 'offered, and taken by the server on no connection: messages went uncompressed'
    : `messages compressed on ${formatNumber(compressed)} of ${formatNumber(opened)} connections`
