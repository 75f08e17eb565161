import { ChunkLineParser } from './chunk-line-parser.js'
import { HeadParser } from './head-parser.js'

/** Error kinds of a response that cannot be read, or that is not worth reading on. */
export type ResponseErrorKind =
  | 'http-parse'
  | 'http-headers-too-large'
  | 'http-body-too-large'
  | 'http-truncated'

/** Where a parser reports to. `complete` and `failed` are the last thing that `read` and `finish` do. */
export interface ResponseHandler {
  /** The first byte of a response, of an interim one (1xx) where one precedes it. Once a response. */
  firstByte(): void
  /** An interim response (1xx) was read; the one that it precedes is still to come. */
  interim?(status: number): void
  /**
   * A whole response was read, and the parser is ready for the next.
   * @param keepAlive false if the server takes no further request on this connection.
   * @param surplus bytes of this read that lie behind the response.
   */
  complete(status: number, keepAlive: boolean, surplus: number): void
  /** The response is unusable; the parser ignores what follows. */
  failed(kind: ResponseErrorKind, detail: string): void
}

/** Takes in what responses carry, where somebody wants it. The bytes are valid during the call only. */
export interface ContentSink {
  /** Bytes of the status line and the header fields, with their line ends. */
  head(data: Uint8Array, start: number, end: number): void
  /** The head taken in so far was that of an interim response. */
  interimHead(): void
  /** Bytes of the body, without its chunk framing. */
  body(data: Uint8Array, start: number, end: number): void
}

export interface ResponseLimits {
  /** Bytes of the status line and header fields, interim responses included; and of a chunk line and trailers. */
  readonly maxHeaderBytes: number
  /** Bytes of the body without its chunk framing. */
  readonly maxBodyBytes: number
  /** True where requests are HEAD: their responses have no body, whatever the header fields say. */
  readonly headOnly: boolean
}

const IDLE = 0
const FAILED = 1
// Read byte by byte, and counted against the header limit.
const HEAD = 2
const CHUNK_LINE = 3
const TRAILERS = 4
// Skipped by their length.
const FIXED_BODY = 5
const CHUNK_DATA = 6
const BODY_UNTIL_CLOSE = 7

/**
 * Reads HTTP/1.x responses (RFC 9112) from reads of any size, one response after the other. Nothing is copied and
 * nothing allocated: bodies are skipped by their length, and all that is kept between two reads is a handful of
 * numbers. What a response carries goes to a `ContentSink`, where there is one.
 *
 * Stricter than the RFC asks of a client: lines end in CR LF, and folded fields as well as Content-Length beside
 * Transfer-Encoding are refused.
 */
export class ResponseParser {
  /** The response to come answers a HEAD: it has no body. Set between responses only. */
  headOnly: boolean
  readonly #handler: ResponseHandler
  readonly #limits: ResponseLimits
  readonly #content: ContentSink | null
  readonly #head = new HeadParser()
  #chunkLine: ChunkLineParser | null = null
  #state = IDLE
  #headerBytes = 0
  #remaining = 0
  #bodyBytes = 0
  #failure: { readonly kind: ResponseErrorKind; readonly detail: string } | null = null

  constructor(handler: ResponseHandler, limits: ResponseLimits, content: ContentSink | null = null) {
    this.#handler = handler
    this.#limits = limits
    this.#content = content
    this.headOnly = limits.headOnly
  }

  /** Body bytes of the response being read, or of the one before until the next begins. */
  get bodyBytes(): number {
    return this.#bodyBytes
  }

  /** True if a response has begun and not ended. */
  get busy(): boolean {
    return this.#state > FAILED
  }

  /** Reads `data[start, end)` up to the end of one response. What lies behind it is counted, and left unread. */
  read(data: Uint8Array, start: number, end: number): void {
    if (start === end || this.#state === FAILED) return
    if (this.#state === IDLE) {
      this.#begin()
      this.#handler.firstByte()
    }
    let position = start
    while (position < end && this.#state > FAILED) {
      position =
        this.#state < FIXED_BODY ? this.#readLines(data, position, end) : this.#skipBody(data, position, end)
    }
    if (this.#state === IDLE) this.#reportComplete(end - position)
    else if (this.#state === FAILED) this.#reportFailure()
  }

  /** The server has ended the connection. Completes a body that lasts until then; any other open response fails. */
  finish(): void {
    if (this.#state === BODY_UNTIL_CLOSE) {
      this.#state = IDLE
      this.#reportComplete(0)
    } else if (this.#state > FAILED) {
      this.#fail('http-truncated', this.#describeProgress())
      this.#reportFailure()
    }
  }

  // The handler may have the next request written, so it is called when no other step is left to do.
  #reportComplete(surplus: number): void {
    const { status, http10, keepAlive, encoded, close } = this.#head
    this.#handler.complete(status, !close && (!http10 || (keepAlive && !encoded)), surplus)
  }

  #reportFailure(): void {
    const failure = this.#failure!
    this.#failure = null
    this.#handler.failed(failure.kind, failure.detail)
  }

  #fail(kind: ResponseErrorKind, detail: string): void {
    this.#state = FAILED
    this.#failure = { kind, detail }
  }

  #begin(): void {
    this.#state = HEAD
    this.#headerBytes = 0
    this.#bodyBytes = 0
    this.#head.begin()
  }

  #readLines(data: Uint8Array, start: number, end: number): number {
    const { maxHeaderBytes } = this.#limits
    const parser = this.#state === CHUNK_LINE ? this.#chunkLine! : this.#head
    const stop = Math.min(end, start + maxHeaderBytes - this.#headerBytes)
    const position = parser.read(data, start, stop)
    this.#headerBytes += position - start
    if (this.#content !== null && this.#state === HEAD) this.#content.head(data, start, position)
    if (parser.failure !== null) this.#fail('http-parse', parser.failure)
    else if (parser.ended) this.#endLines()
    else if (stop < end) {
      this.#fail('http-headers-too-large', `the header block is longer than ${maxHeaderBytes} bytes`)
    }
    return position
  }

  #endLines(): void {
    if (this.#state === HEAD) this.#beginBody()
    else if (this.#state === TRAILERS) this.#state = IDLE
    else this.#beginChunkData(this.#chunkLine!.size)
  }

  /** How long the body is: RFC 9112, section 6.3. */
  #beginBody(): void {
    const { status, encoded, chunked, contentLength } = this.#head
    // An upgrade that nobody asked for leaves a connection that does not speak HTTP any more.
    if (status === 101) this.#fail('http-parse', 'status 101: the server switches protocols unasked')
    else if (status < 200) this.#skipInterim(status)
    else if (encoded && contentLength >= 0) {
      this.#fail('http-parse', 'Content-Length together with Transfer-Encoding')
    } else if (this.headOnly || status === 204 || status === 304) this.#state = IDLE
    else if (chunked) this.#beginChunkLine(false)
    else if (encoded || contentLength < 0) {
      this.#state = BODY_UNTIL_CLOSE
      this.#head.close = true
    } else if (contentLength > this.#limits.maxBodyBytes) this.#failTooLarge()
    else {
      this.#remaining = contentLength
      this.#state = contentLength === 0 ? IDLE : FIXED_BODY
    }
  }

  #skipInterim(status: number): void {
    this.#head.begin()
    this.#content?.interimHead()
    this.#handler.interim?.(status)
  }

  #failTooLarge(): void {
    this.#fail('http-body-too-large', `the body is longer than ${this.#limits.maxBodyBytes} bytes`)
  }

  #skipBody(data: Uint8Array, start: number, end: number): number {
    if (this.#state === BODY_UNTIL_CLOSE) {
      this.#bodyBytes += end - start
      if (this.#bodyBytes > this.#limits.maxBodyBytes) this.#failTooLarge()
      else this.#content?.body(data, start, end)
      return end
    }
    const skipped = Math.min(end - start, this.#remaining)
    this.#content?.body(data, start, start + skipped)
    this.#bodyBytes += skipped
    this.#remaining -= skipped
    if (this.#remaining > 0) return end
    if (this.#state === FIXED_BODY) this.#state = IDLE
    else {
      this.#headerBytes = 0
      this.#beginChunkLine(true)
    }
    return start + skipped
  }

  #beginChunkLine(afterData: boolean): void {
    this.#state = CHUNK_LINE
    this.#chunkLine ??= new ChunkLineParser()
    this.#chunkLine.begin(afterData)
  }

  #beginChunkData(size: number): void {
    if (size > this.#limits.maxBodyBytes - this.#bodyBytes) this.#failTooLarge()
    else if (size > 0) {
      this.#state = CHUNK_DATA
      this.#remaining = size
    } else {
      this.#state = TRAILERS
      this.#head.beginTrailers()
    }
  }

  #describeProgress(): string {
    if (this.#state === HEAD) return 'the connection ended inside the header block'
    if (this.#state !== FIXED_BODY)
      return `the connection ended inside a chunked body, after ${this.#bodyBytes} bytes`
    return `the connection ended after ${this.#bodyBytes} of ${this.#head.contentLength} bytes of the body`
  }
}
