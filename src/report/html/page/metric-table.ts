import { formatStatistic, type Statistic } from '../../quantities.js'
import type { MetricJson } from '../../run-json.js'
import { type Child, el, table } from './dom.js'
import { exact } from './format.js'
import { spreadBar, spreadScale } from './spread.js'

const statistics: readonly Statistic[] = ['p50', 'p90', 'p99', 'p99.9', 'max']

export interface MetricRow {
  readonly name: string
  readonly explanation?: string
  readonly metric: MetricJson
  /** Cells behind the percentiles. */
  readonly more?: readonly Child[]
}

/** Metrics with their percentiles, the count behind them, and a picture of how far they spread. */
export function metricTable(
  caption: string,
  heading: string,
  rows: readonly MetricRow[],
  more: readonly string[] = [],
): HTMLElement {
  const scale = spreadScale(rows.map(({ metric }) => metric))
  const number = (title: string, className = '') => ({ title, kind: 'number' as const, class: className })
  return el(
    'div',
    { class: 'metrics' },
    table(
      caption,
      [
        { title: heading },
        { title: 'p50 to p99, max', class: 'spread-cell wide-only' },
        ...statistics.map((title) => number(title, hiddenOnPhones(title, more.length) ? 'wide-only' : '')),
        number('Count', 'wide-only'),
        ...more.map((title) => number(title)),
      ],
      rows.map((row) => [
        nameCell(row),
        spreadBar(row.metric, scale),
        ...statistics.map((statistic) => formatStatistic(row.metric, statistic)),
        countText(row.metric),
        ...(row.more ?? []),
      ]),
    ),
    footnote(rows.map(({ metric }) => metric)),
  )
}

/** A phone has room for four numbers. */
const hiddenOnPhones = (statistic: Statistic, more: number): boolean =>
  statistic === 'p90' || (statistic === 'max' && more > 0)

function nameCell({ name, explanation, metric }: MetricRow): HTMLElement {
  return el(
    'div',
    { class: 'metric-name' },
    el('span', null, name),
    explanation !== undefined && el('small', { class: 'wide-only' }, explanation),
    el('small', { class: 'narrow-only' }, `of ${countText(metric)}`),
  )
}

function footnote(metrics: readonly MetricJson[]): HTMLElement | null {
  const known = metrics.filter(({ count }) => count > 0)
  const notes = [
    known.some(({ unsure }) => unsure.length > 0) ? '~ fewer than 10 values lie beyond' : '',
    known.some(({ bounds }) => bounds.length > 0)
      ? '≥ falls among messages without a reply: a lower bound'
      : '',
  ].filter((note) => note !== '')
  return notes.length === 0 ? null : el('p', { class: 'footnote' }, notes.join(' · '))
}

const countText = ({ count, censored }: MetricJson): string =>
  censored > 0 ? `${exact(count)} (${exact(censored)} unanswered)` : exact(count)
