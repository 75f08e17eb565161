import { formatMs } from '../../../../kernel/units.js'
import { whatTheMeanHides } from '../../../answer.js'
import type { RunJson } from '../../../run-json.js'
import type { PageData } from '../../page-data.js'
import type { Chart } from '../charts/chart.js'
import { percentileChart } from '../charts/percentile-chart.js'
import { el, keepUnits, section } from '../dom.js'
import { metricTable } from '../metric-table.js'

const explanations: Readonly<Record<string, string>> = {
  response: 'intended send to complete reply',
  service: 'written to complete reply',
  wait: 'ready to written, held up by the target',
  slip: 'intended to ready, the generator’s own',
  ttfb: 'written to first byte',
  session: 'intended arrival of a user to its end',
}
/** Metrics of opening connections have a section of their own. */
export const connectMetrics: readonly string[] = ['connect', 'tcp', 'tls', 'handshake']

/** The percentile curves, what their gap means, what the mean hides, and the numbers. */
export function latencySection(data: PageData): { element: HTMLElement; chart: Chart | null } {
  const { run } = data
  const chart = percentileChart(data)
  const mean = whatTheMeanHides(run)
  const rows = Object.entries(run.metrics).filter(([name]) => !connectMetrics.includes(name))
  return {
    chart,
    element: section(
      'latency',
      'How long it takes',
      'Each step to the right is ten times rarer: p99 is one message in a hundred, p99.9 one in a thousand.',
      chart ? chart.element : el('p', { class: 'empty' }, noCurve(run)),
      chart && el('p', { class: 'caption' }, keepUnits(gapCaption(run))),
      mean !== null && el('p', { class: 'statement' }, keepUnits(mean)),
      metricTable(
        'Percentiles of every metric',
        'Metric',
        rows.map(([name, metric]) => ({
          name,
          metric,
          ...(explanations[name] === undefined ? {} : { explanation: explanations[name] }),
        })),
      ),
    ),
  }
}

const noCurve = ({ metrics }: RunJson): string =>
  (metrics.response?.count ?? 0) > 0
    ? 'The curve of this run cannot be read.'
    : 'No replies were timed, so there is no curve.'

function gapCaption(run: RunJson): string {
  if (run.load.model === 'closed' && run.load.sessions) {
    return 'Closed model: a user starts anew when the one before it has ended, so a slow target slows the load too, and queueing hardly shows. Let users arrive at a rate to see it.'
  }
  if (run.load.model === 'closed') {
    return 'Closed model: each connection waits for its reply before it sends again, so a slow target slows the load too, and queueing hardly shows. Give a rate to see it.'
  }
  const { wait, slip } = run.metrics
  const parts = wait && slip ? ` At p99 wait was ${formatMs(wait.p99)} and slip ${formatMs(slip.p99)}.` : ''
  return `Response counts from the moment a message was meant to go, service only from the moment it was written. Between them lie wait, the queueing at the target that closed-loop tools hide, and slip, the generator’s own lateness.${parts}`
}
