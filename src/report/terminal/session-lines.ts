import { formatNumber } from '../../kernel/units.js'
import { formatStatistic, type Statistic } from '../quantities.js'
import type { MetricJson, RunJson } from '../run-json.js'
import type { SummaryPage } from './summary-page.js'
import { clip, columnsOf, padEnd, safeLine } from './text-layout.js'

const mostNameColumns = 24
const mostRows = 12
const mostErrors = 3

/** What sessions did and measured: a line for each name, nothing for a run without any. */
export function writeSessions(page: SummaryPage, run: RunJson, trend: readonly Statistic[]): void {
  writeCounts(page, run)
  writeRows(
    page,
    'Measures',
    Object.entries(run.measures).map(([name, metric]) => [name, metricText(metric, trend)]),
  )
  writeRows(
    page,
    'Groups',
    Object.entries(run.groups).map(([name, { response, errors }]) => [
      name,
      `${metricText(response, trend)}${errors > 0 ? ` · ${formatNumber(errors)} ${errors === 1 ? 'error' : 'errors'}` : ''}`,
    ]),
  )
  writeChecks(page, run)
  writeThrown(page, run)
}

function writeCounts(page: SummaryPage, { sessions, metrics }: RunJson): void {
  if (!sessions) return
  const { started, completed, failed, unfinished } = sessions
  const parts = [
    `${formatNumber(started)} started`,
    `${formatNumber(completed)} completed`,
    failed > 0 ? `${formatNumber(failed)} failed` : '',
    unfinished > 0 ? `${formatNumber(unfinished)} unfinished at the end` : '',
  ]
  const length = metrics.session
  if (length && length.count > 0) {
    parts.push(`took p50 ${formatStatistic(length, 'p50')}, p99 ${formatStatistic(length, 'p99')}`)
  }
  page.entry('Sessions', parts.filter((part) => part !== '').join(' · '))
}

function metricText(metric: MetricJson, trend: readonly Statistic[]): string {
  const cells = trend.map((statistic) => whole(`${statistic} ${formatStatistic(metric, statistic)}`))
  return `${cells.join('  ')}  ${whole(`of ${formatNumber(metric.count)}`)}`
}

/** Hard spaces: stays on one line. */
const whole = (text: string): string => text.replaceAll(' ', '\u00a0')

type Row = readonly [name: string, text: string]

function writeRows(page: SummaryPage, label: string, rows: readonly Row[]): void {
  const shown = rows.slice(0, mostRows).map(([name, text]): Row => [safeLine(name), text])
  const longest = Math.max(0, ...shown.map(([name]) => columnsOf(name)))
  const columns = Math.min(mostNameColumns, longest, Math.floor(page.room / 3))
  for (const [at, [name, text]] of shown.entries()) {
    page.entry(at === 0 ? label : '', `${whole(padEnd(clip(name, columns), columns))}  ${text}`)
  }
  if (rows.length > mostRows) page.entry('', `and ${rows.length - mostRows} more in run.json`, page.paint.dim)
}

function writeChecks(page: SummaryPage, { checks }: RunJson): void {
  const all = Object.entries(checks ?? {})
  if (all.length === 0) return
  const failing = all.filter(([, { failed }]) => failed > 0)
  if (failing.length === 0) {
    page.entry('Checks', `${all.length} of ${all.length} hold`, page.paint.green)
    return
  }
  for (const [at, [name, { passed, failed }]] of failing.slice(0, mostRows).entries()) {
    const text = `${clip(safeLine(name), 40)}: ${formatNumber(failed)} of ${formatNumber(passed + failed)} failed`
    page.entry(at === 0 ? 'Checks' : '', text, page.paint.red)
  }
  const holding = all.length - failing.length
  if (holding > 0) page.entry('', `${holding} more ${holding === 1 ? 'holds' : 'hold'}`, page.paint.dim)
}

function writeThrown(page: SummaryPage, { sessions }: RunJson): void {
  for (const [at, { error, count }] of (sessions?.errors ?? []).slice(0, mostErrors).entries()) {
    page.entry(at === 0 ? 'Thrown' : '', `${formatNumber(count)} × ${error}`)
  }
}
