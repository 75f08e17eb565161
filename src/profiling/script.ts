import { type FunctionWork, workOfFunction, workOfModule } from './function-work.js'
import { type LineWork, maxLineLength, regexNamesOf, workOfLine } from './source-line.js'
import type { ScriptMap } from './source-map.js'

/** The text of a script or source, by its lines. */
export class SourceText {
  readonly text: string
  readonly lines: readonly string[]
  #lineCount: number | null = null
  #starts: Float64Array | null = null
  #regexNames: ReadonlySet<string> | null = null

  constructor(text: string) {
    this.text = text
    this.lines = text.split('\n')
  }

  /** By the count of whoever counts the most: a compiler of JavaScript knows more line ends than `\n`. */
  get lineCount(): number {
    this.#lineCount ??= this.text.split(/\r\n?|[\n\u2028\u2029]/).length
    return this.#lineCount
  }

  get regexNames(): ReadonlySet<string> {
    this.#regexNames ??= regexNamesOf(this.text)
    return this.#regexNames
  }

  /** Where a place stands in the text; null if it lies outside. Both are 0-based. */
  offsetOf(line: number, column: number): number | null {
    const text = this.lines[line]
    if (text === undefined || column < 0 || column > text.length) return null
    this.#starts ??= startsOf(this.lines)
    return this.#starts[line]! + column
  }

  /** The 0-based place of an offset. */
  placeOf(offset: number): { readonly line: number; readonly column: number } {
    this.#starts ??= startsOf(this.lines)
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low, column: offset - this.#starts[low]! }
  }
}

function startsOf(lines: readonly string[]): Float64Array {
  const starts = new Float64Array(lines.length)
  for (let line = 1; line < lines.length; line++)
    starts[line] = starts[line - 1]! + lines[line - 1]!.length + 1
  return starts
}

/** A script of the target as far as its text and its source map could be had. */
export class Script {
  /** True where the text is known to be the one that ran. */
  readonly isExact: boolean
  readonly source: SourceText | null
  /** null where there is none, or none that fits. */
  map: ScriptMap | null = null
  readonly #works = new Map<number, LineWork>()
  readonly #functions = new Map<number, FunctionWork | null>()
  #hasTellTale: boolean | null = null

  constructor(text: string | null, isExact: boolean) {
    this.source = text === null ? null : new SourceText(text)
    this.isExact = isExact
  }

  /** True if JSON or a regular expression appears anywhere. */
  get hasTellTale(): boolean {
    this.#hasTellTale ??= (this.source?.lines ?? []).some((line) => workOfLine(line) !== 'other')
    return this.#hasTellTale
  }

  /** True where a line holds so much that its number tells nothing. */
  isLong(line: number): boolean {
    return (this.source?.lines[line - 1]?.length ?? 0) > maxLineLength
  }

  /**
   * What a line does. A call whose arguments begin on the next line is judged together with that.
   * @param line 1-based
   */
  workAt(line: number): LineWork {
    const known = this.#works.get(line)
    if (known !== undefined || this.source === null) return known ?? 'other'
    const { lines, regexNames } = this.source
    const text = lines[line - 1] ?? ''
    const isOpen = /\(\s*$/.test(text) && text.length <= maxLineLength
    const work = workOfLine(isOpen ? text.trimEnd() + (lines[line] ?? '').trim() : text, regexNames)
    this.#works.set(line, work)
    return work
  }

  /**
   * What the function that begins at a place does as a whole; null where no function is found there.
   * @param line 0-based, as `column`
   */
  workOfFunctionAt(line: number, column: number, isModule: boolean): FunctionWork | null {
    const offset = this.source?.offsetOf(line, column) ?? null
    if (this.source === null || offset === null) return null
    const key = isModule ? -1 : offset
    const known = this.#functions.get(key)
    if (known !== undefined) return known
    const { text, regexNames } = this.source
    const work = isModule ? workOfModule(text, regexNames) : workOfFunction(text, offset, regexNames)
    this.#functions.set(key, work)
    return work
  }
}
