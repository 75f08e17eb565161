import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../../src/kernel/errors.js'
import {
  acceptOf,
  Handshake,
  type HandshakeOptions,
  HandshakeReader,
} from '../../../../src/protocols/websocket/handshake.js'

// The key and its answer in RFC 6455 section 1.3.
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

const handshake = (options: Partial<HandshakeOptions> = {}) =>
  new Handshake({
    url: new URL('ws://localhost:8080/chat?room=1#top'),
    headers: [],
    subprotocols: [],
    compression: false,
    maxHeaderBytes: 1_000,
    ...options,
  })

const response = (...lines: string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
const status = 'HTTP/1.1 101 Switching Protocols'
const valid = [
  status,
  'Upgrade: WebSocket',
  'connection: keep-alive,  UPGRADE',
  `Sec-WebSocket-Accept:${accept} `,
]

/** Feeds the pieces; the offset counts from the start of them all. */
function read(pieces: readonly Buffer[], options: Partial<HandshakeOptions> = {}) {
  const reader = new HandshakeReader(handshake(options), key)
  let before = 0
  for (const piece of pieces) {
    const offset = reader.push(piece, piece.length)
    if (offset >= 0) return { end: before + offset, kind: null, subprotocol: reader.subprotocol }
    if (reader.failure) return { end: -1, kind: reader.failure.kind, subprotocol: null }
    before += piece.length
  }
  return { end: -1, kind: null, subprotocol: null }
}

const refusal = (options: Partial<HandshakeOptions>): string => {
  try {
    handshake(options)
  } catch (error) {
    if (error instanceof PlimsollError) return error.code
    throw error
  }
  return 'accepted'
}

describe('Handshake request', () => {
  const request = (options: Partial<HandshakeOptions> = {}) =>
    handshake(options).request(key).toString('latin1')

  it('is what RFC 6455 asks for', () => {
    const lines = request().split('\r\n')
    expect(lines[0]).toBe('GET /chat?room=1 HTTP/1.1')
    expect(lines.slice(-2)).toEqual(['', ''])
    expect(lines.slice(1, -2).sort()).toEqual([
      'Connection: Upgrade',
      'Host: localhost:8080',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Upgrade: websocket',
      'User-Agent: plimsoll',
    ])
  })

  it('carries the given headers, which may replace Host, Origin and User-Agent', () => {
    const lines = request({
      headers: [
        ['host', 'example.test'],
        ['Origin', 'https://example.test'],
        ['user-agent', 'probe'],
        ['cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ],
    }).split('\r\n')
    for (const line of ['host: example.test', 'Origin: https://example.test', 'user-agent: probe']) {
      expect(lines).toContain(line)
    }
    expect(lines.filter((line) => /^host|^user-agent/i.test(line))).toHaveLength(2)
    expect(lines.filter((line) => /^cookie/i.test(line))).toEqual(['cookie: a=1', 'Cookie: b=2'])
  })

  it('offers subprotocols from either option, once each', () => {
    const text = request({ subprotocols: ['a', 'b'], headers: [['sec-websocket-protocol', 'b, c']] })
    expect(text).toContain('\r\nSec-WebSocket-Protocol: a, b, c\r\n')
  })

  it('turns the user of the URL into basic authentication', () => {
    const text = request({ url: new URL('ws://us%40er:pass%@localhost/') })
    expect(text).toContain(`\r\nAuthorization: Basic ${Buffer.from('us@er:pass%').toString('base64')}\r\n`)
  })

  it('draws a key of 16 bytes for each connection', () => {
    const keys = new Set(Array.from({ length: 100 }, () => handshake().newKey()))
    expect(keys.size).toBe(100)
    for (const each of keys) expect(Buffer.from(each, 'base64')).toHaveLength(16)
  })

  it.each([
    ['x', 'a\r\nb: c'],
    ['x', 'a\nb'],
    ['x', 'a\0'],
    ['x', '€'],
    ['x y', '1'],
    ['', '1'],
    ['Sec-WebSocket-Key', 'mine'],
    ['connection', 'close'],
    ['sec-websocket-protocol', 'a b'],
  ])('refuses the header %j: %j', (name, value) => {
    expect(refusal({ headers: [[name, value]] })).toBe('BAD_VALUE')
  })

  it('refuses a subprotocol that is no token', () => {
    expect(refusal({ subprotocols: ['a\r\nb'] })).toBe('BAD_VALUE')
  })
})

describe('HandshakeReader', () => {
  it('knows the answer to the key of RFC 6455', () => {
    expect(acceptOf(key)).toBe(accept)
  })

  it('leaves the bytes behind the head to the first frame, wherever the reads are cut', () => {
    const head = response(...valid)
    const bytes = Buffer.concat([head, Buffer.from([0x81, 0x01, 0x61])])
    expect(read([bytes]).end).toBe(head.length)
    for (let place = 0; place <= bytes.length; place++) {
      expect(read([bytes.subarray(0, place), bytes.subarray(place)]).end).toBe(head.length)
    }
    expect(read([...bytes].map((byte) => Buffer.from([byte]))).end).toBe(head.length)
  })

  const refused: Array<[kind: string, what: string, bytes: Buffer, options?: Partial<HandshakeOptions>]> = [
    ['handshake-status-403', '403', response('HTTP/1.1 403 Forbidden', 'content-length: 0')],
    ['handshake-status-200', '200 of an HTTP/1.0 server', response('HTTP/1.0 200')],
    ['handshake-invalid', '101 of an HTTP/1.0 server', response('HTTP/1.0 101 Yes', ...valid.slice(1))],
    ['handshake-invalid', 'a status of two digits', response('HTTP/1.1 10', ...valid.slice(1))],
    ['handshake-invalid', 'another protocol', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['handshake-invalid', 'a header without a colon', response(...valid, 'nonsense')],
    ['handshake-invalid', 'a space before the colon', response(...valid, 'a : b')],
    ['handshake-invalid', 'a folded header', response(...valid, ' more')],
    ['handshake-invalid', 'a bare line feed', response(...valid, 'a: b\nc: d')],
    ['handshake-invalid', 'a NUL', response(...valid, 'a: \0')],
    ['handshake-invalid', 'no Upgrade', response(...valid.filter((line) => !line.startsWith('Upgrade')))],
    [
      'handshake-invalid',
      'Upgrade to something else',
      response(...valid.map((line) => line.replace('WebSocket', 'h2c'))),
    ],
    [
      'handshake-invalid',
      'no Connection',
      response(...valid.filter((line) => !line.startsWith('connection'))),
    ],
    [
      'handshake-extension',
      'one where none was offered',
      response(...valid, 'Sec-WebSocket-Extensions: permessage-deflate'),
    ],
    [
      'handshake-extension',
      'another than was offered',
      response(...valid, 'Sec-WebSocket-Extensions: x-webkit-deflate-frame'),
      { compression: true },
    ],
    [
      'handshake-extension',
      'two headers',
      response(...valid, ...Array(2).fill('Sec-WebSocket-Extensions: permessage-deflate')),
      { compression: true },
    ],
    ['handshake-bad-accept', 'no accept', response(...valid.slice(0, 3))],
    [
      'handshake-bad-accept',
      'a wrong accept',
      response(...valid.slice(0, 3), `Sec-WebSocket-Accept: ${key}`),
    ],
    ['handshake-bad-accept', 'two accepts', response(...valid, `Sec-WebSocket-Accept: ${accept}`)],
    ['handshake-subprotocol', 'one not offered', response(...valid, 'Sec-WebSocket-Protocol: a')],
    [
      'handshake-subprotocol',
      'two at once',
      response(...valid, 'Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: b'),
      { subprotocols: ['a', 'b'] },
    ],
    ['handshake-subprotocol', 'none of the offered', response(...valid), { subprotocols: ['a', 'b'] }],
    ['handshake-headers-too-large', 'a long head', response(...valid, `a: ${'b'.repeat(1_000)}`)],
    [
      'handshake-headers-too-large',
      'a head without an end',
      Buffer.from(`${status}\r\n${'a: b\r\n'.repeat(300)}`),
    ],
  ]

  it.each(refused)('%s: %s', (kind, _what, bytes, options = {}) => {
    expect(read([bytes], options).kind).toBe(kind)
    expect(
      read(
        [...bytes].map((byte) => Buffer.from([byte])),
        options,
      ).kind,
    ).toBe(kind)
  })

  it('reports the subprotocol that the server chose', () => {
    expect(
      read([response(...valid, 'Sec-WebSocket-Protocol: b')], { subprotocols: ['a', 'b'] }).subprotocol,
    ).toBe('b')
  })

  it('takes a head of exactly the limit and no byte more', () => {
    const head = response(...valid)
    expect(read([head], { maxHeaderBytes: head.length }).end).toBe(head.length)
    expect(read([head], { maxHeaderBytes: head.length - 1 }).kind).toBe('handshake-headers-too-large')
  })

  it('gives the same verdict on mutated heads, whole and cut, and never throws', () => {
    const bytes = response(...valid)
    const flip = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(flip, { maxLength: 4 }), fc.nat(bytes.length), (flips, place) => {
        const mutated = Buffer.from(bytes)
        for (const [at, value] of flips) mutated[at] = value
        const whole = read([mutated])
        expect(read([mutated.subarray(0, place), mutated.subarray(place)])).toEqual(whole)
      }),
      { numRuns: 5_000 },
    )
  })
})
