import { formatMs, formatRate, formatShare } from '../../../../kernel/units.js'
import { answerOf, unitsOfLoad } from '../../../answer.js'
import { formatStatistic } from '../../../quantities.js'
import type { RunJson, Verdict } from '../../../run-json.js'
import { el, keepUnits, svg } from '../dom.js'
import { type Figure, figures } from '../figures.js'
import { exact } from '../format.js'

/** The first thing read: the verdict by word and shape, and one sentence. */
export function answerSection(run: RunJson): HTMLElement {
  const answer = answerOf(run)
  return el(
    'section',
    { id: 'answer', class: `answer verdict-${answer.verdict}`, 'aria-label': 'Answer' },
    el(
      'p',
      { class: 'verdict' },
      verdictShape(answer.verdict, 22),
      el('span', { class: 'verdict-word' }, answer.word),
    ),
    el('h1', { class: 'headline' }, keepUnits(answer.headline)),
    answer.remarks.length > 0 && el('p', { class: 'remarks' }, keepUnits(answer.remarks.join(' '))),
    figures(vitals(run), 'vitals'),
    el(
      'ul',
      { class: 'context' },
      ...contextOf(run).map(([term, value]) =>
        el('li', null, el('span', { class: 'term' }, term), el('span', null, value)),
      ),
    ),
  )
}

/** What an answer rests on, at a glance. */
function vitals(run: RunJson): Figure[] {
  const { load, counters, generator } = run
  const response = run.metrics.response
  const rate =
    load.model === 'open' && load.offeredRate !== null && load.sessions === undefined
      ? `of ${formatRate(load.offeredRate)} offered`
      : `${unitsOfLoad(run)} answered`
  const share = counters.due > 0 ? formatShare(counters.errors.total / counters.due) : ''
  return [
    ...(response && response.count > 0
      ? ([
          ['p50', formatStatistic(response, 'p50'), `of ${exact(response.count)} ${unitsOfLoad(run)}`],
          ['p99', formatStatistic(response, 'p99'), 'one in 100 took longer'],
          ['p99.9', formatStatistic(response, 'p99.9'), 'one in 1,000 took longer'],
        ] as const)
      : []),
    ['Achieved', formatRate(load.achievedRate), rate],
    [
      'Errors',
      exact(counters.errors.total),
      counters.errors.total > 0 ? `${share} of ${unitsOfLoad(run)}` : '',
    ],
    [
      'Generator',
      generator.verdict,
      generator.floor ? `noise floor p99 ${formatMs(generator.floor.p99)}` : '',
    ],
  ]
}

function contextOf(run: RunJson): [string, string][] {
  const model =
    run.load.model === 'open' ? `open${run.load.arrival ? `, ${run.load.arrival} arrivals` : ''}` : 'closed'
  return [
    ['Target', run.target],
    ['Model', model],
    ['Measured', formatMs(run.load.measuredSeconds * 1_000)],
    [
      'Started',
      run.startedAt
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC')
        .replace(/Z$/, ' UTC'),
    ],
  ]
}

const shapes: Readonly<Record<Verdict, readonly [outline: string, sign: string]>> = {
  pass: ['M12 1.5a10.5 10.5 0 1 0 0 21a10.5 10.5 0 1 0 0-21z', 'M7.2 12.4l3.2 3.2 6.4-6.8'],
  fail: ['M7.6 1.5h8.8l6.1 6.1v8.8l-6.1 6.1H7.6l-6.1-6.1V7.6z', 'M8.2 8.2l7.6 7.6M15.8 8.2l-7.6 7.6'],
  inconclusive: [
    'M12 .8L23.2 12 12 23.2.8 12z',
    'M9.6 9.6a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.2.9-1.2 1.8M12 16.6v.2',
  ],
  invalid: ['M12 1.8L23 21.5H1z', 'M12 9v5.6M12 17.9v.2'],
  exploratory: [
    'M2 5a3 3 0 0 1 3-3h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3z',
    'M6.5 15.5l3.6-4 3 2.4 4.4-6',
  ],
}

/** A shape of its own for each verdict: circle, octagon, diamond, triangle, square. */
export function verdictShape(verdict: Verdict, size: number): SVGElement {
  const [outline, sign] = shapes[verdict]
  return svg(
    'svg',
    {
      viewBox: '0 0 24 24',
      width: size,
      height: size,
      'aria-hidden': 'true',
      class: `shape shape-${verdict}`,
    },
    svg('path', { d: outline, class: 'shape-fill' }),
    svg('path', { d: sign, class: 'shape-sign' }),
  )
}
