import { el } from '../dom.js'

/** A line of a chart: its name, the custom property of its colour, and how it is drawn. */
export interface LineStyle {
  readonly label: string
  /** Name of a custom property, such as `--series-response`. */
  readonly color: string
  readonly dash?: readonly number[]
  readonly widthPx?: number
  readonly fill?: string
  /** What the legend says of it while nobody points at the chart. */
  readonly rest?: string
  /** A filled box in the legend instead of a line. */
  readonly box?: boolean
  /** Marks at its values and no line between them: for what is known now and then. */
  readonly marks?: boolean
  /** Joins values over seconds in which it was not looked at. */
  readonly spanGaps?: boolean
}

/** The legend of a chart, which shows the values under the cursor, and those of the whole while there is none. */
export class Readout {
  readonly element: HTMLElement
  readonly #lines: readonly LineStyle[]
  readonly #values: readonly HTMLElement[]

  constructor(lines: readonly LineStyle[]) {
    this.#lines = lines
    this.#values = lines.map(() => el('span', { class: 'value' }))
    this.element = el(
      'ul',
      { class: 'keys' },
      ...lines.map((line, i) => {
        const shape = line.box ? 'swatch-box' : line.dash ? 'swatch dashed' : 'swatch'
        const swatch = el('span', { class: shape, 'aria-hidden': true })
        swatch.style.setProperty('--swatch', `var(${line.color})`)
        return el('li', null, swatch, el('span', null, line.label), this.#values[i]!)
      }),
    )
    this.show(null)
  }

  /** One text a line, or `null` for the values of the whole. */
  show(texts: readonly string[] | null): void {
    for (const [i, value] of this.#values.entries()) {
      value.textContent = texts ? (texts[i] ?? '') : (this.#lines[i]!.rest ?? '')
    }
  }

  /** `p50 1.2 ms, p99 4 ms`: for readers who hear it. */
  spoken(): string {
    return this.#lines.map((line, i) => `${line.label} ${this.#values[i]!.textContent}`.trim()).join(', ')
  }
}
