import { createHash, randomBytes } from 'node:crypto'
import { PlimsollError } from '../../kernel/errors.js'
import { type DeflateParameters, deflateOffer, readDeflateAnswer } from './deflate-negotiation.js'

// RFC 6455 section 1.3
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/
const statusLine = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/
/** Responses that announce another one (RFC 9110 section 15.2): 1xx but for 101, which is the answer itself. */
const interimLine = /^HTTP\/1\.1 1(?!01)[0-9]{2}(?: [\t\x20-\x7e\x80-\xff]*)?$/
const httpVersion = Buffer.from('HTTP/1.')
const nothing = Buffer.alloc(0)

// What the handshake itself decides; a caller's value would contradict it.
const ownHeaders = new Set([
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'content-length',
  'transfer-encoding',
])

/** What is sent and expected in the handshakes of one driver, or of one socket of a session. */
export interface HandshakeOptions {
  readonly url: URL
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly subprotocols: readonly string[]
  /** Offer permessage-deflate. */
  readonly compression: boolean
  /** Limit of the response's header block in bytes. */
  readonly maxHeaderBytes: number
}

export type HandshakeErrorKind =
  | `handshake-status-${number}`
  | 'handshake-bad-accept'
  | 'handshake-invalid'
  | 'handshake-headers-too-large'
  | 'handshake-subprotocol'
  | 'handshake-extension'

export interface HandshakeFailure {
  readonly kind: HandshakeErrorKind
  readonly detail: string
}

/** The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key. */
export const acceptOf = (key: string): string =>
  createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64')

/** The opening handshake (RFC 6455 section 4.1): the request but for its key is rendered once. */
export class Handshake {
  readonly subprotocols: readonly string[]
  readonly compression: boolean
  readonly maxHeaderBytes: number
  readonly #beforeKey: string
  readonly #afterKey: string

  /** @throws PlimsollError BAD_VALUE for a header or subprotocol that cannot be sent */
  constructor(options: HandshakeOptions) {
    const headers = new Map<string, string>()
    const set = (name: string, value: string): void => {
      headers.set(name.toLowerCase(), `${name}: ${value}\r\n`)
    }
    const offered = [...options.subprotocols]
    set('Host', options.url.host)
    set('User-Agent', 'plimsoll')
    const credentials = credentialsOf(options.url)
    if (credentials !== null) set('Authorization', `Basic ${credentials}`)
    const repeated: string[] = []
    const given = new Set<string>()
    for (const [name, value] of options.headers) {
      checkHeader(name, value)
      const lower = name.toLowerCase()
      if (lower === 'sec-websocket-protocol') offered.push(...value.split(',').map((part) => part.trim()))
      else if (given.has(lower)) repeated.push(`${name}: ${value}\r\n`)
      else set(name, value)
      given.add(lower)
    }
    this.subprotocols = [...new Set(offered)]
    for (const subprotocol of this.subprotocols) checkSubprotocol(subprotocol)
    if (this.subprotocols.length > 0) set('Sec-WebSocket-Protocol', this.subprotocols.join(', '))
    if (options.compression) set('Sec-WebSocket-Extensions', deflateOffer)
    this.compression = options.compression
    this.maxHeaderBytes = options.maxHeaderBytes
    this.#beforeKey =
      `GET ${options.url.pathname}${options.url.search} HTTP/1.1\r\n` +
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      `${[...headers.values(), ...repeated].join('')}Sec-WebSocket-Key: `
    this.#afterKey = '\r\n\r\n'
  }

  /** A fresh key, base64. */
  newKey(): string {
    return randomBytes(16).toString('base64')
  }

  request(key: string): Buffer {
    return Buffer.from(this.#beforeKey + key + this.#afterKey, 'latin1')
  }
}

/** Reads the response to one handshake, however its bytes are cut. */
export class HandshakeReader {
  /** The subprotocol that the server chose. */
  subprotocol: string | null = null
  /** What was agreed on for permessage-deflate; null where messages go uncompressed. */
  deflate: DeflateParameters | null = null
  failure: HandshakeFailure | null = null
  readonly #handshake: Handshake
  readonly #key: string
  #head = nothing
  /** Bytes of the interim responses before it. */
  #skipped = 0

  constructor(handshake: Handshake, key: string) {
    this.#handshake = handshake
    this.#key = key
  }

  /**
   * Takes the bytes `chunk[0, length)` as they were read. Returns the offset in `chunk` of the first byte behind a
   * complete and valid response (`length` where there is none, but those that follow belong to the first frame), or
   * −1: incomplete, or invalid, and then `failure` is set.
   */
  push(chunk: Buffer, length: number): number {
    const limit = this.#handshake.maxHeaderBytes
    const before = this.#skipped + this.#head.length
    let from = Math.max(0, this.#head.length - 3)
    // One byte beyond the limit tells a head of the exact size from a longer one.
    const taken = Math.min(length, limit + 1 - before)
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, taken)])
    for (;;) {
      if (!startsLikeHttp(this.#head)) return this.#fail('handshake-invalid', 'the answer is not HTTP')
      const end = this.#head.indexOf('\r\n\r\n', from, 'latin1')
      if (this.#skipped + (end < 0 ? this.#head.length : end + 4) > limit) {
        return this.#fail('handshake-headers-too-large', `the response headers exceed ${limit} bytes`)
      }
      if (end < 0) return -1
      const [status = '', ...fields] = this.#head.toString('latin1', 0, end).split('\r\n')
      if (!interimLine.test(status))
        return this.#check(status, fields) ? this.#skipped + end + 4 - before : -1
      if (parseFields(fields) === null) {
        return this.#fail('handshake-invalid', 'a header of an interim response is malformed')
      }
      this.#skipped += end + 4
      this.#head = this.#head.subarray(end + 4)
      from = 0
    }
  }

  #check(status: string, lines: readonly string[]): boolean {
    const [, version, code] = statusLine.exec(status) ?? []
    if (code === undefined || (code === '101' && version === '0')) {
      return this.#refuse('handshake-invalid', 'the status line is malformed')
    }
    if (code !== '101') return this.#refuse(`handshake-status-${Number(code)}`, status)
    const fields = parseFields(lines)
    if (fields === null) return this.#refuse('handshake-invalid', 'a response header is malformed')
    if (fields.get('upgrade')?.toLowerCase() !== 'websocket') {
      return this.#refuse('handshake-invalid', 'no Upgrade: websocket in the response')
    }
    if (!hasToken(fields.get('connection'), 'upgrade')) {
      return this.#refuse('handshake-invalid', 'no Connection: Upgrade in the response')
    }
    if (fields.get('sec-websocket-accept') !== acceptOf(this.#key)) {
      return this.#refuse('handshake-bad-accept', 'Sec-WebSocket-Accept does not answer the key')
    }
    return (
      this.#checkExtensions(fields.get('sec-websocket-extensions')) &&
      this.#checkSubprotocol(fields.get('sec-websocket-protocol'))
    )
  }

  #checkExtensions(chosen: string | undefined): boolean {
    if (chosen === undefined) return true
    if (!this.#handshake.compression) {
      return this.#refuse('handshake-extension', 'the server chose an extension, and none was offered')
    }
    const answer = readDeflateAnswer(chosen)
    if (typeof answer === 'string') return this.#refuse('handshake-extension', answer)
    this.deflate = answer
    return true
  }

  // A server that chooses none is refused as well, as browsers do: what it speaks would be a guess.
  #checkSubprotocol(chosen: string | undefined): boolean {
    const { subprotocols } = this.#handshake
    if (chosen === undefined && subprotocols.length === 0) return true
    if (chosen === undefined) {
      return this.#refuse('handshake-subprotocol', `the server chose none of ${subprotocols.join(', ')}`)
    }
    if (!subprotocols.includes(chosen)) {
      return this.#refuse(
        'handshake-subprotocol',
        `the server chose '${chosen.slice(0, 100)}', which was not offered`,
      )
    }
    this.subprotocol = chosen
    return true
  }

  #refuse(kind: HandshakeErrorKind, detail: string): false {
    this.failure = { kind, detail: detail.slice(0, 200) }
    this.#head = nothing
    return false
  }

  #fail(kind: HandshakeErrorKind, detail: string): -1 {
    this.#refuse(kind, detail)
    return -1
  }
}

function startsLikeHttp(head: Buffer): boolean {
  const length = Math.min(head.length, httpVersion.length)
  return head.compare(httpVersion, 0, length, 0, length) === 0
}

/** Header fields by lower-case name, repeated ones joined by a comma; null where a line is malformed (RFC 9112 section 5). */
function parseFields(lines: readonly string[]): Map<string, string> | null {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    const value = line.slice(colon + 1)
    if (!token.test(name) || !fieldValue.test(value)) return null
    const known = fields.get(name)
    fields.set(name, known === undefined ? withoutBlanks(value) : `${known}, ${withoutBlanks(value)}`)
  }
  return fields
}

const hasToken = (value: string | undefined, wanted: string): boolean =>
  value?.split(',').some((part) => withoutBlanks(part).toLowerCase() === wanted) ?? false

/** Without spaces and tabs around it: `trim` takes off more than HTTP calls white space (RFC 9110 section 5.6.3). */
function withoutBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--
  return text.slice(start, end)
}

/** The user and password of a URL, as basic authentication wants them (RFC 7617). */
function credentialsOf(url: URL): string | null {
  if (url.username === '' && url.password === '') return null
  return Buffer.from(`${decoded(url.username)}:${decoded(url.password)}`).toString('base64')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign is allowed in a URL and stands for itself.
    return text
  }
}

function checkHeader(name: string, value: string): void {
  if (!token.test(name)) {
    throw new PlimsollError('BAD_VALUE', `'${name}' is not the name of a header.`, {
      hint: "Write a header like 'authorization: Bearer abc'.",
    })
  }
  if (!fieldValue.test(value)) {
    throw new PlimsollError(
      'BAD_VALUE',
      `The value of the header ${name} holds characters that headers cannot.`,
      {
        hint: 'Line breaks and control characters are not allowed; encode others, for example with percent signs.',
      },
    )
  }
  if (ownHeaders.has(name.toLowerCase())) {
    throw new PlimsollError('BAD_VALUE', `The header ${name} belongs to the WebSocket handshake itself.`, {
      hint: 'Leave it out.',
    })
  }
}

function checkSubprotocol(subprotocol: string): void {
  if (token.test(subprotocol)) return
  throw new PlimsollError('BAD_VALUE', `'${subprotocol}' is not the name of a subprotocol.`, {
    hint: 'Write one like graphql-transport-ws; name several by repeating the option.',
  })
}
