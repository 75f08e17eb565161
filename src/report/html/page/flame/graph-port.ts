import type { CallTree, FlameData } from '../../../../../packages/flame-graph/src/data.js'
import { FlameGraph } from '../../../../../packages/flame-graph/src/flame-graph.js'
import type { SearchResult } from '../../../../../packages/flame-graph/src/search.js'
import { el } from '../dom.js'
import { onThemeChange } from '../theme.js'
import type { Comparison } from './comparisons.js'

/** The canvas that shows one call tree at a time; other weights of the same tree leave its frames in their places. */
export class GraphPort {
  readonly element = el('div', { class: 'flame-host' })
  readonly #onStatus: (text: string) => void
  #graph: FlameGraph | null = null
  #calls: CallTree | null = null

  constructor(onStatus: (text: string) => void) {
    this.#onStatus = onStatus
    onThemeChange(() => this.#graph?.refresh())
  }

  draw(data: FlameData, weights: Float64Array): void {
    const graph = this.#graphOf(data, data)
    graph.compare(null)
    graph.setWeights(weights)
  }

  compare({ calls, unit, before, after, names }: Comparison): void {
    const { frames, frame, parent } = calls
    const graph = this.#graphOf(calls, { frames, frame, parent, unit, self: after, streams: [] })
    graph.compare({ before, after, names: { before: names[0].toLowerCase(), after: names[1].toLowerCase() } })
  }

  search(text: string): SearchResult | null {
    return this.#graph?.search(text) ?? null
  }

  showCategory(category: string | null): SearchResult | null {
    return this.#graph?.highlight(category) ?? null
  }

  reset(): void {
    this.#graph?.reset()
  }

  #graphOf(calls: CallTree, data: FlameData): FlameGraph {
    if (this.#graph !== null && this.#calls === calls) return this.#graph
    this.#graph?.dispose()
    this.#graph = new FlameGraph(data, { statusLine: false, onStatus: this.#onStatus })
    this.#calls = calls
    this.element.replaceChildren(this.#graph.element)
    return this.#graph
  }
}
