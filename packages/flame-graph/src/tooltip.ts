/** One line of the tooltip; all of it becomes text. */
export interface TooltipLine {
  readonly kind: 'name' | 'place' | 'amount' | 'change' | 'category'
  readonly text: string
}

/** A box beside the pointer that stays inside the window. */
export class FlameTooltip {
  readonly #box = document.createElement('div')

  constructor(host: HTMLElement) {
    this.#box.className = 'flame-tooltip'
    this.#box.hidden = true
    host.append(this.#box)
  }

  /** Positions are those of the browser's window. */
  show(lines: readonly TooltipLine[], clientX: number, clientY: number): void {
    this.#box.replaceChildren(
      ...lines
        .filter(({ text }) => text !== '')
        .map(({ kind, text }) => {
          const line = document.createElement('div')
          line.className = `flame-tooltip-${kind}`
          line.textContent = text
          return line
        }),
    )
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
