import type { FlameData } from '../../../../../packages/flame-graph/src/data.js'
import type { SearchResult } from '../../../../../packages/flame-graph/src/search.js'
import { formatShare } from '../../../../kernel/units.js'
import { el } from '../dom.js'
import { counted } from '../format.js'
import type { Comparison } from './comparisons.js'
import { GraphPort } from './graph-port.js'

const restingText =
  'Click a frame to zoom in. Drag to pan, Ctrl + wheel to zoom, arrow keys to walk, Escape to reset.'

/** The flame graph with its search and its line of what is under the pointer. */
export class FlameTools {
  readonly element: HTMLElement
  readonly status = el('p', { class: 'flame-status', role: 'status' }, restingText)
  readonly graph: GraphPort
  readonly #whole: string
  readonly #onSearch: () => void
  readonly #search = el('input', {
    type: 'search',
    placeholder: 'Search functions and files',
    'aria-label': 'Search functions and files',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  readonly #found = el('output', { class: 'flame-found', 'aria-live': 'polite' })

  /**
   * @param whole what the widths are shares of
   * @param onSearch called when what was lit up before no longer is
   */
  constructor(whole: string, onSearch: () => void) {
    this.#whole = whole
    this.#onSearch = onSearch
    this.graph = new GraphPort((text) => {
      this.status.textContent = text === '' ? restingText : text
    })
    const reset = el('button', { type: 'button', class: 'button' }, 'Reset')
    reset.addEventListener('click', () => {
      this.#find('')
      this.graph.reset()
    })
    this.#search.addEventListener('input', () => this.#find(this.#search.value))
    this.element = el('div', { class: 'flame-tools' }, this.#search, this.#found, reset)
  }

  draw(data: FlameData, weights: Float64Array): void {
    this.graph.draw(data, weights)
    this.#findAgain()
  }

  compare(comparison: Comparison): void {
    this.graph.compare(comparison)
    this.#findAgain()
  }

  showCategory(category: string | null): void {
    this.#search.value = ''
    this.#tell(this.graph.showCategory(category))
  }

  lookUp(name: string): void {
    this.#find(name)
    this.graph.element.scrollIntoView({ block: 'nearest' })
  }

  #find(text: string): void {
    this.#search.value = text
    this.#onSearch()
    this.#tell(this.graph.search(text))
  }

  /** What is looked for stays lit when the graph shows something else. */
  #findAgain(): void {
    this.#tell(this.graph.search(this.#search.value))
  }

  #tell(result: SearchResult | null): void {
    if (result === null) this.#found.textContent = ''
    else if (result.frames === 0) this.#found.textContent = 'nothing found'
    else
      this.#found.textContent = `${counted(result.frames, 'frame')}, ${formatShare(result.share)} of ${this.#whole}`
  }
}
