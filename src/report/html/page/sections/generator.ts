import { formatBytes, formatMs, formatNumber, formatShare } from '../../../../kernel/units.js'
import { formatStatistic } from '../../../quantities.js'
import type { RunJson } from '../../../run-json.js'
import { el, section, table } from '../dom.js'
import { type Figure, figures } from '../figures.js'
import { exact, orDash, percent } from '../format.js'
import { observersPart } from './observers.js'

/** Whether the generator kept its schedule, the machine's noise floor, and its processes. */
export function generatorSection(run: RunJson): HTMLElement {
  const { generator } = run
  return section(
    'generator',
    'Can the measurement be trusted?',
    'Judged by what is the generator’s own. The noise floor is an echo on loopback beside the run: nothing on this machine can be measured below it.',
    figures(health(run), `generator-${generator.verdict}`),
    generator.reasons.length > 0 &&
      el(
        'ul',
        { class: 'reasons' },
        ...generator.reasons.map((reason) =>
          el('li', null, el('code', null, reason.code), el('span', null, reason.detail)),
        ),
      ),
    generator.workers.length > 0 && workerTable(run),
    observersPart(run),
  )
}

function health(run: RunJson): Figure[] {
  const { generator, load, metrics } = run
  const { floor } = generator
  const slip = metrics.slip
  const asked = load.offeredRate === null ? null : load.dispatchedRate / load.offeredRate
  return [
    ['Verdict', generator.verdict],
    ['Slip p99', slip ? formatStatistic(slip, 'p99') : '–', 'how late it sent'],
    asked === null
      ? ['Dispatched ÷ offered', '–', 'closed model']
      : ['Dispatched ÷ offered', formatShare(asked), 'below 98 % is invalid'],
    ['Noise floor p50', floor ? formatMs(floor.p50) : '–', floor ? '' : 'not measured'],
    [
      'Noise floor p99',
      floor ? formatMs(floor.p99) : '–',
      floor ? floorShare(run, floor.p99) : 'not measured',
    ],
    ['Noise floor p99.9', floor ? formatMs(floor['p99.9']) : '–', floor ? '' : 'not measured'],
  ]
}

/** The floor against what was measured: how much of the answer could be the machine's own noise. */
function floorShare({ metrics }: RunJson, floorMs: number): string {
  const response = metrics.response
  return response && response.p99 > 0 ? `${formatShare(floorMs / response.p99)} of the response p99` : ''
}

function workerTable(run: RunJson): HTMLElement {
  const number = (title: string, className = '') => ({ title, kind: 'number' as const, class: className })
  return table(
    'Processes of the generator',
    [
      number('Worker'),
      number('pid', 'wide-only'),
      { title: 'State' },
      number('Connections'),
      number('CPU, of a core'),
      number('Waited for a core', 'wide-only'),
      number('Loop delay p99'),
      number('GC', 'wide-only'),
      number('Spin', 'wide-only'),
      number('Memory'),
    ],
    run.generator.workers.map((worker) => [
      formatNumber(worker.index),
      String(worker.pid),
      worker.alive ? 'alive' : el('strong', { class: 'bad' }, 'lost'),
      exact(worker.connections),
      percent(worker.cpuPercent),
      orDash(worker.runQueueWaitPercent, percent),
      formatMs(worker.eventLoopDelayP99),
      percent(worker.gcPercent),
      percent(worker.spinPercent),
      formatBytes(worker.rssBytes),
    ]),
  )
}
