/** What an element may hold; a string becomes text. */
export type Child = Node | string | null | false

/** Attributes of an element. `class` and `on` aside, each becomes an attribute as it is. */
interface Attributes {
  readonly [name: string]: string | number | boolean | null | undefined
}

/** Makes an element. Strings become text nodes: nothing that came from a target is ever parsed as HTML. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes | null,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  appendAll(element, children)
  return element
}

/** Makes an SVG element. */
export function svg(tag: string, attributes: Attributes, ...children: readonly SVGElement[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAttributes(element, attributes)
  appendAll(element, children)
  return element
}

function setAttributes(element: Element, attributes: Attributes | null): void {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
}

function appendAll(element: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null && child !== false) element.append(child)
}

/** A path that may break after its slashes, and anywhere if it must. */
export function path(text: string, className = ''): HTMLElement {
  const parts = text.split(/(?<=[/])/)
  const pieces = parts.flatMap((part, i) => (i === 0 ? [part] : [document.createElement('wbr'), part]))
  return el('span', { class: `path ${className}`.trim() }, ...pieces)
}

/** A section of the page with its heading and an optional line under it. */
export function section(
  id: string,
  title: string,
  lead: string | null,
  ...children: readonly Child[]
): HTMLElement {
  return el(
    'section',
    { id, class: 'section', 'aria-labelledby': `${id}-title` },
    el(
      'header',
      { class: 'section-head' },
      el('h2', { id: `${id}-title` }, title),
      lead !== null && el('p', { class: 'lead' }, lead),
    ),
    ...children,
  )
}

/** A column of a table: its heading, and how it lines up. */
export interface Column {
  readonly title: string
  readonly kind?: 'text' | 'number'
  readonly class?: string
}

/** A table that scrolls sideways inside its own box where the screen is too narrow for it. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const kind = (index: number): string =>
    [columns[index]?.kind === 'number' ? 'number' : '', columns[index]?.class ?? ''].join(' ').trim()
  return el(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el(
      'table',
      null,
      el('caption', { class: 'visually-hidden' }, caption),
      el(
        'thead',
        null,
        el(
          'tr',
          null,
          ...columns.map((column, i) => el('th', { scope: 'col', class: kind(i) }, column.title)),
        ),
      ),
      el(
        'tbody',
        null,
        ...rows.map((cells) => el('tr', null, ...cells.map((cell, i) => el('td', { class: kind(i) }, cell)))),
      ),
    ),
  )
}

/** Terms and their values, as a grid. */
export function facts(entries: readonly (readonly [term: string, value: Child])[]): HTMLElement {
  return el(
    'dl',
    { class: 'facts' },
    ...entries.map(([term, value]) => el('div', null, el('dt', null, term), el('dd', null, value))),
  )
}

/** Keeps numbers and their units on one line, in running text. */
export const keepUnits = (text: string): string =>
  text.replaceAll(/(\d) (?=(?:ms|µs|s|min|%|[KMG]?B)\b|%)/g, '$1\u00a0')
