import { formatShare } from '../../../../kernel/units.js'
import type { RunJson } from '../../../run-json.js'
import { el, path, section } from '../dom.js'

/** Each finding as claim, evidence, and what to try; `null` without findings. */
export function diagnosisSection(run: RunJson): HTMLElement | null {
  if (run.diagnosis.length === 0) return null
  return section(
    'diagnosis',
    'Diagnosis',
    null,
    el('ol', { class: 'findings' }, ...run.diagnosis.map(findingItem)),
  )
}

function findingItem(finding: RunJson['diagnosis'][number]): HTMLElement {
  const { where } = finding
  const facts = [
    `confidence ${formatShare(finding.confidence)}`,
    finding.share === undefined ? '' : `${formatShare(finding.share)} of on-CPU time`,
  ]
  return el(
    'li',
    { class: 'finding' },
    el(
      'h3',
      null,
      claim(finding.cause),
      where !== undefined && path(`${where.function} ${where.file}:${where.line}`),
    ),
    el('p', { class: 'finding-facts' }, facts.filter((text) => text !== '').join(' · ')),
    el('ul', null, ...finding.evidence.map((line) => el('li', null, line))),
    finding.advice !== '' && el('p', { class: 'advice' }, finding.advice),
  )
}

function claim(cause: string): string {
  const words = cause.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
