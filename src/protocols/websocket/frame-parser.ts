import { isUtf8 } from 'node:buffer'
import { CloseCode, isCloseCode } from './close-codes.js'
import { compressedBit, Opcode } from './frame-writer.js'
import type { InflateErrorKind, Inflater } from './message-deflate.js'

/** What a server sent. `data[start, end)` is valid during the call only. */
export interface FrameHandler {
  onMessage(data: Buffer, start: number, end: number, binary: boolean): void
  onPing(data: Buffer, start: number, end: number): void
  /** @param code 1005 where the frame carries none */
  onCloseFrame(code: number, reason: string): void
}

/** A breach of RFC 6455, or of a limit, by the server. */
export type FrameErrorKind =
  | InflateErrorKind
  | 'ws-frame-too-large'
  | 'ws-masked-frame'
  | 'ws-reserved-bits'
  | 'ws-bad-opcode'
  | 'ws-bad-control'
  | 'ws-bad-continuation'
  | 'ws-invalid-utf8'
  | 'ws-bad-close'

const nothing = Buffer.alloc(0)
const maxControlBytes = 125
const longestHeader = 10
// Below it a loop over the bytes beats the call into simdutf.
const shortText = 512
const firstCarry = 4_096
/** The bits of a word that are set in no ASCII character. */
const highBits = 0x80808080 | 0

/**
 * Incremental parser of a server's frames (RFC 6455 sections 5 and 8.1) for one connection. A frame that lies whole
 * in the bytes read is handed on in place; one that is cut is gathered, within the limit, until its last byte came.
 */
export class FrameParser {
  readonly #handler: FrameHandler
  readonly #maxMessageBytes: number
  readonly #inflater: Inflater | null
  // A frame whose end is still to come: its bytes from the first of the header on.
  #carry: Buffer = nothing
  #carried = 0
  // The fragments of a message so far.
  #message: Buffer = nothing
  #gathered = 0
  /** The first byte of the first one but for its FIN bit; 0 between messages. */
  #messageStart = 0
  #stopped = false

  /** @param inflater where permessage-deflate was agreed on, else null */
  constructor(handler: FrameHandler, maxMessageBytes: number, inflater: Inflater | null = null) {
    this.#handler = handler
    this.#maxMessageBytes = maxMessageBytes
    this.#inflater = inflater
  }

  /** Bytes of memory that wait for the rest of a frame or message. */
  get bufferedBytes(): number {
    return this.#carry.length + this.#message.length
  }

  /** No further frame is handed on, not even of the bytes being parsed. For a connection that ends in a callback. */
  stop(): void {
    this.#stopped = true
    this.#carry = nothing
    this.#carried = 0
    this.#message = nothing
    this.#gathered = 0
  }

  /**
   * Takes the bytes `chunk[start, end)` as they were read. Returns the error kind of the first breach, after which
   * the parser has stopped, or null. A close frame stops it too.
   */
  push(chunk: Buffer, start: number, end: number): FrameErrorKind | null {
    const problem = this.#parse(chunk, start, end)
    if (problem !== null) this.stop()
    return problem
  }

  #parse(chunk: Buffer, start: number, end: number): FrameErrorKind | null {
    let position = start
    while (position < end && !this.#stopped) {
      if (this.#carried > 0) {
        const taken = this.#fillCarry(chunk, position, end)
        if (typeof taken === 'string') return taken
        position += taken
        continue
      }
      const available = end - position
      let headerBytes = 2
      let length = 0
      if (available >= 2) {
        const problem = this.#checkStart(chunk[position]!, chunk[position + 1]!)
        if (problem !== null) return problem
        headerBytes = headerSize(chunk[position + 1]!)
        if (available >= headerBytes) {
          length = payloadSize(chunk, position)
          const excess = this.#checkLength(chunk[position]!, length)
          if (excess !== null) return excess
        }
      }
      if (available < headerBytes + length) {
        this.#append(chunk, position, end, Math.max(longestHeader, headerBytes + length))
        return null
      }
      const payload = position + headerBytes
      position = payload + length
      const problem = this.#dispatch(chunk[payload - headerBytes]!, chunk, payload, position)
      if (problem !== null) return problem
    }
    return null
  }

  // Brings the carried frame nearer to its end, a header first; dispatches it when it is whole.
  #fillCarry(chunk: Buffer, start: number, end: number): number | FrameErrorKind {
    let position = start
    const headerBytes = this.#carried < 2 ? 2 : headerSize(this.#carry[1]!)
    if (this.#carried < headerBytes) {
      position += this.#append(
        chunk,
        position,
        Math.min(end, position + headerBytes - this.#carried),
        headerBytes,
      )
      if (this.#carried < headerBytes) return position - start
      const problem = this.#checkStart(this.#carry[0]!, this.#carry[1]!)
      if (problem !== null) return problem
      // The first two bytes may just have told that the header is longer.
      if (this.#carried < headerSize(this.#carry[1]!)) return position - start
      const excess = this.#checkLength(this.#carry[0]!, payloadSize(this.#carry, 0))
      if (excess !== null) return excess
    }
    const total = headerBytes + payloadSize(this.#carry, 0)
    if (this.#carried < total) {
      position += this.#append(chunk, position, Math.min(end, position + total - this.#carried), total)
      if (this.#carried < total) return position - start
    }
    const frame = this.#carry
    this.#carry = nothing
    this.#carried = 0
    return this.#dispatch(frame[0]!, frame, headerBytes, total) ?? position - start
  }

  // Memory grows with what has come, not with what was announced.
  #append(chunk: Buffer, start: number, end: number, total: number): number {
    const taken = end - start
    const needed = this.#carried + taken
    if (needed > this.#carry.length) {
      this.#carry = grown(this.#carry, this.#carried, Math.min(Math.max(2 * needed, firstCarry), total))
    }
    chunk.copy(this.#carry, this.#carried, start, end)
    this.#carried = needed
    return taken
  }

  #checkStart(first: number, second: number): FrameErrorKind | null {
    if ((first & 0x70) !== 0 && !this.#mayBeCompressed(first)) return 'ws-reserved-bits'
    const opcode = first & 0x0f
    if ((opcode > Opcode.binary && opcode < Opcode.close) || opcode > Opcode.pong) return 'ws-bad-opcode'
    if ((second & 0x80) !== 0) return 'ws-masked-frame'
    if (opcode >= Opcode.close) {
      return first < 0x80 || (second & 0x7f) > maxControlBytes ? 'ws-bad-control' : null
    }
    const started = this.#messageStart !== 0
    return (opcode === Opcode.continuation) === started ? null : 'ws-bad-continuation'
  }

  // RFC 7692 section 6: the first frame of a data message carries the bit for all of them.
  #mayBeCompressed(first: number): boolean {
    const opcode = first & 0x0f
    return (
      this.#inflater !== null &&
      (first & 0x70) === compressedBit &&
      (opcode === Opcode.text || opcode === Opcode.binary)
    )
  }

  #checkLength(first: number, length: number): FrameErrorKind | null {
    if ((first & 0x0f) >= Opcode.close) return null
    if (length > this.#maxMessageBytes) return 'ws-frame-too-large'
    return this.#gathered + length > this.#maxMessageBytes ? 'ws-message-too-large' : null
  }

  #dispatch(first: number, data: Buffer, start: number, end: number): FrameErrorKind | null {
    const opcode = first & 0x0f
    switch (opcode) {
      case Opcode.text:
      case Opcode.binary:
        if (first >= 0x80) return this.#deliver(first & 0x7f, data, start, end)
        this.#messageStart = first
        this.#gather(data, start, end)
        return null
      case Opcode.continuation:
        this.#gather(data, start, end)
        return first >= 0x80 ? this.#deliverGathered() : null
      case Opcode.ping:
        this.#handler.onPing(data, start, end)
        return null
      case Opcode.close:
        return this.#close(data, start, end)
      default:
        return null
    }
  }

  /** @param kind the opcode, with the compressed bit */
  #deliver(kind: number, data: Buffer, start: number, end: number): FrameErrorKind | null {
    if (kind >= compressedBit) {
      const message = this.#inflater!.inflate(data, start, end, this.#maxMessageBytes)
      if (typeof message === 'string') return message
      return this.#deliver(kind - compressedBit, message, 0, message.length)
    }
    const binary = kind === Opcode.binary
    if (!binary && !isValidText(data, start, end)) return 'ws-invalid-utf8'
    this.#handler.onMessage(data, start, end, binary)
    return null
  }

  #deliverGathered(): FrameErrorKind | null {
    const message = this.#message
    const length = this.#gathered
    const kind = this.#messageStart
    this.#message = nothing
    this.#gathered = 0
    this.#messageStart = 0
    return this.#deliver(kind, message, 0, length)
  }

  #gather(data: Buffer, start: number, end: number): void {
    const needed = this.#gathered + end - start
    if (needed > this.#message.length) {
      this.#message = grown(
        this.#message,
        this.#gathered,
        Math.min(2 * needed, Math.max(this.#maxMessageBytes, needed)),
      )
    }
    data.copy(this.#message, this.#gathered, start, end)
    this.#gathered = needed
  }

  #close(data: Buffer, start: number, end: number): FrameErrorKind | null {
    if (end - start === 1) return 'ws-bad-close'
    const code = end === start ? CloseCode.none : data.readUInt16BE(start)
    if (end > start && !isCloseCode(code)) return 'ws-bad-close'
    if (!isValidText(data, start + 2, end)) return 'ws-invalid-utf8'
    const reason = data.toString('utf8', Math.min(start + 2, end), end)
    this.stop()
    this.#handler.onCloseFrame(code, reason)
    return null
  }
}

function grown(old: Buffer, used: number, bytes: number): Buffer {
  const bigger = Buffer.allocUnsafeSlow(bytes)
  old.copy(bigger, 0, 0, used)
  return bigger
}

function headerSize(second: number): number {
  const length = second & 0x7f
  if (length < 126) return 2
  return length === 126 ? 4 : longestHeader
}

/** The payload's length; the header must be complete. */
function payloadSize(data: Buffer, start: number): number {
  const length = data[start + 1]! & 0x7f
  if (length < 126) return length
  if (length === 126) return data.readUInt16BE(start + 2)
  return data.readUInt32BE(start + 2) * 4_294_967_296 + data.readUInt32BE(start + 6)
}

function isValidText(data: Buffer, start: number, end: number): boolean {
  if (end - start <= shortText && isAscii(data, start, end)) return true
  return isUtf8(data.subarray(start, end))
}

// The words of the buffer that was looked at last: nearly always the one that all sockets read into.
let wordsOf: Buffer = nothing
let words: Int32Array = new Int32Array(0)

function isAscii(data: Buffer, start: number, end: number): boolean {
  if (data !== wordsOf) {
    wordsOf = data
    const aligned = data.byteOffset % 4 === 0 ? data.length >>> 2 : 0
    words = new Int32Array(data.buffer, aligned > 0 ? data.byteOffset : 0, aligned)
  }
  let bits = 0
  let position = start
  const firstWord = (start + 3) >>> 2
  const endWord = Math.min(end >>> 2, words.length)
  if (firstWord < endWord) {
    for (; position < firstWord << 2; position++) bits |= data[position]!
    for (let word = firstWord; word < endWord; word++) bits |= words[word]! & highBits
    position = endWord << 2
  }
  for (; position < end; position++) bits |= data[position]!
  return (bits & highBits) === 0
}
