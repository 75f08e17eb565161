import { type Child, el } from './dom.js'

/** A column of a table whose rows the reader may order by it, if it has a `value`. */
export interface SortColumn<Row> {
  readonly title: string
  readonly kind?: 'number'
  readonly class?: string
  readonly cell: (row: Row) => Child
  readonly value?: (row: Row) => number | string
}

/** A table with its rows in the order that the reader picks at its head; numbers begin with the largest. */
export class SortableTable<Row> {
  readonly element: HTMLElement
  readonly #columns: readonly SortColumn<Row>[]
  readonly #heads: readonly HTMLElement[]
  readonly #body = el('tbody', null)
  #rows: readonly Row[] = []
  #limit = Number.POSITIVE_INFINITY
  #by: number
  #descending = true

  /** @param by index of the column that the rows are ordered by at first, from the largest down */
  constructor(caption: string, columns: readonly SortColumn<Row>[], by: number) {
    this.#columns = columns
    this.#by = by
    this.#heads = columns.map((column, index) => this.#head(column, index))
    this.element = el(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': caption },
      el(
        'table',
        null,
        el('caption', { class: 'visually-hidden' }, caption),
        el('thead', null, el('tr', null, ...this.#heads)),
        this.#body,
      ),
    )
  }

  /** Shows these rows, at most `limit` of them. */
  show(rows: readonly Row[], limit: number): void {
    this.#rows = rows
    this.#limit = limit
    this.#fill()
  }

  #head(column: SortColumn<Row>, index: number): HTMLElement {
    const attributes = { scope: 'col', class: classOf(column) }
    if (column.value === undefined) return el('th', attributes, column.title)
    const button = el(
      'button',
      { type: 'button', class: 'sort' },
      column.title,
      el('span', { class: 'sort-arrow', 'aria-hidden': true }),
    )
    button.addEventListener('click', () => this.#sortBy(index))
    return el('th', attributes, button)
  }

  #sortBy(index: number): void {
    this.#descending = this.#by === index ? !this.#descending : this.#columns[index]!.kind === 'number'
    this.#by = index
    this.#fill()
  }

  #fill(): void {
    for (const [i, head] of this.#heads.entries()) {
      if (i !== this.#by) head.removeAttribute('aria-sort')
      else head.setAttribute('aria-sort', this.#descending ? 'descending' : 'ascending')
    }
    const value = this.#columns[this.#by]!.value!
    const sign = this.#descending ? -1 : 1
    const sorted = this.#rows.toSorted((a, b) => sign * compare(value(a), value(b)))
    this.#body.replaceChildren(
      ...sorted
        .slice(0, this.#limit)
        .map((row) =>
          el(
            'tr',
            null,
            ...this.#columns.map((column) => el('td', { class: classOf(column) }, column.cell(row))),
          ),
        ),
    )
  }
}

const classOf = (column: { readonly kind?: 'number'; readonly class?: string }): string =>
  [column.kind ?? '', column.class ?? ''].join(' ').trim()

const compare = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0)
