import { type Child, el } from './dom.js'

/** A number that is worth its size, and what it rests on. */
export type Figure = readonly [term: string, value: Child, note?: string]

/** A row of large figures. */
export function figures(entries: readonly Figure[], className = ''): HTMLElement {
  return el(
    'dl',
    { class: `figures ${className}`.trim() },
    ...entries.map(([term, value, note]) =>
      el(
        'div',
        null,
        el('dt', null, term),
        el('dd', null, value),
        note !== undefined && note !== '' && el('dd', { class: 'figure-note' }, note),
      ),
    ),
  )
}
