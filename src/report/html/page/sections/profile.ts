import type { ProfilePage } from '../../page-data.js'
import { el, facts } from '../dom.js'
import { type FlameSection, flamePanels } from './flame.js'

/** The page of a profile without a load. */
export function profileSections(page: ProfilePage): { elements: HTMLElement[]; flame: FlameSection } {
  const bytes = page.flames[0]?.flame.unit === 'bytes'
  const flame = flamePanels(
    bytes ? 'Where the memory goes' : 'Where the CPU goes',
    bytes
      ? 'Widths are shares of the bytes that were sampled.'
      : 'Idle time is left out; widths are shares of the rest.',
    page.flames,
    { originUs: null, slow: null, against: null },
  )
  const answer = el(
    'section',
    { id: 'answer', class: 'answer' },
    el('h1', null, page.title),
    el('p', { class: 'lead' }, page.subtitle),
  )
  const details = page.facts ?? []
  const further =
    details.length > 0
      ? [el('section', { id: 'details', class: 'section' }, el('h2', null, 'Details'), facts(details))]
      : []
  return { elements: [answer, flame.element, ...further], flame }
}
