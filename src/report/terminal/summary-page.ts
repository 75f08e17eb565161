import picocolors from 'picocolors'
import { padEnd, safeLine, wrap } from './text-layout.js'

export type Paint = (text: string) => string

const labelColumns = 11

/** Lines under construction: labels on the left, wrapped text on the right. */
export class SummaryPage {
  readonly paint: ReturnType<typeof picocolors.createColors>
  readonly width: number
  readonly #lines: string[] = []

  constructor(options: { readonly colors: boolean; readonly width: number }) {
    this.paint = picocolors.createColors(options.colors)
    this.width = Math.max(40, options.width)
  }

  get room(): number {
    return this.width - labelColumns
  }

  line(text: string): void {
    this.#lines.push(text.trimEnd())
  }

  blank(): void {
    if (this.#lines.at(-1) !== '') this.#lines.push('')
  }

  /** A label and its text, wrapped to the room on its right. */
  entry(label: string, text: string, paint: Paint = (plain) => plain): void {
    for (const [i, part] of wrap(safeLine(text), this.room).entries()) {
      this.line(this.label(i === 0 ? label : '') + paint(part.replaceAll('\u00a0', ' ')))
    }
  }

  /** A label and a path, on one line however long, so that it can be copied. */
  path(label: string, text: string): void {
    this.line(this.label(label) + safeLine(text))
  }

  paragraph(text: string, indent: number, paint: Paint = (plain) => plain): void {
    for (const part of wrap(safeLine(text), this.width - indent)) this.line(' '.repeat(indent) + paint(part))
  }

  label(text: string): string {
    return this.paint.dim(padEnd(text, labelColumns))
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}
