import { el } from '../dom.js'

/** A line of a chart: its name, the custom property of its colour, and how it is drawn. */
export interface LineStyle {
  readonly label: string
  /** Name of a custom property, such as `--series-response`. */
  readonly color: string
  readonly dash?: readonly number[]
  readonly widthPx?: number
  readonly fill?: string
}

/** The legend of a chart, which shows the values under the cursor. */
export class Readout {
  readonly element: HTMLElement
  readonly #values: readonly HTMLElement[]

  constructor(lines: readonly LineStyle[]) {
    this.#values = lines.map(() => el('span', { class: 'value' }))
    this.element = el(
      'ul',
      { class: 'keys' },
      ...lines.map((line, i) => {
        const swatch = el('span', { class: line.dash ? 'swatch dashed' : 'swatch', 'aria-hidden': true })
        swatch.style.setProperty('--swatch', `var(${line.color})`)
        return el('li', null, swatch, el('span', null, line.label), this.#values[i]!)
      }),
    )
  }

  /** One text a line, or `null` to show no values. */
  show(texts: readonly string[] | null): void {
    for (const [i, value] of this.#values.entries()) value.textContent = texts?.[i] ?? ''
  }
}
