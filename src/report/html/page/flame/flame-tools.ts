import type { FlameData } from '../../../../../packages/flame-graph/src/data.js'
import { FlameGraph } from '../../../../../packages/flame-graph/src/flame-graph.js'
import { FlameLegend } from '../../../../../packages/flame-graph/src/legend.js'
import type { SearchResult } from '../../../../../packages/flame-graph/src/search.js'
import type { FlameMode } from '../../../../../packages/flame-graph/src/state.js'
import { formatShare } from '../../../../kernel/units.js'
import { el } from '../dom.js'
import { counted } from '../format.js'
import { onThemeChange } from '../theme.js'
import type { Comparison } from './comparisons.js'
import { Segments } from './segments.js'

/** The flame graph with its search, the switch between callees and callers, and the legend of changes. */
export class FlameTools {
  readonly element: HTMLElement
  readonly graph: FlameGraph
  /** Steps of change, while two sides are compared. */
  readonly changes: HTMLElement
  readonly modes: HTMLElement
  readonly #whole: string
  readonly #onSearch: () => void
  readonly #search = el('input', {
    type: 'search',
    placeholder: 'Search functions and files',
    'aria-label': 'Search functions and files',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  readonly #pattern = el('button', { type: 'button', class: 'button', 'aria-pressed': 'false' }, 'Pattern')
  readonly #found = el('output', { class: 'flame-found', 'aria-live': 'polite' })

  /**
   * @param data of the graph
   * @param whole what the widths are shares of
   * @param onSearch called when what was lit up before no longer is
   */
  constructor(data: FlameData, whole: string, onSearch: () => void) {
    this.#whole = whole
    this.#onSearch = onSearch
    this.graph = new FlameGraph(data)
    onThemeChange(() => this.graph.refresh())
    this.changes = new FlameLegend(this.graph).element
    this.modes = this.#makeModes()
    const reset = el('button', { type: 'button', class: 'button' }, 'Reset')
    reset.addEventListener('click', () => {
      this.#find('')
      this.graph.reset()
    })
    this.#search.addEventListener('input', () => this.#find(this.#search.value))
    this.#pattern.title = 'Read the search as a regular expression'
    this.#pattern.addEventListener('click', () => {
      this.#pattern.setAttribute('aria-pressed', String(!this.#isPattern))
      this.#find(this.#search.value)
    })
    this.element = el('div', { class: 'flame-tools' }, this.#search, this.#pattern, this.#found, reset)
  }

  /** @param weights those of the data, if left out */
  draw(weights: Float64Array | null): void {
    this.changes.hidden = true
    this.graph.compare(null)
    this.graph.setWeights(weights)
    this.#tell(this.graph.found)
  }

  compare({ sides, names: [before, after] }: Comparison): void {
    this.changes.hidden = false
    this.graph.setWeights(null)
    this.graph.compare({ ...sides, names: { before, after } })
    this.#tell(this.graph.found)
  }

  showCategory(category: string | null): void {
    this.#search.value = ''
    this.#tell(this.graph.highlight(category))
  }

  lookUp(name: string): void {
    this.#pattern.setAttribute('aria-pressed', 'false')
    this.#find(name)
    this.graph.element.scrollIntoView({ block: 'nearest' })
  }

  #find(text: string): void {
    this.#search.value = text
    this.#onSearch()
    try {
      this.#tell(this.graph.search(text, this.#isPattern ? 'pattern' : 'text'))
      this.#search.removeAttribute('aria-invalid')
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // A pattern that is half typed lights up nothing.
      this.graph.search('')
      this.#search.setAttribute('aria-invalid', 'true')
      this.#found.textContent = 'no regular expression yet'
    }
  }

  get #isPattern(): boolean {
    return this.#pattern.getAttribute('aria-pressed') === 'true'
  }

  #makeModes(): HTMLElement {
    const modes = new Segments<FlameMode>(
      'Which way up',
      [
        { name: 'callees', text: 'Callees' },
        { name: 'callers', text: 'Callers' },
      ],
      (mode) => {
        modes.press(mode)
        this.graph.setMode(mode)
      },
    )
    modes.press('callees')
    return modes.element
  }

  #tell(result: SearchResult | null): void {
    if (result === null) this.#found.textContent = ''
    else if (result.frames === 0) this.#found.textContent = 'nothing found'
    else
      this.#found.textContent = `${counted(result.frames, 'frame')}, ${formatShare(result.share)} of ${this.#whole}`
  }
}
