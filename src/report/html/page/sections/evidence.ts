import { formatMs, formatNumber, formatShare } from '../../../../kernel/units.js'
import type { ExemplarJson, RunJson } from '../../../run-json.js'
import { Readout } from '../charts/readout.js'
import { el, path, section, table } from '../dom.js'

/** Each finding as claim, evidence, and what to try; `null` without findings. */
export function diagnosisSection(run: RunJson): HTMLElement | null {
  if (run.diagnosis.length === 0) return null
  return section(
    'diagnosis',
    'Diagnosis',
    null,
    el(
      'ol',
      { class: 'findings' },
      ...run.diagnosis.map((finding) => {
        const where = finding.where
        return el(
          'li',
          { class: 'finding' },
          el(
            'h3',
            null,
            claim(finding.cause),
            where !== undefined && path(`${where.function} ${where.file}:${where.line}`),
          ),
          el(
            'p',
            { class: 'finding-facts' },
            [
              `confidence ${formatShare(finding.confidence)}`,
              finding.share === undefined ? '' : `${formatShare(finding.share)} of on-CPU time`,
            ]
              .filter((text) => text !== '')
              .join(' · '),
          ),
          el('ul', null, ...finding.evidence.map((line) => el('li', null, line))),
          finding.advice !== '' && el('p', { class: 'advice' }, finding.advice),
        )
      }),
    ),
  )
}

function claim(cause: string): string {
  const words = cause.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The slowest 20 messages kept whole; `null` where none were kept. */
export function exemplarsSection(exemplars: readonly ExemplarJson[]): HTMLElement | null {
  const slowest = exemplars
    .filter((exemplar) => exemplar.kind === 'slow')
    .toSorted((a, b) => b.response - a.response)
    .slice(0, 20)
  const longest = slowest[0]?.response ?? 0
  if (!(longest > 0)) return null
  return section(
    'slowest',
    'Slowest messages',
    'Where the time of the worst went: slip (the generator), wait (before it could be written), service (the target).',
    new Readout([
      { label: 'slip', color: '--series-slip' },
      { label: 'wait', color: '--series-wait' },
      { label: 'service', color: '--series-service' },
    ]).element,
    table(
      'The slowest 20 messages',
      [
        { title: 'At', kind: 'number' },
        { title: 'Message', kind: 'number', class: 'wide-only' },
        { title: 'Connection', kind: 'number', class: 'wide-only' },
        { title: 'Response', kind: 'number' },
        { title: 'Made up of', class: 'wide' },
        { title: 'Slip', kind: 'number' },
        { title: 'Wait', kind: 'number' },
        { title: 'Service', kind: 'number' },
        { title: 'Error' },
      ],
      slowest.map((exemplar) => [
        `${exemplar.intendedAt.toFixed(3)} s`,
        `#${exemplar.id}`,
        `#${exemplar.connection}`,
        el('strong', null, formatMs(exemplar.response)),
        stackedBar(exemplar, longest),
        formatMs(exemplar.slip),
        formatMs(exemplar.wait),
        formatMs(exemplar.service),
        exemplar.error ?? '–',
      ]),
    ),
  )
}

function stackedBar(exemplar: ExemplarJson, longest: number): HTMLElement {
  const part = (kind: 'slip' | 'wait' | 'service'): HTMLElement => {
    const bar = el('span', { class: `part part-${kind}` })
    bar.style.width = `${(Math.max(0, exemplar[kind]) / longest) * 100}%`
    return bar
  }
  return el('div', { class: 'stacked', 'aria-hidden': true }, part('slip'), part('wait'), part('service'))
}

/** Whether the generator kept its schedule, the machine's noise floor, and its processes. */
export function generatorSection(run: RunJson): HTMLElement {
  const { generator, load } = run
  const slip = run.metrics.slip
  const asked = load.offeredRate === null ? null : load.dispatchedRate / load.offeredRate
  const facts: [string, string][] = [
    ['Verdict', generator.verdict],
    ['Slip p99', slip && slip.count > 0 ? formatMs(slip.p99) : '–'],
    ['Dispatched ÷ offered', asked === null ? 'closed model' : formatShare(asked)],
    ['Noise floor p50', generator.floor ? formatMs(generator.floor.p50) : 'not measured'],
    ['Noise floor p99', generator.floor ? formatMs(generator.floor.p99) : 'not measured'],
    ['Noise floor p99.9', generator.floor ? formatMs(generator.floor['p99.9']) : 'not measured'],
  ]
  return section(
    'generator',
    'Can the measurement be trusted?',
    'Judged by what is the generator’s own. The noise floor is an echo on loopback beside the run: nothing on this machine can be measured below it.',
    el(
      'dl',
      { class: `figures generator-${generator.verdict}` },
      ...facts.map(([term, value]) => el('div', null, el('dt', null, term), el('dd', null, value))),
    ),
    generator.reasons.length > 0 &&
      el(
        'ul',
        { class: 'reasons' },
        ...generator.reasons.map((reason) =>
          el('li', null, el('code', null, reason.code), el('span', null, reason.detail)),
        ),
      ),
    generator.workers.length > 0 && workerTable(run),
  )
}

function workerTable(run: RunJson): HTMLElement {
  const number = (title: string) => ({ title, kind: 'number' as const })
  return table(
    'Processes of the generator',
    [
      number('Worker'),
      number('pid'),
      { title: 'State' },
      number('Connections'),
      number('CPU, of a core'),
      number('Waited for a core'),
      number('Loop delay p99'),
      number('GC'),
      number('Spin'),
      number('Memory'),
    ],
    run.generator.workers.map((worker) => [
      String(worker.index),
      String(worker.pid),
      worker.alive ? 'alive' : 'lost',
      formatNumber(worker.connections),
      `${formatNumber(worker.cpuPercent)} %`,
      worker.runQueueWaitPercent === null ? '–' : `${formatNumber(worker.runQueueWaitPercent)} %`,
      formatMs(worker.eventLoopDelayP99),
      `${formatNumber(worker.gcPercent)} %`,
      `${formatNumber(worker.spinPercent)} %`,
      `${formatNumber(worker.rssBytes / 1e6)} MB`,
    ]),
  )
}
