import type { ExchangeEvents, ExchangeRequest } from '../../load/session-transport.js'
import { checkMethod, checkName, checkValue, credentialsOf, hasClose } from './request-head.js'

/** A request of a session, rendered, and where its outcome goes. */
export class Exchange {
  readonly events: ExchangeEvents
  /** The whole request, or all of it up to a long body. */
  readonly bytes: Buffer
  /** A body too long to be copied: it follows `bytes`, and must not change until it was written. */
  readonly longBody: Uint8Array | null
  readonly headOnly: boolean
  /** Sending it twice does what sending it once does (RFC 9110, section 9.2.2). */
  readonly idempotent: boolean
  /** False if it asks the server to close the connection. */
  readonly keepAlive: boolean
  /** `events.written` was called: once, also where it had to be sent twice. */
  written = false

  /** @throws PlimsollError USAGE for a method or header that cannot be sent */
  constructor(request: ExchangeRequest, events: ExchangeEvents) {
    const { url, body } = request
    const method = checkMethod(request.method)
    const fields = renderFields(request)
    const length = body === null ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length
    const framing = body !== null || expectsBody.has(method) ? `Content-Length: ${length}\r\n\r\n` : '\r\n'
    const head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${fields.text}${framing}`
    this.events = events
    this.longBody = length > longBodyBytes ? bytesOf(body!) : null
    this.bytes = this.longBody === null ? join(head, body ?? '', length) : Buffer.from(head, 'latin1')
    this.headOnly = method === 'HEAD'
    this.idempotent = idempotentMethods.has(method)
    this.keepAlive = fields.keepAlive
  }

  get byteLength(): number {
    return this.bytes.length + (this.longBody?.length ?? 0)
  }
}

/** Up to so many bytes, one write of head and body is worth the copy. */
const longBodyBytes = 65_536

/** They announce a body of no bytes, too: RFC 9110, section 8.6. */
const expectsBody = new Set(['POST', 'PUT', 'PATCH'])
const idempotentMethods = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])

function renderFields({ url, headers }: ExchangeRequest): { text: string; keepAlive: boolean } {
  let text = ''
  let keepAlive = true
  let host = `Host: ${url.host}\r\n`
  let userAgent = 'User-Agent: plimsoll\r\n'
  let credentials = url.username === '' && url.password === '' ? null : credentialsOf(url)
  for (const [name, given] of headers) {
    const value = checkValue(name, given)
    text += `${checkName(name)}: ${value}\r\n`
    switch (name.toLowerCase()) {
      case 'host':
        host = ''
        break
      case 'user-agent':
        userAgent = ''
        break
      case 'authorization':
        credentials = null
        break
      case 'connection':
        if (hasClose(value)) keepAlive = false
    }
  }
  const authorization = credentials === null ? '' : `Authorization: Basic ${credentials}\r\n`
  return { text: host + userAgent + authorization + text, keepAlive }
}

function join(head: string, body: string | Uint8Array, length: number): Buffer {
  if (length === 0) return Buffer.from(head, 'latin1')
  const bytes = Buffer.allocUnsafe(head.length + length)
  bytes.write(head, 0, 'latin1')
  if (typeof body === 'string') bytes.write(body, head.length, 'utf8')
  else bytes.set(body, head.length)
  return bytes
}

const bytesOf = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body
