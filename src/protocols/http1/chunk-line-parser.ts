import {
  CR,
  describeBadText,
  describeBareCr,
  describeByte,
  describeMisplaced,
  endOfText,
  LF,
  SEMICOLON,
  SPACE,
  TAB,
} from './octets.js'

const ENDED = 0
const SIZE_START = 1
const SIZE = 2
const BLANK = 3
const EXTENSION = 4
const LINE_END = 5
const DATA_CR = 6
const DATA_LF = 7

/** Value of a hexadecimal digit by its byte; 16 for any other byte. */
const hexDigits = new Uint8Array(256).fill(16)
for (let digit = 0; digit < 16; digit++) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

/**
 * Reads the line before the data of a chunk, `1f;extension CR LF`, and the CR LF that ends the data of the chunk
 * before (RFC 9112, section 7.1). Extensions are skipped.
 */
export class ChunkLineParser {
  #state = ENDED
  /** Bytes of data that follow; 0 for the last chunk. Exact up to 2^53, and never too small beyond it. */
  size = 0
  /** What is wrong with the bytes read; nothing may be read after it. */
  failure: string | null = null

  get ended(): boolean {
    return this.#state === ENDED
  }

  begin(afterData: boolean): void {
    this.#state = afterData ? DATA_CR : SIZE_START
    this.size = 0
    this.failure = null
  }

  /** Reads from `data[start, stop)` until the line ends or a failure; returns the position behind what it read. */
  read(data: Uint8Array, start: number, stop: number): number {
    let position = start
    while (position < stop && this.#state !== ENDED && this.failure === null) {
      if (this.#state === EXTENSION) {
        position = endOfText(data, position, stop)
        if (position === stop) return stop
      }
      this.#readByte(data[position++]!)
    }
    return position
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case SIZE_START:
      case SIZE:
        this.#readSize(byte)
        break
      case BLANK:
        if (byte === SEMICOLON) this.#state = EXTENSION
        else if (byte !== SPACE && byte !== TAB) this.#failAfterSize(byte)
        break
      case EXTENSION:
        if (byte === CR) this.#state = LINE_END
        else this.failure = describeBadText(byte)
        break
      case DATA_CR:
        if (byte === CR) this.#state = DATA_LF
        else this.failure = `a chunk is longer than its size: ${describeByte(byte)} follows`
        break
      default:
        if (byte !== LF) this.failure = describeBareCr(byte)
        else this.#state = this.#state === DATA_LF ? SIZE_START : ENDED
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigits[byte]!
    if (digit < 16) {
      this.size = this.size * 16 + digit
      this.#state = SIZE
    } else if (this.#state === SIZE_START) {
      this.failure = describeMisplaced(byte, 'a chunk size')
    } else if (byte === CR) this.#state = LINE_END
    else if (byte === SEMICOLON) this.#state = EXTENSION
    else if (byte === SPACE || byte === TAB) this.#state = BLANK
    else this.#failAfterSize(byte)
  }

  #failAfterSize(byte: number): void {
    this.failure = describeMisplaced(byte, 'the end of a chunk size')
  }
}
