/** What client and server agreed on for permessage-deflate (RFC 7692 section 7.1). */
export interface DeflateParameters {
  /** The server compresses each message by itself. */
  readonly serverNoContextTakeover: boolean
  /** So must the client. */
  readonly clientNoContextTakeover: boolean
  /** Log2 of the bytes that the server's messages may refer back to. */
  readonly serverWindowBits: number
  /** The same for the client's. */
  readonly clientWindowBits: number
}

/** What browsers offer: all parameters are left to the server, also the size of the client's window. */
export const deflateOffer = 'permessage-deflate; client_max_window_bits'

const widestWindowBits = 15
const parameterNames = [
  'server_no_context_takeover',
  'client_no_context_takeover',
  'server_max_window_bits',
  'client_max_window_bits',
]
// From 8 to 15, without leading zeros, plain or as a quoted string.
const windowBits = /^(?:([89]|1[0-5])|"([89]|1[0-5])")$/

/**
 * Reads the value of the server's Sec-WebSocket-Extensions. Returns what was agreed, or why the answer does not fit
 * the offer.
 */
export function readDeflateAnswer(value: string): DeflateParameters | string {
  const [name = '', ...parameters] = value.split(';').map((part) => part.trim())
  // No valid value of a parameter holds a comma, so one of them means a second extension.
  if (value.includes(',')) return 'the server chose more extensions than were offered'
  if (name !== 'permessage-deflate') return 'the server chose an extension that was not offered'
  const given = new Map<string, string | null>()
  for (const parameter of parameters) {
    const [, key = '', text = null] = /^([^\s=]+)(?:\s*=\s*(\S+))?$/.exec(parameter) ?? []
    if (!parameterNames.includes(key)) return 'permessage-deflate has an unknown parameter'
    if (given.has(key)) return `permessage-deflate has ${key} twice`
    if (key.endsWith('_takeover') && text !== null) return `${key} takes no value`
    if (key.endsWith('_bits') && !windowBits.test(text ?? '')) return `${key} is not between 8 and 15`
    given.set(key, text)
  }
  const bitsOf = (key: string): number => {
    const [, plain, quoted] = windowBits.exec(given.get(key) ?? '') ?? []
    return Number(plain ?? quoted ?? widestWindowBits)
  }
  return {
    serverNoContextTakeover: given.has('server_no_context_takeover'),
    clientNoContextTakeover: given.has('client_no_context_takeover'),
    serverWindowBits: bitsOf('server_max_window_bits'),
    clientWindowBits: bitsOf('client_max_window_bits'),
  }
}
