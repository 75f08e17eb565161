import { describe, expect, it } from 'vitest'
import type { ExchangeRequest } from '../../../../src/load/session-transport.js'
import { Exchange } from '../../../../src/protocols/http1/session-exchange.js'

const events = { written() {}, firstByte() {}, complete() {}, failed() {} }

const exchange = (request: Partial<ExchangeRequest> = {}): Exchange =>
  new Exchange(
    { method: 'GET', url: new URL('http://h:81/a?b=c#d'), headers: [], body: null, ...request },
    events,
  )

const render = (request: Partial<ExchangeRequest> = {}): string => exchange(request).bytes.toString('latin1')

describe('a request of a session', () => {
  it('has what HTTP asks for', () => {
    expect(render()).toBe('GET /a?b=c HTTP/1.1\r\nHost: h:81\r\nUser-Agent: plimsoll\r\n\r\n')
    expect(render({ url: new URL('https://h/') })).toBe(
      'GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: plimsoll\r\n\r\n',
    )
  })

  it('takes headers as they are given, in place of its own', () => {
    expect(
      render({
        headers: [
          ['host', 'x'],
          ['USER-AGENT', 'y'],
          ['Cookie', ' a=b '],
        ],
      }),
    ).toBe('GET /a?b=c HTTP/1.1\r\nhost: x\r\nUSER-AGENT: y\r\nCookie: a=b\r\n\r\n')
  })

  it('has the credentials of its URL, unless others are given', () => {
    const url = new URL('http://user:p%C3%A4ss@h/')
    expect(render({ url })).toContain(
      `\r\nAuthorization: Basic ${Buffer.from('user:päss').toString('base64')}\r\n`,
    )
    expect(render({ url, headers: [['authorization', 'Bearer x']] })).not.toContain('Basic')
  })

  it.each([
    ['GET', null, false],
    ['DELETE', null, false],
    ['POST', null, true],
    ['PUT', null, true],
    ['GET', '', true],
  ])('%s with the body %j announces a length: %s', (method, body, announced) => {
    expect(render({ method, body }).includes('\r\nContent-Length: 0\r\n\r\n')).toBe(announced)
  })

  it('counts the bytes of a text', () => {
    expect(exchange({ method: 'POST', body: 'äöü' }).bytes.toString()).toMatch(
      /\r\nContent-Length: 6\r\n\r\näöü$/,
    )
  })

  it('does not copy a long body', () => {
    const body = Buffer.alloc(100_000)
    const { bytes, longBody, byteLength } = exchange({ method: 'POST', body })
    expect(longBody).toBe(body)
    expect(bytes.toString()).toMatch(/Content-Length: 100000\r\n\r\n$/)
    expect(byteLength).toBe(bytes.length + 100_000)
  })

  it.each([
    ['GET', true],
    ['HEAD', true],
    ['PUT', true],
    ['DELETE', true],
    ['OPTIONS', true],
    ['TRACE', true],
    ['POST', false],
    ['PATCH', false],
    ['PURGE', false],
  ])('knows whether %s may be sent twice: %s', (method, idempotent) => {
    expect(exchange({ method }).idempotent).toBe(idempotent)
  })

  it('knows whether it is the last one of its connection', () => {
    expect(exchange({ headers: [['connection', 'x, Close']] }).keepAlive).toBe(false)
    expect(exchange({ headers: [['connection', 'keep-alive']] }).keepAlive).toBe(true)
  })

  it.each([
    { method: 'CONNECT' },
    { method: 'A B' },
    { headers: [['x\r\ny', 'z']] as const },
    { headers: [['x', 'y\r\nz: a']] as const },
    { headers: [['x', '\u2603']] as const },
    { headers: [['Transfer-Encoding', 'chunked']] as const },
    { headers: [['Content-Length', '1']] as const },
  ])('refuses $method$headers', (request) => {
    expect(() => exchange(request)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })
})
