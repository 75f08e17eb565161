import type { PayloadWriter } from '../../load/driver.js'
import { type RequestOptions, renderHead } from './request-head.js'

const endOfHead = Buffer.from('\r\n\r\n')
const noBytes = Buffer.alloc(0)
const DIGIT_0 = 48
const BRACE = 123
const BRACKET = 91
/** Digits of the largest safe integer. */
const maxDigits = 16

/**
 * Renders the requests of a run: one constant for methods without a payload, else head, length and payload in
 * scratch memory that all requests share. A body that is sent apart from its head is not part of the request.
 */
export class RequestWriter {
  /** The method is HEAD: responses have no body. */
  readonly headOnly: boolean
  /** False if each request asks the server to close the connection. */
  readonly keepAlive: boolean
  /** The body is sent once the server has asked for it (RFC 9110, section 10.1.1). */
  readonly awaitsContinue: boolean
  /** The payload rendered last, where it is sent apart from its head; valid until the next call of `render`. */
  body = noBytes
  readonly #payload: PayloadWriter
  readonly #constant: Buffer | null
  /** Heads up to the digits of Content-Length, for a JSON payload and any other. */
  readonly #jsonHead: Buffer
  readonly #otherHead: Buffer
  #scratch = noBytes
  #request = this.#scratch
  // What the scratch memory holds before the payload: a head, a number of so many digits, the end of the head.
  #head: Buffer
  #digits = 0

  /**
   * @param fileBytes length of the file that is sent in place of a payload; null for none
   * @throws PlimsollError USAGE for a method or header that cannot be sent
   */
  constructor(options: RequestOptions, payload: PayloadWriter, fileBytes: number | null = null) {
    const head = renderHead(options)
    const headFor = (type: string): Buffer => {
      const contentType = head.hasContentType ? '' : `Content-Type: ${type}\r\n`
      return Buffer.from(`${head.text}${contentType}Content-Length: `, 'latin1')
    }
    this.headOnly = head.method === 'HEAD'
    this.keepAlive = head.keepAlive
    this.awaitsContinue = head.awaitsContinue && (head.hasPayload || fileBytes !== null)
    this.#payload = payload
    if (fileBytes !== null) {
      const start = headFor('application/octet-stream')
      this.#constant = Buffer.concat([start, Buffer.from(String(fileBytes)), endOfHead])
    } else this.#constant = head.hasPayload ? null : Buffer.from(`${head.text}\r\n`, 'latin1')
    this.#jsonHead = headFor('application/json')
    this.#otherHead = headFor(payload.binary ? 'application/octet-stream' : 'text/plain; charset=utf-8')
    this.#head = this.#jsonHead
  }

  /** The request of message `id`, without a body that is sent apart; valid until the next call. */
  render(id: number): Buffer {
    if (this.#constant !== null) return this.#constant
    this.#reserve(this.#payload.prepare(id))
    const scratch = this.#scratch
    // The layout of the request before is tried first; the payload moves where its length or kind differs.
    const guess = this.#head.length + this.#digits + endOfHead.length
    const length = this.#payload.write(scratch, guess)
    const first = length > 0 ? scratch[guess] : 0
    const head = first === BRACE || first === BRACKET ? this.#jsonHead : this.#otherHead
    const digits = countDigits(length)
    const start = head.length + digits + endOfHead.length
    if (head !== this.#head || digits !== this.#digits) {
      scratch.copyWithin(start, guess, guess + length)
      scratch.set(head, 0)
      scratch.set(endOfHead, head.length + digits)
      this.#head = head
      this.#digits = digits
    }
    writeDigits(scratch, head.length + digits, length)
    if (this.awaitsContinue) {
      this.body = scratch.subarray(start, start + length)
      return scratch.subarray(0, start)
    }
    if (this.#request.length !== start + length) this.#request = scratch.subarray(0, start + length)
    return this.#request
  }

  /** The request rendered last is still being read by the kernel; the next one goes into other memory. */
  surrender(): void {
    this.#replaceScratch(this.#scratch.length)
  }

  #reserve(payloadBytes: number): void {
    const heads = Math.max(this.#jsonHead.length, this.#otherHead.length)
    const needed = heads + maxDigits + endOfHead.length + payloadBytes
    if (needed > this.#scratch.length) this.#replaceScratch(Math.max(needed, 2 * this.#scratch.length))
  }

  #replaceScratch(size: number): void {
    this.#scratch = Buffer.allocUnsafeSlow(size)
    this.#request = this.#scratch.subarray(0, 0)
    // No number has no digits: the next request lays out its head anew.
    this.#digits = 0
  }
}

function countDigits(value: number): number {
  let digits = 1
  for (let power = 10; value >= power; power *= 10) digits++
  return digits
}

function writeDigits(target: Buffer, end: number, value: number): void {
  let rest = value
  let at = end
  do {
    const next = Math.floor(rest / 10)
    target[--at] = DIGIT_0 + (rest - next * 10)
    rest = next
  } while (rest > 0)
}
