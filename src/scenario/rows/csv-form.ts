import { parse } from 'csv-parse/sync'
import { carriageReturn, type Found, newline, type RowForm, type RowSpan } from './row-form.js'

const quote = 0x22

/**
 * Records of a CSV file (RFC 4180). Where a record ends is a matter of counting quotes; what its fields are is left
 * to `csv-parse`, unless it holds no quote at all.
 */
export class CsvForm implements RowForm<string[]> {
  readonly #delimiter: string

  constructor(delimiter: string) {
    this.#delimiter = delimiter
  }

  find(bytes: Uint8Array, from: number, to: number, atEnd: boolean, span: RowSpan): Found {
    let lines = 0
    let start = from
    let quoted = false
    span.linesBefore = 0
    for (let at = from; at < to; at++) {
      const byte = bytes[at]
      if (byte === quote) quoted = !quoted
      if (byte !== newline) continue
      lines++
      if (quoted) continue
      const end = at > start && bytes[at - 1] === carriageReturn ? at - 1 : at
      if (end > start) return found(start, end, at + 1, lines, span)
      start = at + 1
      span.linesBefore = lines
    }
    if (!atEnd) return 'more'
    if (start === to) return 'end'
    return found(start, to, to, lines + 1, span)
  }

  parse(text: string): string[] {
    if (!text.includes('"')) return text.split(this.#delimiter)
    return parseQuoted(text, this.#delimiter)
  }
}

function found(start: number, end: number, next: number, lines: number, span: RowSpan): Found {
  span.start = start
  span.end = end
  span.next = next
  span.lines = lines
  return 'row'
}

const problems: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote inside a field that is not quoted',
  CSV_INVALID_CLOSING_QUOTE: 'text behind a closing quote',
  CSV_QUOTE_NOT_CLOSED: 'a quoted field that is never closed',
}

/** @throws Error that says what is wrong */
function parseQuoted(text: string, delimiter: string): string[] {
  try {
    const records = parse(text, {
      delimiter,
      record_delimiter: ['\n', '\r\n'],
      relax_column_count: true,
    }) as string[][]
    return records[0]!
  } catch (error) {
    throw new Error(problems[(error as { code?: string }).code ?? ''] ?? (error as Error).message)
  }
}
