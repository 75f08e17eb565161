import type { CategoryShare } from '../../../../../packages/flame-graph/src/shares.js'
import { formatNumber, formatShare } from '../../../../kernel/units.js'
import type { FlameHotFunction, FlameSummary } from '../../../flame-data.js'
import { el, path, table } from '../dom.js'
import type { ShareChange } from './weights.js'

const words = (category: string): string => category.replaceAll('-', ' ')

/** Categories as shares; each is a switch that lights up its own frames. */
export class CategoryLegend {
  readonly element = el('div', { class: 'flame-legend', role: 'group', 'aria-label': 'Categories' })
  readonly #fillOf: (category: string) => string
  readonly #onPick: (category: string | null) => void
  #buttons: readonly HTMLButtonElement[] = []

  constructor(fillOf: (category: string) => string, onPick: (category: string | null) => void) {
    this.#fillOf = fillOf
    this.#onPick = onPick
  }

  /** @param before shares of what is compared with */
  show(shares: readonly CategoryShare[], before: ReadonlyMap<string, number> | null): void {
    this.#buttons = shares.map(({ category, share }) => this.#button(category, share, before))
    this.element.replaceChildren(...this.#buttons)
  }

  clear(): void {
    for (const button of this.#buttons) button.setAttribute('aria-pressed', 'false')
  }

  #button(category: string, share: number, before: ReadonlyMap<string, number> | null): HTMLButtonElement {
    const swatch = el('span', { class: 'flame-swatch', 'aria-hidden': true })
    swatch.style.background = this.#fillOf(category)
    const was = before === null ? '' : `${formatShare(before.get(category) ?? 0)} → `
    const button = el(
      'button',
      { type: 'button', class: 'flame-category', 'aria-pressed': 'false' },
      before === null && swatch,
      el('span', null, words(category)),
      el('span', { class: 'flame-share' }, `${was}${formatShare(share)}`),
    )
    button.addEventListener('click', () => {
      const pressed = button.getAttribute('aria-pressed') === 'true'
      this.clear()
      button.setAttribute('aria-pressed', String(!pressed))
      this.#onPick(pressed ? null : category)
    })
    return button
  }
}

/** On-CPU time against idle time, as a bar with its figure. */
export function busyBar(label: string, busyShare: number): HTMLElement {
  const share = Math.min(1, Math.max(0, busyShare))
  const bar = el('span', { class: 'busy-part', 'aria-hidden': true })
  bar.style.width = `${share * 100}%`
  return el(
    'div',
    { class: 'busy-bar' },
    el('span', { class: 'busy-label' }, label),
    el('span', { class: 'busy-track' }, bar),
    el('span', { class: 'busy-figure' }, `${formatShare(share)} on CPU, ${formatShare(1 - share)} idle`),
  )
}

const placeOf = ({ file, line }: { readonly file: string; readonly line: number }): string =>
  file === '' ? '–' : line > 0 ? `${file}:${line}` : file

type LookUp = (name: string) => void

function nameCell(
  entry: { readonly function: string; readonly file: string; readonly line: number },
  lookUp: LookUp | null,
): HTMLElement {
  const name = el(
    lookUp ? 'button' : 'span',
    lookUp ? { type: 'button', class: 'link' } : null,
    entry.function,
  )
  if (lookUp) name.addEventListener('click', () => lookUp(entry.function))
  return el('div', null, name, entry.file !== '' && path(placeOf(entry), 'narrow-only'))
}

/** The functions with most time of their own. */
export function hottestTable(
  title: string,
  hottest: readonly FlameHotFunction[],
  lookUp: LookUp | null,
): HTMLElement | null {
  if (hottest.length === 0) return null
  const widest = Math.max(...hottest.map((entry) => entry.selfShare), 1e-9)
  const rows = hottest.map((entry) => {
    const bar = el('span', { class: 'bar', 'aria-hidden': true })
    bar.style.width = `${(entry.selfShare / widest) * 100}%`
    return [
      nameCell(entry, lookUp),
      path(placeOf(entry)),
      el('span', { class: 'bar-cell' }, bar, formatShare(entry.selfShare)),
      formatShare(entry.totalShare),
    ]
  })
  return el(
    'div',
    { class: 'hottest' },
    el('h3', null, title),
    table(
      `${title} by their own time`,
      [
        { title: 'Function' },
        { title: 'Where', class: 'wide-only' },
        { title: 'Self', kind: 'number' },
        { title: 'With callees', kind: 'number' },
      ],
      rows,
    ),
  )
}

/** What gained and lost most between two weightings. */
export function changesTable(
  title: string,
  [before, after]: readonly [before: string, after: string],
  changes: readonly ShareChange[],
  lookUp: LookUp,
): HTMLElement {
  const rows = changes.map((change) => [
    nameCell(change, lookUp),
    path(placeOf(change)),
    formatShare(change.before),
    formatShare(change.after),
    points(change.after - change.before),
  ])
  return el(
    'div',
    { class: 'hottest changes' },
    el('h3', null, title),
    rows.length === 0
      ? el('p', { class: 'empty' }, 'No function differs by a thousandth of the whole.')
      : table(
          title,
          [
            { title: 'Function' },
            { title: 'Where', class: 'wide-only' },
            { title: before, kind: 'number' },
            { title: after, kind: 'number' },
            { title: 'Points', kind: 'number' },
          ],
          rows,
        ),
  )
}

const points = (share: number): string => `${share < 0 ? '−' : '+'}${formatNumber(Math.abs(share) * 100)}`

/** Who caused the collector's work: by what the code that ran before was doing. */
export function collectorCauses({ gcCausedBy, categories }: FlameSummary): HTMLElement | null {
  const whole = categories['garbage-collection'] ?? 0
  const causes = Object.entries(gcCausedBy ?? {})
    .filter(([category, share]) => share > 0 && category !== 'garbage-collection')
    .sort((a, b) => b[1] - a[1])
  if (whole < 0.001 || causes.length === 0) return null
  const list = causes.map(([category, share]) => `${words(category)} ${formatShare(share)}`)
  return el(
    'p',
    { class: 'flame-note' },
    `Garbage collection takes ${formatShare(whole)}; the code that ran before each collection was ${list.join(', ')}.`,
  )
}

export function threadsTable({ threads }: FlameSummary): HTMLElement | null {
  if (!threads || threads.length < 2) return null
  const rows = threads
    .toSorted((a, b) => b.onCpuSeconds - a.onCpuSeconds)
    .map(({ pid, thread, seconds, onCpuSeconds, idleShare }) => [
      thread,
      String(pid),
      `${formatNumber(onCpuSeconds)} s of ${formatNumber(seconds)} s`,
      formatShare(idleShare),
    ])
  return el(
    'details',
    null,
    el('summary', null, `${threads.length} threads`),
    table(
      'Threads of the target',
      [
        { title: 'Thread' },
        { title: 'Process', kind: 'number' },
        { title: 'On CPU', kind: 'number' },
        { title: 'Idle', kind: 'number' },
      ],
      rows,
    ),
  )
}

/** What the profile cannot be trusted in, as sentences. */
export function problemsList(problems: readonly string[]): HTMLElement | null {
  if (problems.length === 0) return null
  return el(
    'div',
    { class: 'flame-problems', role: 'note' },
    el('h3', null, problems.length === 1 ? 'A caveat' : 'Caveats'),
    el('ul', null, ...problems.map((problem) => el('li', null, problem))),
  )
}
