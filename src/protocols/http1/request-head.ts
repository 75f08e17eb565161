import { PlimsollError } from '../../kernel/errors.js'
import type { DriverOptions } from '../../load/driver.js'

export type RequestOptions = Pick<DriverOptions, 'url' | 'headers' | 'method'>

/** What all requests of a run have in common. */
export interface RequestHead {
  readonly method: string
  /** Request line and header fields, each with its CR LF, without those of the payload and the empty line. */
  readonly text: string
  readonly hasPayload: boolean
  /** The headers name a Content-Type of their own. */
  readonly hasContentType: boolean
  /** False if the headers ask the server to close the connection after its response. */
  readonly keepAlive: boolean
  /** The headers ask the server to say whether it takes the body, with status 100. */
  readonly awaitsContinue: boolean
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

const standardMethods = /^(get|head|post|put|patch|delete|options|trace|connect)$/i
const methodsWithoutPayload = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])
// The length is that of each payload; a given value would break the framing of the message.
const framingHeaders = new Set(['content-length', 'transfer-encoding'])

/**
 * Renders the head of a request (RFC 9112, sections 3 and 5) in origin form. A header of the user replaces the
 * default of that name; repeated ones are all sent.
 * @throws PlimsollError USAGE for a method or header that cannot be sent
 */
export function renderHead(options: RequestOptions): RequestHead {
  const { url, headers } = options
  const method = checkMethod(options.method)
  const given = new Set(headers.map(([name]) => name.toLowerCase()))
  const fields: Array<readonly [name: string, value: string]> = []
  if (!given.has('host')) fields.push(['Host', url.host])
  if (!given.has('user-agent')) fields.push(['User-Agent', 'plimsoll'])
  const credentials = credentialsOf(url)
  if (credentials !== null && !given.has('authorization'))
    fields.push(['Authorization', `Basic ${credentials}`])
  for (const [name, value] of headers) fields.push([checkName(name), checkValue(name, value)])
  return {
    method,
    text:
      `${method} ${url.pathname}${url.search} HTTP/1.1\r\n` +
      fields.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
    hasPayload: !methodsWithoutPayload.has(method),
    hasContentType: given.has('content-type'),
    keepAlive: !headers.some(([name, value]) => name.toLowerCase() === 'connection' && hasClose(value)),
    awaitsContinue: headers.some(
      ([name, value]) => /^expect$/i.test(name) && /^100-continue$/i.test(value.trim()),
    ),
  }
}

/** @throws PlimsollError USAGE */
export function checkMethod(text: string): string {
  const method = standardMethods.test(text) ? text.toUpperCase() : text
  if (!token.test(method)) {
    throw new PlimsollError('USAGE', `'${text}' is not an HTTP method.`, {
      hint: 'Write one like GET or POST.',
    })
  }
  if (method === 'CONNECT') {
    throw new PlimsollError('USAGE', 'The method CONNECT asks for a tunnel, which is no load to measure.', {
      hint: 'Name the service itself as the target.',
    })
  }
  return method
}

/** @throws PlimsollError USAGE */
export function checkName(name: string): string {
  if (!token.test(name)) {
    throw new PlimsollError('USAGE', `'${name}' is not the name of a header.`, {
      hint: "Write a header like 'authorization: Bearer abc'.",
    })
  }
  if (framingHeaders.has(name.toLowerCase())) {
    throw new PlimsollError('USAGE', `The header ${name} follows from the payload and cannot be given.`, {
      hint: 'Leave it out.',
    })
  }
  return name
}

/** The value without blanks around it. @throws PlimsollError USAGE */
export function checkValue(name: string, value: string): string {
  if (!fieldValue.test(value)) {
    throw new PlimsollError(
      'USAGE',
      `The value of the header ${name} holds characters that headers cannot.`,
      {
        hint: 'Line breaks and control characters are not allowed; encode others, for example with percent signs.',
      },
    )
  }
  return value.trim()
}

/** A Connection field asks for the end of the connection. */
export const hasClose = (value: string): boolean =>
  value.split(',').some((part) => part.trim().toLowerCase() === 'close')

/** The user and password of a URL, as basic authentication wants them (RFC 7617). */
export function credentialsOf(url: URL): string | null {
  if (url.username === '' && url.password === '') return null
  return Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign is allowed in a URL and stands for itself.
    return text
  }
}
