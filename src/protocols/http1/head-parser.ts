import {
  COLON,
  COMMA,
  CR,
  DIGIT_0,
  DIGIT_9,
  describeBadText,
  describeBareCr,
  describeByte,
  describeMisplaced,
  endOfText,
  LF,
  SPACE,
  TAB,
} from './octets.js'
import {
  CHUNKED,
  CLOSE,
  CONNECTION,
  CONTENT_LENGTH,
  fieldNames,
  KEEP_ALIVE,
  listElements,
  START,
  STOP,
  TRANSFER_ENCODING,
} from './word-matcher.js'

const ENDED = 0
const STATUS_LINE = 1
const FIELD_NAME = 2
const FIELD_TEXT = 3
const FIELD_LENGTH = 4
const FIELD_LIST = 5
const FIELD_END = 6
const BLOCK_END = 7

const BEFORE_DIGITS = 0
const IN_DIGITS = 1
const AFTER_DIGITS = 2

const httpName = Buffer.from('HTTP/1.')
const ABSENT = -1

/**
 * Reads the status line and the header fields of one response, or the trailer fields behind a chunked body, from
 * reads of any size. Names and values are recognised byte by byte; nothing of them is kept but what they mean for
 * framing and reuse (RFC 9112, sections 4 to 7).
 */
export class HeadParser {
  #state = ENDED
  /** Place inside the element being read: a position of the status line, a matcher's state, before or after digits. */
  #cursor = 0
  #field = 0
  #number = 0
  #trailers = false
  status = 0
  /** HTTP/1.0; any later minor version counts as 1.1. */
  http10 = false
  /** Of Content-Length; -1 without one. */
  contentLength = ABSENT
  /** There is a Transfer-Encoding. */
  encoded = false
  /** `chunked` is the last transfer coding. */
  chunked = false
  /** Connection says `close`. */
  close = false
  /** Connection says `keep-alive`. */
  keepAlive = false
  /** What is wrong with the bytes read; nothing may be read after it. */
  failure: string | null = null

  /** The empty line was read. */
  get ended(): boolean {
    return this.#state === ENDED
  }

  /** Forgets the response before and expects a status line. */
  begin(): void {
    this.#state = STATUS_LINE
    this.#cursor = 0
    this.#trailers = false
    this.status = 0
    this.contentLength = ABSENT
    this.encoded = false
    this.chunked = false
    this.close = false
    this.keepAlive = false
    this.failure = null
  }

  /** Expects trailer fields; they must be well formed, and change nothing. */
  beginTrailers(): void {
    this.#trailers = true
    this.#beginField()
  }

  /** Reads from `data[start, stop)` until the empty line or a failure; returns the position behind what it read. */
  read(data: Uint8Array, start: number, stop: number): number {
    let position = start
    while (position < stop && this.#state !== ENDED && this.failure === null) {
      switch (this.#state) {
        case STATUS_LINE:
          position = this.#readStatusLine(data, position, stop)
          break
        case FIELD_NAME:
          position = this.#readFieldName(data, position, stop)
          break
        case FIELD_TEXT:
          position = this.#readText(data, position, stop)
          break
        case FIELD_LENGTH:
          position = this.#readLength(data, position, stop)
          break
        case FIELD_LIST:
          position = this.#readList(data, position, stop)
          break
        default:
          this.#readLineFeed(data[position++]!)
      }
    }
    return position
  }

  #readLineFeed(byte: number): void {
    if (byte !== LF) this.failure = describeBareCr(byte)
    else if (this.#state === BLOCK_END) this.#state = ENDED
    else this.#beginField()
  }

  #readStatusLine(data: Uint8Array, start: number, stop: number): number {
    let position = start
    let cursor = this.#cursor
    for (; position < stop; position++, cursor++) {
      const byte = data[position]!
      if (cursor === 12) {
        this.#endStatusCode(byte)
        return position
      }
      if (!isValidAt(cursor, byte)) {
        this.failure = `the status line has ${describeByte(byte)} at position ${cursor}`
        return position
      }
      if (cursor === 7) this.http10 = byte === DIGIT_0
      else if (cursor > 8) this.status = this.status * 10 + byte - DIGIT_0
    }
    this.#cursor = cursor
    return position
  }

  /** Servers without a reason phrase tend to leave out the space before it too. */
  #endStatusCode(byte: number): void {
    if (byte !== SPACE && byte !== CR) {
      this.failure = `the status line has ${describeByte(byte)} after the status code`
    } else if (this.status < 100) this.failure = `the status code ${this.status} is below 100`
    else this.#state = FIELD_TEXT
  }

  #beginField(): void {
    this.#state = FIELD_NAME
    this.#cursor = START
  }

  #readFieldName(data: Uint8Array, start: number, stop: number): number {
    const { next } = fieldNames
    let state = this.#cursor
    let position = start
    for (; position < stop; position++) {
      const after = next[(state << 8) | data[position]!]!
      if (after === STOP) break
      state = after
    }
    this.#cursor = state
    return position === stop ? stop : this.#endFieldName(data[position]!, state, position)
  }

  #endFieldName(byte: number, state: number, position: number): number {
    if (state !== START && byte === COLON) this.#beginValue(fieldNames.wordAt[state]!)
    else if (state === START && byte === CR) this.#state = BLOCK_END
    else if (state === START && (byte === SPACE || byte === TAB)) {
      this.failure = 'a header field is folded over two lines'
    } else this.failure = describeMisplaced(byte, 'a header field name')
    return position + 1
  }

  #beginValue(field: number): void {
    this.#field = field
    if (field === 0 || this.#trailers) this.#state = FIELD_TEXT
    else if (field === CONTENT_LENGTH) {
      this.#state = FIELD_LENGTH
      this.#cursor = BEFORE_DIGITS
    } else {
      this.#state = FIELD_LIST
      this.#cursor = START
      if (field === TRANSFER_ENCODING) this.encoded = true
    }
  }

  #readText(data: Uint8Array, start: number, stop: number): number {
    const position = endOfText(data, start, stop)
    if (position === stop) return stop
    if (data[position] === CR) this.#state = FIELD_END
    else this.failure = describeBadText(data[position]!)
    return position + 1
  }

  /** A list of one and the same number is that number: RFC 9112, section 6.3, item 5. */
  #readLength(data: Uint8Array, start: number, stop: number): number {
    let position = start
    while (position < stop && this.#state === FIELD_LENGTH && this.failure === null) {
      const byte = data[position++]!
      if (byte >= DIGIT_0 && byte <= DIGIT_9 && this.#cursor !== AFTER_DIGITS) {
        this.#number = (this.#cursor === BEFORE_DIGITS ? 0 : this.#number * 10) + byte - DIGIT_0
        this.#cursor = IN_DIGITS
        if (this.#number > Number.MAX_SAFE_INTEGER) this.failure = 'Content-Length is out of range'
      } else if (byte === SPACE || byte === TAB) {
        if (this.#cursor === IN_DIGITS) this.#cursor = AFTER_DIGITS
      } else if (this.#cursor === BEFORE_DIGITS || (byte !== CR && byte !== COMMA)) {
        this.failure = describeMisplaced(byte, 'a digit of Content-Length')
      } else this.#endLength(byte)
    }
    return position
  }

  #endLength(byte: number): void {
    if (this.contentLength !== ABSENT && this.contentLength !== this.#number) {
      this.failure = `Content-Length is both ${this.contentLength} and ${this.#number}`
    }
    this.contentLength = this.#number
    this.#cursor = BEFORE_DIGITS
    if (byte === CR) this.#state = FIELD_END
  }

  #readList(data: Uint8Array, start: number, stop: number): number {
    const { next } = listElements
    let state = this.#cursor
    let position = start
    for (; position < stop; position++) {
      const after = next[(state << 8) | data[position]!]!
      if (after === STOP) break
      state = after
    }
    this.#cursor = state
    if (position === stop) return stop
    const byte = data[position]!
    if (byte !== CR && byte !== COMMA) this.failure = describeBadText(byte)
    else if (state !== START) this.#endElement(listElements.wordAt[state]!)
    this.#cursor = START
    if (byte === CR) this.#state = FIELD_END
    return position + 1
  }

  #endElement(word: number): void {
    if (this.#field === CONNECTION) {
      if (word === CLOSE) this.close = true
      else if (word === KEEP_ALIVE) this.keepAlive = true
    } else if (this.chunked && word === CHUNKED) this.failure = 'Transfer-Encoding is chunked twice'
    else this.chunked = word === CHUNKED
  }
}

function isValidAt(cursor: number, byte: number): boolean {
  if (cursor < 7) return byte === httpName[cursor]
  if (cursor === 8) return byte === SPACE
  return byte >= DIGIT_0 && byte <= DIGIT_9
}
