import { formatMs, formatNumber } from '../../../../kernel/units.js'
import { whatTheMeanHides } from '../../../answer.js'
import { formatStatistic, type Statistic } from '../../../quantities.js'
import type { MetricJson, RunJson } from '../../../run-json.js'
import type { PageData } from '../../page-data.js'
import type { Chart } from '../charts/chart.js'
import { percentileChart } from '../charts/percentile-chart.js'
import { el, keepUnits, section, table } from '../dom.js'

const statistics: readonly Statistic[] = ['p50', 'p90', 'p99', 'p99.9', 'max']
const explanations: Readonly<Record<string, string>> = {
  response: 'intended send to complete reply',
  service: 'written to complete reply',
  wait: 'ready to written, held up by the target',
  slip: 'intended to ready, the generator’s own',
  connect: 'opening a connection',
  ttfb: 'written to first byte',
}

/** The percentile curves, what their gap means, and the numbers. */
export function latencySection(data: PageData): { element: HTMLElement; chart: Chart | null } {
  const chart = percentileChart(data)
  return {
    chart,
    element: section(
      'latency',
      'How long it takes',
      'Each step to the right is ten times rarer: 99 is one in a hundred, 99.9 one in a thousand.',
      chart ? chart.element : el('p', { class: 'empty' }, 'No replies were timed, so there is no curve.'),
      chart && el('p', { class: 'caption' }, keepUnits(gapCaption(data.run))),
      metricTable(data.run),
    ),
  }
}

/** What the mean hides, as a sentence of its own; `null` without response times. */
export function meanSection(run: RunJson): HTMLElement | null {
  const sentence = whatTheMeanHides(run)
  return sentence === null
    ? null
    : section('mean', 'What the mean hides', null, el('p', { class: 'statement' }, keepUnits(sentence)))
}

function gapCaption(run: RunJson): string {
  if (run.load.model === 'closed') {
    return 'Closed model: each connection waits for its reply before it sends again, so a slow target slows the load too, and queueing hardly shows. Give a rate to see it.'
  }
  const { wait, slip } = run.metrics
  const parts = wait && slip ? ` At p99 wait was ${formatMs(wait.p99)} and slip ${formatMs(slip.p99)}.` : ''
  return `Response counts from the moment a message was meant to go, service only from the moment it was written. Between them lie wait, the queueing at the target that closed-loop tools hide, and slip, the generator’s own lateness.${parts}`
}

function metricTable(run: RunJson): HTMLElement {
  const rows = Object.entries({ ...run.metrics, ...run.measures }).map(([name, metric]) => [
    el('span', { class: 'metric-name' }, name, el('small', null, explanations[name] ?? '')),
    ...statistics.map((statistic) => formatStatistic(metric, statistic)),
    countText(metric),
  ])
  const columns = [
    { title: 'Metric' },
    ...statistics.map((title) => ({ title, kind: 'number' as const })),
    { title: 'count', kind: 'number' as const },
  ]
  const all = [...Object.values(run.metrics), ...Object.values(run.measures)].filter(({ count }) => count > 0)
  const notes = [
    all.some((metric) => metric.unsure.length > 0) ? '~ fewer than 10 values lie beyond' : '',
    all.some((metric) => metric.bounds.length > 0)
      ? '≥ falls among messages without a reply: a lower bound'
      : '',
  ].filter((note) => note !== '')
  return el(
    'div',
    null,
    table('Percentiles of every metric', columns, rows),
    notes.length > 0 && el('p', { class: 'footnote' }, notes.join(' · ')),
  )
}

const countText = (metric: MetricJson): string =>
  metric.censored > 0
    ? `${formatNumber(metric.count)} (${formatNumber(metric.censored)} unanswered)`
    : formatNumber(metric.count)
