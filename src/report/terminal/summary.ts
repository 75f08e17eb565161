import picocolors from 'picocolors'
import { formatBytes, formatMs, formatNumber, formatRate, formatShare } from '../../kernel/units.js'
import { answerOf, replyPhrase, warmupPhrase } from '../answer.js'
import {
  formatMargin,
  formatObserved,
  formatQuantity,
  formatStatistic,
  type Statistic,
} from '../quantities.js'
import type { MetricJson, ObjectiveJson, RunJson, Verdict } from '../run-json.js'
import { clip, clipStart, columnsOf, padEnd, padStart, safeLine, wrap } from './text-layout.js'

export interface SummaryOptions {
  readonly colors: boolean
  /** Columns of the terminal; lines stay within it, from 40 up. */
  readonly width: number
  /** Where the HTML report was written, as it should be shown. */
  readonly reportPath: string | null
}

const labelColumns = 11
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
  writeLatency(page, run)
  page.blank()
  writeRates(page, run)
  writeErrors(page, run)
  writeGenerator(page, run)
  writeTarget(page, run)
  writeHottest(page, run)
  page.blank()
  page.entry('Warm-up', warmupPhrase(run))
  page.entry('Replies', `matched ${replyPhrase(run)}`)
  if (options.reportPath !== null) page.path('Report', options.reportPath)
  return page.text()
}

type Paint = (text: string) => string

/** Lines under construction: labels on the left, wrapped text on the right. */
class SummaryPage {
  readonly paint: ReturnType<typeof picocolors.createColors>
  readonly width: number
  readonly #lines: string[] = []

  constructor(options: SummaryOptions) {
    this.paint = picocolors.createColors(options.colors)
    this.width = Math.max(40, options.width)
  }

  get room(): number {
    return this.width - labelColumns
  }

  line(text: string): void {
    this.#lines.push(text.trimEnd())
  }

  blank(): void {
    if (this.#lines.at(-1) !== '') this.#lines.push('')
  }

  /** A label and its text, wrapped to the room on its right. */
  entry(label: string, text: string, paint: Paint = (plain) => plain): void {
    for (const [i, part] of wrap(safeLine(text), this.room).entries()) {
      this.line(this.label(i === 0 ? label : '') + paint(part.replaceAll('\u00a0', ' ')))
    }
  }

  /** A label and a path, on one line however long, so that it can be copied. */
  path(label: string, text: string): void {
    this.line(this.label(label) + safeLine(text))
  }

  paragraph(text: string, indent: number, paint: Paint = (plain) => plain): void {
    for (const part of wrap(safeLine(text), this.width - indent)) this.line(' '.repeat(indent) + paint(part))
  }

  label(text: string): string {
    return this.paint.dim(padEnd(text, labelColumns))
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
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

function writeLatency(page: SummaryPage, run: RunJson): void {
  const rows = [
    writeMetric(page, run, 'response', ['p50', 'p90', 'p99', 'p99.9', 'max'], page.paint.bold),
    writeMetric(page, run, 'slip', ['p50', 'p99']),
    writeMetric(page, run, 'wait', ['p50', 'p99']),
    writeMetric(page, run, 'service', ['p50', 'p99']),
  ]
  if (rows.every((written) => !written)) page.entry('Response', 'no replies were timed')
  for (const [name, metric] of Object.entries(run.measures)) {
    page.entry(
      clip(safeLine(name), labelColumns - 1),
      `p50 ${formatStatistic(metric, 'p50')}  p99 ${formatStatistic(metric, 'p99')}`,
    )
  }
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
  const { load } = run
  const offered = load.offeredRate === null ? '' : `offered ${formatRate(load.offeredRate)} · `
  const model =
    load.model === 'open' ? `open model${load.arrival ? `, ${load.arrival}` : ''}` : 'closed model'
  page.entry(
    'Rate',
    `${offered}dispatched ${formatRate(load.dispatchedRate)} · achieved ${formatRate(load.achievedRate)} · ${model}`,
  )
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

function writeHottest(page: SummaryPage, run: RunJson): void {
  const note = run.settings.profileNote
  if (run.profile === null) {
    if (typeof note === 'string' && note !== '') page.entry('Profile', `none: ${note}`)
    return
  }
  const hottest = run.profile.hottest.slice(0, 3)
  const longest = Math.max(0, ...hottest.map((entry) => columnsOf(safeLine(entry.function))))
  const nameColumns = Math.min(26, longest, page.room - 20)
  for (const [i, entry] of hottest.entries()) {
    const share = padStart(formatShare(entry.selfShare), 7)
    const name = padEnd(clip(safeLine(entry.function), nameColumns), nameColumns)
    const place = entry.file === '' ? '' : `${safeLine(entry.file)}:${entry.line}`
    const where = page.paint.dim(clipStart(place, page.room - 7 - nameColumns - 4))
    page.line(`${page.label(i === 0 ? 'Hottest' : '')}${share}  ${name}${place === '' ? '' : `  ${where}`}`)
  }
}
