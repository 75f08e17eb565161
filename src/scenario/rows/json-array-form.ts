import { parseJson } from './line-form.js'
import { type Found, isBlank, newline, type RowForm, type RowSpan } from './row-form.js'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * The elements of one JSON array, without reading the array as a whole. A search begins behind `[`, at the comma
 * behind an element, or at `]`.
 */
export class JsonArrayForm<Row> implements RowForm<Row> {
  find(bytes: Uint8Array, from: number, to: number, atEnd: boolean, span: RowSpan): Found {
    span.linesBefore = 0
    span.lines = 0
    if (bytes[from] === closeBracket && from < to) return afterArray(bytes, from + 1, to, atEnd, span)
    let at = from
    if (at < to && bytes[at] === comma) at++
    for (; at < to && isBlank(bytes[at]); at++) {
      if (bytes[at] === newline) span.linesBefore++
    }
    span.start = at
    span.lines = span.linesBefore
    const end = endOfElement(bytes, at, to, span)
    if (end === undefined) return atEnd ? broken(span, 'the array is not closed') : 'more'
    if (end === null) return broken(span, 'a } without its {')
    span.end = end
    span.next = end
    return 'row'
  }

  parse(text: string): Row {
    return parseJson(text) as Row
  }
}

/** Where the comma or bracket behind the element stands; undefined where it is not there yet, null where it cannot be. */
function endOfElement(bytes: Uint8Array, from: number, to: number, span: RowSpan): number | null | undefined {
  let depth = 0
  let inString = false
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === backslash) at++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === openBrace || byte === openBracket) depth++
    else if (depth === 0 && (byte === comma || byte === closeBracket)) return at
    else if (depth === 0 && byte === closeBrace) return null
    else if (byte === closeBrace || byte === closeBracket) depth--
    else if (byte === newline) span.lines++
  }
  return undefined
}

function afterArray(bytes: Uint8Array, from: number, to: number, atEnd: boolean, span: RowSpan): Found {
  for (let at = from; at < to; at++) {
    if (!isBlank(bytes[at])) return broken(span, 'something follows the array')
    if (bytes[at] === newline) span.linesBefore++
  }
  return atEnd ? 'end' : 'more'
}

function broken(span: RowSpan, problem: string): Found {
  span.problem = problem
  return 'broken'
}
