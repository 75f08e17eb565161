import type { FlameGraph } from './flame-graph.js'
import { formatShare } from './format.js'
import { changeFill } from './palette.js'
import { arrowOf } from './renderer.js'

const changeNames = ['halved or gone', 'less', 'about the same', 'more', 'doubled or new']

/** What the colours of a graph mean: categories, each a switch that lights up its own frames, or steps of change. */
export class FlameLegend {
  readonly element = document.createElement('div')
  readonly #graph: FlameGraph
  readonly #end: () => void

  constructor(graph: FlameGraph) {
    this.#graph = graph
    this.element.className = 'flame-legend'
    this.element.setAttribute('role', 'group')
    this.element.setAttribute('aria-label', 'Colours')
    this.#end = graph.subscribe(() => this.#show())
    this.#show()
  }

  dispose(): void {
    this.#end()
    this.element.remove()
  }

  #show(): void {
    const had = this.element.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-category')
      : undefined
    const entries = this.#graph.difference === null ? this.#categories() : changes()
    this.element.replaceChildren(...entries)
    for (const entry of entries) if (had !== undefined && entry.dataset.category === had) entry.focus()
  }

  #categories(): HTMLElement[] {
    const graph = this.#graph
    return graph.categoryShares().map(({ category, share }) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.className = 'flame-category'
      button.dataset.category = category
      const pressed = graph.highlighted === category
      button.setAttribute('aria-pressed', String(pressed))
      const amount = span('flame-share', formatShare(share))
      button.append(swatch(graph.fillOf(category)), span('', graph.categoryName(category)), amount)
      button.addEventListener('click', () => graph.highlight(pressed ? null : category))
      return button
    })
  }
}

const changes = (): HTMLElement[] =>
  changeNames.map((name, i) => {
    const entry = span('flame-category', '')
    entry.append(swatch(changeFill(i - 2)), span('', arrowOf(i - 2) + name))
    return entry
  })

function swatch(fill: string): HTMLElement {
  const box = span('flame-swatch', '')
  box.setAttribute('aria-hidden', 'true')
  box.style.background = fill
  return box
}

function span(className: string, text: string): HTMLElement {
  const element = document.createElement('span')
  if (className !== '') element.className = className
  if (text !== '') element.textContent = text
  return element
}
