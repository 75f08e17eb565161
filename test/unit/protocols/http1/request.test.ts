import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../../src/kernel/errors.js'
import { RequestWriter } from '../../../../src/protocols/http1/request.js'
import type { RequestOptions } from '../../../../src/protocols/http1/request-head.js'
import type { PayloadWriter } from '../../../../src/scenario/payload.js'

/** Message `id` carries `contents[id]`; the bound that it promises is `slack` bytes too high. */
function payloadOf(contents: readonly (string | Buffer)[], slack = 0): PayloadWriter {
  let next = Buffer.alloc(0)
  return {
    binary: typeof contents[0] !== 'string',
    prepare(id) {
      next = Buffer.from(contents[id]!)
      return next.length + slack
    },
    write: (target, offset) => next.copy(target, offset),
  }
}

const none = payloadOf([])

function optionsFor(url: string, method = 'GET', headers: RequestOptions['headers'] = []): RequestOptions {
  return { url: new URL(url), method, headers }
}

const render = (options: RequestOptions, payload = none, id = 0): string =>
  new RequestWriter(options, payload).render(id).toString('latin1')

describe('a request without a payload', () => {
  it('is one constant, byte for byte', () => {
    const writer = new RequestWriter(optionsFor('http://127.0.0.1:8080/a%20b?q=ä#part'), none)
    expect(writer.render(1).toString('latin1')).toBe(
      'GET /a%20b?q=%C3%A4 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: plimsoll\r\n\r\n',
    )
    const first = writer.render(1)
    writer.surrender()
    expect(writer.render(2)).toBe(first)
  })

  it.each([
    ['http://[::1]:3000/', 'Host: [::1]:3000\r\n'],
    ['http://[::1]/', 'Host: [::1]\r\n'],
    ['http://example.test:80/', 'Host: example.test\r\n'],
    ['http://example.test:8080/', 'Host: example.test:8080\r\n'],
  ])('names the host of %s', (url, line) => {
    expect(render(optionsFor(url))).toContain(`\r\n${line}`)
  })

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'delete'])('has no length with %s', (method) => {
    const text = render(optionsFor('http://h/', method))
    expect(text.startsWith(`${method.toUpperCase()} / HTTP/1.1\r\n`)).toBe(true)
    expect(text).not.toContain('Content-')
  })

  it('knows HEAD', () => {
    expect(new RequestWriter(optionsFor('http://h/', 'head'), none).headOnly).toBe(true)
    expect(new RequestWriter(optionsFor('http://h/', 'GET'), none).headOnly).toBe(false)
  })
})

describe('headers of the user', () => {
  it('replace the defaults, whatever their case', () => {
    const text = render(
      optionsFor('http://h/', 'GET', [
        ['host', 'other:1'],
        ['USER-AGENT', 'mine'],
        ['Cookie', ' a=b '],
        ['Cookie', 'c=d'],
      ]),
    )
    expect(text).toBe(
      'GET / HTTP/1.1\r\nhost: other:1\r\nUSER-AGENT: mine\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n',
    )
  })

  it('replace the Content-Type', () => {
    const options = optionsFor('http://h/', 'POST', [['content-type', 'text/csv']])
    expect(render(options, payloadOf(['{}']))).toContain(
      'content-type: text/csv\r\nContent-Length: 2\r\n\r\n{}',
    )
    expect(render(options, payloadOf(['{}']))).not.toContain('application/json')
  })

  it('are asked whether they keep the connection', () => {
    const keeps = (value: string): boolean =>
      new RequestWriter(optionsFor('http://h/', 'GET', [['connection', value]]), none).keepAlive
    expect(keeps('keep-alive')).toBe(true)
    expect(keeps('x, Close')).toBe(false)
    expect(new RequestWriter(optionsFor('http://h/'), none).keepAlive).toBe(true)
  })

  it('take the credentials of the URL', () => {
    const credentials = Buffer.from('me:p w%').toString('base64')
    expect(render(optionsFor('http://me:p%20w%25@h/'))).toContain(`Authorization: Basic ${credentials}\r\n`)
    expect(render(optionsFor('http://me:p%@h/'))).toContain(
      `Basic ${Buffer.from('me:p%').toString('base64')}\r\n`,
    )
    const given = render(optionsFor('http://me:p@h/', 'GET', [['authorization', 'Bearer x']]))
    expect(given).not.toContain('Basic')
  })

  it.each([
    [[['x', 'a\r\nevil: 1']], 'GET', /value of the header x/],
    [[['x', 'a\nb']], 'GET', /value of the header x/],
    [[['x', 'a\0b']], 'GET', /value of the header x/],
    [[['x', '\u20ac']], 'GET', /value of the header x/],
    [[['x\r\nevil', 'a']], 'GET', /not the name of a header/],
    [[['', 'a']], 'GET', /not the name of a header/],
    [[['Content-Length', '3']], 'POST', /Content-Length/],
    [[['transfer-encoding', 'chunked']], 'POST', /transfer-encoding/],
    [[], 'GET / HTTP/1.1\r\nx: y', /not an HTTP method/],
    [[], '', /not an HTTP method/],
    [[], 'connect', /tunnel/],
  ] as ReadonlyArray<readonly [Array<[string, string]>, string, RegExp]>)(
    '%j with method %j are refused',
    (headers, method, message) => {
      const attempt = (): RequestWriter => new RequestWriter(optionsFor('http://h/', method, headers), none)
      expect(attempt).toThrow(PlimsollError)
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }),
      )
    },
  )
})

describe('a request with a payload', () => {
  const post = optionsFor('http://h/p', 'POST')

  it.each([
    ['{"id":1}', 'application/json'],
    ['[1]', 'application/json'],
    ['hello', 'text/plain; charset=utf-8'],
    ['', 'text/plain; charset=utf-8'],
    [Buffer.from([1, 2, 3]), 'application/octet-stream'],
    [Buffer.from('{}'), 'application/json'],
  ])('carries %j as %s', (content, type) => {
    const body = Buffer.from(content)
    expect(render(post, payloadOf([content]))).toBe(
      'POST /p HTTP/1.1\r\nHost: h\r\nUser-Agent: plimsoll\r\n' +
        `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`,
    )
  })

  it('comes out whole, whatever the payloads before it', () => {
    const content = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.integer({ min: 0, max: 12_000 }).map((length) => `{${'x'.repeat(length)}`),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(content, fc.boolean()), { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 50 }),
        (messages, slack) => {
          const contents = messages.map(([text]) => text)
          const writer = new RequestWriter(post, payloadOf(contents, slack))
          messages.forEach(([text, surrendered], id) => {
            const body = Buffer.from(text)
            const request = writer.render(id)
            const head = request.toString('latin1', 0, request.length - body.length)
            expect(head).toMatch(new RegExp(`\r\nContent-Length: ${body.length}\r\n\r\n$`))
            expect(head.match(/Content-Type: (\S+)/)?.[1]).toBe(
              /^[{[]/.test(text) ? 'application/json' : 'text/plain;',
            )
            expect(request.subarray(request.length - body.length).equals(body)).toBe(true)
            if (surrendered) writer.surrender()
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('leaves surrendered memory alone', () => {
    const writer = new RequestWriter(post, payloadOf(['{"first":1}', '{"second":2}']))
    const first = writer.render(0)
    const before = Buffer.from(first)
    writer.surrender()
    const second = writer.render(1)
    expect(first.equals(before)).toBe(true)
    expect(second.buffer).not.toBe(first.buffer)
  })

  it('makes no new views for requests of one length', () => {
    const writer = new RequestWriter(post, payloadOf(['{"a":1}', '{"b":2}']))
    writer.render(0)
    expect(writer.render(1)).toBe(writer.render(0))
  })
})
