/** What the tooltip says about a frame; all of it becomes text. */
export interface FrameFacts {
  readonly name: string
  readonly place: string
  readonly category: string
  readonly total: string
  readonly self: string
}

/** A box beside the pointer that stays inside the window. */
export class FlameTooltip {
  readonly #box = document.createElement('div')
  readonly #lines: readonly HTMLElement[]

  constructor(host: HTMLElement) {
    this.#box.className = 'flame-tooltip'
    this.#box.hidden = true
    this.#lines = ['name', 'place', 'cost', 'cost', 'category-name'].map((kind) => {
      const line = document.createElement('div')
      line.className = kind
      return line
    })
    this.#box.append(...this.#lines)
    host.append(this.#box)
  }

  /** Positions are those of the browser's window. */
  show(facts: FrameFacts, clientX: number, clientY: number): void {
    const texts = [
      facts.name,
      facts.place,
      `total ${facts.total}`,
      `self ${facts.self}`,
      facts.category.replaceAll('-', ' '),
    ]
    for (const [i, line] of this.#lines.entries()) {
      line.textContent = texts[i] ?? ''
      line.hidden = texts[i] === ''
    }
    this.#box.hidden = false
    const { offsetWidth, offsetHeight } = this.#box
    const left = Math.min(clientX + 14, innerWidth - offsetWidth - 8)
    const below = clientY + 18
    const top = below + offsetHeight > innerHeight ? clientY - offsetHeight - 12 : below
    this.#box.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`
  }

  hide(): void {
    this.#box.hidden = true
  }
}
