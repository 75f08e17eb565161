import { FlameGraph } from '../../../../../packages/flame-graph/src/flame-graph.js'
import { categoryFill } from '../../../../../packages/flame-graph/src/palette.js'
import type { SearchResult } from '../../../../../packages/flame-graph/src/search.js'
import { formatMs, formatNumber, formatShare } from '../../../../kernel/units.js'
import { decodeFlame } from '../../../flame-codec.js'
import type { RunJson } from '../../../run-json.js'
import { flatFlame } from '../../flat-flame.js'
import type { PageData } from '../../page-data.js'
import { el, path, section, table } from '../dom.js'
import { color, onThemeChange } from '../theme.js'

/** The flame graph with its tools and legend, and the table of hottest functions beside it. */
export interface FlameSection {
  readonly element: HTMLElement
  readonly graph: FlameGraph | null
}

export function flameSection(data: PageData): FlameSection {
  const { run } = data
  const [first] = data.flames
  if (first === undefined || run.profile === null) {
    const note = run.settings.profileNote
    const reason = typeof note === 'string' && note !== '' ? note : 'the target was not profiled in this run'
    return {
      graph: null,
      element: section(
        'flame',
        'Where the CPU goes',
        null,
        el('p', { class: 'empty' }, `No profile: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}`),
        hottestTable(run, null),
      ),
    }
  }
  const status = el('p', { class: 'flame-status', role: 'status' })
  const graph = new FlameGraph(flatFlame(decodeFlame(first.flame)), {
    maxHeightPx: 480,
    colors: () => ({ background: color('--surface'), ink: color('--ink'), crowd: color('--crowd') }),
    onStatus: (text) => {
      status.textContent = text === '' ? restingText : text
    },
  })
  status.textContent = restingText
  onThemeChange(() => graph.draw())
  const search = el('input', {
    type: 'search',
    placeholder: 'Search functions and files',
    'aria-label': 'Search functions and files',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const found = el('output', { class: 'flame-found', 'aria-live': 'polite' })
  const legend = new CategoryLegend(run, (category) => {
    search.value = ''
    found.textContent = describeFound(graph.showCategory(category))
  })
  const find = (text: string): void => {
    legend.clear()
    found.textContent = describeFound(graph.search(text))
  }
  search.addEventListener('input', () => find(search.value))
  const reset = el('button', { type: 'button', class: 'button' }, 'Reset')
  reset.addEventListener('click', () => {
    search.value = ''
    find('')
    graph.reset()
  })
  const lookUp = (name: string): void => {
    search.value = name
    find(name)
    graph.element.scrollIntoView({ block: 'nearest' })
  }
  return {
    graph,
    element: section(
      'flame',
      'Where the CPU goes',
      lead(run),
      el('div', { class: 'flame-tools' }, search, found, reset),
      legend.element,
      graph.element,
      status,
      hottestTable(run, lookUp),
    ),
  }
}

const restingText =
  'Click a frame to zoom in. Drag to pan, Ctrl + wheel to zoom, arrow keys to walk, Escape to reset.'

function lead(run: RunJson): string {
  const profile = run.profile!
  const cost =
    profile.observerCost === null
      ? ''
      : ` Profiling added ${formatShare(profile.observerCost)} to the CPU time of a message.`
  return `Profile of ${formatMs(profile.seconds * 1_000)} at the same load, after the measured window. Idle ${formatShare(profile.idleShare)} of it; widths are shares of the rest.${cost}`
}

function describeFound(result: SearchResult | null): string {
  if (result === null) return ''
  if (result.frames === 0) return 'nothing found'
  return `${formatNumber(result.frames)} ${result.frames === 1 ? 'frame' : 'frames'}, ${formatShare(result.share)} of on-CPU time`
}

/** Categories as shares; each is a switch that lights up its own frames. */
class CategoryLegend {
  readonly element: HTMLElement
  readonly #buttons: readonly HTMLButtonElement[]

  constructor(run: RunJson, onPick: (category: string | null) => void) {
    const profile = run.profile!
    const shares = Object.entries({ unattributed: profile.unattributed, ...profile.categories })
      .filter(([, share]) => share > 0)
      .sort((a, b) => b[1] - a[1])
    this.#buttons = shares.map(([category, share]) => this.#button(category, share, onPick))
    this.element = el(
      'div',
      { class: 'flame-legend', role: 'group', 'aria-label': 'Categories' },
      ...this.#buttons,
    )
  }

  clear(): void {
    for (const button of this.#buttons) button.setAttribute('aria-pressed', 'false')
  }

  #button(category: string, share: number, onPick: (category: string | null) => void): HTMLButtonElement {
    const swatch = el('span', { class: 'swatch-box', 'aria-hidden': true })
    swatch.style.background = categoryFill(category)
    const button = el(
      'button',
      { type: 'button', class: 'category', 'aria-pressed': 'false' },
      swatch,
      el('span', null, category.replaceAll('-', ' ')),
      el('span', { class: 'share' }, formatShare(share)),
    )
    button.addEventListener('click', () => {
      const pressed = button.getAttribute('aria-pressed') === 'true'
      this.clear()
      button.setAttribute('aria-pressed', String(!pressed))
      onPick(pressed ? null : category)
    })
    return button
  }
}

function hottestTable(run: RunJson, lookUp: ((name: string) => void) | null): HTMLElement | null {
  const hottest = run.profile?.hottest ?? []
  if (hottest.length === 0) return null
  const widest = Math.max(...hottest.map((entry) => entry.selfShare), 1e-9)
  const rows = hottest.map((entry) => {
    const name = el(
      lookUp ? 'button' : 'span',
      lookUp ? { type: 'button', class: 'link' } : null,
      entry.function,
    )
    if (lookUp) name.addEventListener('click', () => lookUp(entry.function))
    const bar = el('span', { class: 'bar', 'aria-hidden': true })
    bar.style.width = `${(entry.selfShare / widest) * 100}%`
    const place = entry.file === '' ? '–' : entry.line > 0 ? `${entry.file}:${entry.line}` : entry.file
    return [
      el('div', null, name, entry.file !== '' && path(place, 'narrow-only')),
      path(place),
      el('span', { class: 'bar-cell' }, bar, formatShare(entry.selfShare)),
      formatShare(entry.totalShare),
    ]
  })
  return el(
    'div',
    { class: 'hottest' },
    el('h3', null, 'Hottest functions'),
    table(
      'Hottest functions by their own time',
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
