import { carriageReturn, type Found, isBlank, newline, type RowForm, type RowSpan } from './row-form.js'

/** One row a line; lines of white space are passed over. */
export class LineForm<Row> implements RowForm<Row> {
  readonly parse: (text: string) => Row

  constructor(parse: (text: string) => Row) {
    this.parse = parse
  }

  find(bytes: Uint8Array, from: number, to: number, atEnd: boolean, span: RowSpan): Found {
    let lines = 0
    let start = from
    let blank = true
    for (let at = from; at < to; at++) {
      const byte = bytes[at]
      if (byte !== newline) {
        blank &&= isBlank(byte)
        continue
      }
      lines++
      if (!blank) return foundLine(bytes, start, at, at + 1, lines, span)
      start = at + 1
    }
    if (!atEnd) return 'more'
    if (blank) return 'end'
    return foundLine(bytes, start, to, to, lines + 1, span)
  }
}

function foundLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  next: number,
  lines: number,
  span: RowSpan,
): Found {
  span.start = start
  span.end = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end
  span.next = next
  span.linesBefore = lines - 1
  span.lines = lines
  return 'row'
}

/** @throws Error in words that need no knowledge of the parser */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`not JSON (${(error as Error).message})`)
  }
}
