import { formatBytes, formatMs, formatNumber, formatRate } from '../../../../kernel/units.js'
import type { PageData, PageSecond } from '../../page-data.js'
import { phaseNames } from '../charts/phases.js'
import { binNote, createTimeline, type Timeline } from '../charts/timeline.js'
import { el, section, table } from '../dom.js'
import { exact, orDash, percent } from '../format.js'

/** The run over time, as charts and as a table; `null` where it has no seconds. */
export function timelineSection(data: PageData): { element: HTMLElement; timeline: Timeline } | null {
  if (data.timeline.length === 0) return null
  const timeline = createTimeline(data)
  const note = binNote(data)
  return {
    timeline,
    element: section(
      'timeline',
      data.secondsPerPoint > 1 ? 'Over time' : 'Second by second',
      shadedText(data),
      timeline.element,
      note !== null && el('p', { class: 'caption' }, note),
      asTable(data.timeline),
    ),
  }
}

function shadedText({ timeline, flames }: PageData): string {
  const rest = timeline.some(({ phase }) => phase !== 'warmup' && phase !== 'measured')
  if (!rest) return 'Shaded: the warm-up, which is cut off.'
  const brush = flames.some(({ flame }) => flame.streams.length > 0)
    ? ' Drag within the profiled window to zoom there, and to see the flame graph of that time.'
    : ''
  return `Shaded: the warm-up, which is cut off, and what follows the measured window, which the objectives leave out.${brush}`
}

/** Made when someone opens it: it is long, and the charts say the same. */
function asTable(timeline: readonly PageSecond[]): HTMLElement {
  const details = el('details', { class: 'screen-only' }, el('summary', null, 'The time line as a table'))
  details.addEventListener('toggle', () => details.append(secondsTable(timeline)), { once: true })
  return details
}

function secondsTable(timeline: readonly PageSecond[]): HTMLElement {
  const number = (title: string) => ({ title, kind: 'number' as const })
  const rate = (count: number, second: PageSecond): string =>
    second.length > 0 ? formatRate(count / second.length) : '–'
  return table(
    'The time line as a table',
    [
      number('From'),
      { title: 'Window' },
      number('Due'),
      number('Achieved'),
      number('p50'),
      number('p99'),
      number('p99.9'),
      number('Max'),
      number('Errors'),
      number('Connections'),
      number('Target CPU'),
      number('Target memory'),
    ],
    timeline.map((second) => [
      `${formatNumber(second.at)} s`,
      phaseNames[second.phase],
      rate(second.due, second),
      rate(second.arrived, second),
      ...(['p50', 'p99', 'p99.9', 'max'] as const).map((name) =>
        second.response.count > 0 ? formatMs(second.response[name]) : '–',
      ),
      exact(second.errors),
      exact(second.connections),
      orDash(second.target?.cpuPercent, percent),
      orDash(second.target?.rssBytes, formatBytes),
    ]),
  )
}
