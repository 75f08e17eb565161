import type { CallTree, FlameData } from '../../../../../packages/flame-graph/src/data.js'
import { FlameGraph } from '../../../../../packages/flame-graph/src/flame-graph.js'
import type { SearchResult } from '../../../../../packages/flame-graph/src/search.js'
import { flatFlame } from '../../flat-flame.js'
import { el } from '../dom.js'
import { color, onThemeChange } from '../theme.js'
import type { Comparison } from './comparisons.js'

export class GraphPort {
  readonly element = el('div', { class: 'flame-host' })
  readonly #onStatus: (text: string) => void
  #graph: FlameGraph | null = null

  constructor(onStatus: (text: string) => void) {
    this.#onStatus = onStatus
    onThemeChange(() => this.#graph?.draw())
  }

  draw(data: FlameData, weights: Float64Array): void {
    this.#show(data, weights)
  }

  compare({ calls, after }: Comparison): void {
    this.#show(calls, after)
  }

  search(text: string): SearchResult | null {
    return this.#graph?.search(text) ?? null
  }

  showCategory(category: string | null): SearchResult | null {
    return this.#graph?.showCategory(category) ?? null
  }

  reset(): void {
    this.#graph?.reset()
  }

  resize(widthPx?: number): void {
    this.#graph?.resize(widthPx)
  }

  #show({ frames, frame, parent }: CallTree, self: Float64Array): void {
    const flat = flatFlame({ unit: 'us', frames, nodes: { frame, parent, self }, streams: [] })
    this.#graph = new FlameGraph(flat, {
      maxHeightPx: 480,
      colors: () => ({ background: color('--surface'), ink: color('--ink'), crowd: color('--crowd') }),
      onStatus: this.#onStatus,
    })
    this.element.replaceChildren(this.#graph.element)
    this.#graph.resize()
  }
}
