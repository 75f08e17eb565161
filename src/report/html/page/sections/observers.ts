import { formatShare } from '../../../../kernel/units.js'
import { collectorNames, formatChange, isNoise } from '../../../observer-costs.js'
import type { ObserverCostJson } from '../../../profile-schema.js'
import type { RunJson } from '../../../run-json.js'
import { el, table } from '../dom.js'

/** What looking into the target cost it, from windows of the same run; null where nothing was compared. */
export function observersPart({ profile }: RunJson): HTMLElement | null {
  const ledger = profile?.ledger ?? []
  if (ledger.length === 0) return null
  const closed = ledger.some(({ achievedRate }) => achievedRate !== null)
  return el(
    'div',
    { class: 'part-of-section' },
    el('h3', null, 'What watching the target cost it'),
    el(
      'p',
      { class: 'lead' },
      'From eight stretches of this run after the measured window, each with some of the collectors and without the others. In the measured window no profiler ran.',
    ),
    table(
      'What watching the target cost it',
      [
        { title: 'Collector' },
        { title: 'CPU time for each reply', kind: 'number' as const },
        ...(closed ? [{ title: 'Achieved rate', kind: 'number' as const }] : []),
        { title: 'Verdict' },
      ],
      ledger.map((cost) => [
        collectorNames[cost.collector] ?? cost.collector,
        formatChange(cost.cpuPerReply),
        ...(closed ? [cost.achievedRate === null ? '–' : formatChange(cost.achievedRate)] : []),
        verdictOf(cost),
      ]),
    ),
  )
}

const verdictOf = ({ cpuPerReply }: ObserverCostJson): string =>
  isNoise(cpuPerReply)
    ? 'not told from noise'
    : cpuPerReply.value > 0
      ? `adds ${formatShare(cpuPerReply.value)}`
      : `takes ${formatShare(-cpuPerReply.value)} away`
