import type { ContentSink } from './response-parser.js'

/** A header field: its name in lower case, and its value without the blanks around it. */
export type Field = readonly [name: string, value: string]

const nothing = Buffer.alloc(0)
const SPACE = 32
const TAB = 9

/**
 * Keeps what one response carries: its head as text and its body as bytes, each bounded by the limits of the parser
 * that fills it.
 */
export class ResponseCollector implements ContentSink {
  #head = ''
  #body = nothing
  #bodyLength = 0

  head(data: Uint8Array, start: number, end: number): void {
    this.#head += asBuffer(data).toString('latin1', start, end)
  }

  interimHead(): void {
    this.#head = ''
  }

  /** A body that comes in one piece is copied once; of more pieces, capacity doubles, however small they are. */
  body(data: Uint8Array, start: number, end: number): void {
    const needed = this.#bodyLength + end - start
    if (needed > this.#body.length) {
      const wider = Buffer.allocUnsafe(Math.max(needed, 2 * this.#body.length))
      this.#body.copy(wider, 0, 0, this.#bodyLength)
      this.#body = wider
    }
    asBuffer(data).copy(this.#body, this.#bodyLength, start, end)
    this.#bodyLength = needed
  }

  /** Status line and header fields, each with its CR LF, as Latin-1. It is the caller's from now on. */
  takeHead(): string {
    const head = this.#head
    this.#head = ''
    return head
  }

  /** It is the caller's from now on. */
  takeBody(): Buffer {
    const filled = this.#bodyLength === this.#body.length
    const body = filled ? this.#body : Buffer.from(this.#body.subarray(0, this.#bodyLength))
    this.#body = nothing
    this.#bodyLength = 0
    return body
  }
}

/** The header fields of a head that a parser has accepted. */
export function fieldsOf(head: string): Field[] {
  const fields: Field[] = []
  let from = head.indexOf('\r\n') + 2
  let end = head.indexOf('\r\n', from)
  while (end > from) {
    const colon = head.indexOf(':', from)
    fields.push([head.slice(from, colon).toLowerCase(), sliceWithoutBlanks(head, colon + 1, end)])
    from = end + 2
    end = head.indexOf('\r\n', from)
  }
  return fields
}

/** Blanks are SP and HTAB only (RFC 9110, section 5.6.3): `trim` would take away bytes that belong to the value. */
function sliceWithoutBlanks(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB

const asBuffer = (data: Uint8Array): Buffer =>
  Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
