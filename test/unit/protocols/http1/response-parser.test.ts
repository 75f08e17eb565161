import { describe, expect, it } from 'vitest'
import { Random } from '../../../../src/kernel/random.js'
import type { ResponseErrorKind } from '../../../../src/protocols/http1/response-parser.js'
import { type Reading, read, readByNode, readPieces } from './responses.js'

const ok = (fields: string, body = ''): string => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`
const chunked = (body: string): string => ok('Transfer-Encoding: chunked\r\n', body)
const hi = '2\r\nhi\r\n0\r\n\r\n'

/** Whole responses, each with what is to be made of it when the connection ends behind it. */
const accepted: ReadonlyArray<readonly [name: string, text: string, response: string]> = [
  ['a fixed body', ok('Content-Length: 2\r\n', 'hi'), '200 2 keep'],
  ['an empty body', ok('Content-Length: 0\r\n'), '200 0 keep'],
  ['names in any case', ok('cONTENT-lENGTH:2\r\n', 'hi'), '200 2 keep'],
  ['blanks around values', ok('Content-Length:\t 2 \t\r\n', 'hi'), '200 2 keep'],
  [
    'names that only begin alike',
    ok('Content-Lengths: 9\r\nContent-Lengt: 9\r\nContent-Length: 2\r\n', 'hi'),
    '200 2 keep',
  ],
  ['an empty value', ok('X:\r\nContent-Length: 2\r\n', 'hi'), '200 2 keep'],
  ['tabs and bytes above 127 in values', ok('X: a\tb\xe9\r\nContent-Length: 2\r\n', 'hi'), '200 2 keep'],
  ['no reason phrase', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi', '200 2 keep'],
  ['no space before no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', '200 2 keep'],
  ['a later minor version', 'HTTP/1.7 200 OK\r\nContent-Length: 2\r\n\r\nhi', '200 2 keep'],
  ['a status of nobody’s class', 'HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n', '799 0 keep'],
  ['one length twice', ok('Content-Length: 2\r\nContent-Length: 2\r\n', 'hi'), '200 2 keep'],
  ['one length in a list', ok('Content-Length: 2, 2\r\n', 'hi'), '200 2 keep'],
  ['chunks', chunked('2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n'), '200 12 keep'],
  ['no chunk but the last', chunked('0\r\n\r\n'), '200 0 keep'],
  ['chunk extensions', chunked('2;a=b;c="d;e"\r\nhi\r\n0 ;f\r\n\r\n'), '200 2 keep'],
  ['leading zeros of a chunk size', chunked('00002\r\nhi\r\n000\r\n\r\n'), '200 2 keep'],
  [
    'trailers, which change nothing',
    chunked('2\r\nhi\r\n0\r\nContent-Length: 9\r\nConnection: close\r\n\r\n'),
    '200 2 keep',
  ],
  ['another coding before chunked', ok('Transfer-Encoding: gzip, chunked\r\n', hi), '200 2 keep'],
  [
    'codings in two fields',
    ok('Transfer-Encoding: gzip\r\nTransfer-Encoding: CHUNKED\r\n', hi),
    '200 2 keep',
  ],
  ['empty elements of a list', ok('Transfer-Encoding: , chunked ,\r\n', hi), '200 2 keep'],
  ['another coding as the last', ok('Transfer-Encoding: chunked, gzip\r\n', hi), '200 12 end'],
  ['a coding that only begins like chunked', ok('Transfer-Encoding: chunked x\r\n', hi), '200 12 end'],
  ['a body until the end', ok('', 'hello'), '200 5 end'],
  ['an empty body until the end', ok(''), '200 0 end'],
  ['Connection: close', ok('Connection: close\r\nContent-Length: 2\r\n', 'hi'), '200 2 end'],
  ['close in a list', ok('Connection: x, Close , y\r\nContent-Length: 2\r\n', 'hi'), '200 2 end'],
  [
    'an option that only begins like close',
    ok('Connection: closed\r\nContent-Length: 2\r\n', 'hi'),
    '200 2 keep',
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi', '200 2 end'],
  [
    'HTTP/1.0 that is kept alive',
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi',
    '200 2 keep',
  ],
  [
    'HTTP/1.0 with chunks',
    `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${hi}`,
    '200 2 end',
  ],
  ['204 whatever its length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', '204 0 keep'],
  ['204 without a length', 'HTTP/1.1 204 No Content\r\n\r\n', '204 0 keep'],
  [
    '304 with the length it would have',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    '304 0 keep',
  ],
  [
    '100 and 103 before the response',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nConnection: close\r\nLink: </a>\r\n\r\n${ok('Content-Length: 2\r\n', 'hi')}`,
    '200 2 keep',
  ],
]

const rejected: ReadonlyArray<
  readonly [name: string, text: string, kind: ResponseErrorKind, detail: RegExp]
> = [
  ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'http-parse', /status line has 'S' at position 0/],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', 'http-parse', /'2' at position 5/],
  ['an empty line before the response', `\r\n${ok('')}`, 'http-parse', /position 0/],
  ['two digits of status', 'HTTP/1.1 20 OK\r\n\r\n', 'http-parse', /0x20 at position 11/],
  ['four digits of status', 'HTTP/1.1 2000 OK\r\n\r\n', 'http-parse', /'0' after the status code/],
  ['a status below 100', 'HTTP/1.1 099 Low\r\n\r\n', 'http-parse', /below 100/],
  ['an upgrade unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'http-parse', /unasked/],
  ['a bare LF behind the status', 'HTTP/1.1 200 OK\n\n', 'http-parse', /bare LF/],
  ['a bare LF behind a field', ok('X: a\n'), 'http-parse', /bare LF/],
  ['a bare LF behind a length', ok('Content-Length: 2\n', 'hi'), 'http-parse', /bare LF/],
  ['a bare LF behind a list', ok('Connection: close\n', 'hi'), 'http-parse', /bare LF/],
  ['a bare LF as the empty line', 'HTTP/1.1 200 OK\r\nX: a\r\n\n', 'http-parse', /bare LF/],
  ['a bare CR in a value', ok('X: a\rb\r\n'), 'http-parse', /bare CR/],
  ['a bare CR behind the fields', ok('X: a\r\n\rX'), 'http-parse', /bare CR/],
  ['a control byte in a value', ok('X: a\x00b\r\n'), 'http-parse', /0x00/],
  ['a control byte in the reason', 'HTTP/1.1 200 O\x07K\r\n\r\n', 'http-parse', /0x07/],
  ['a folded field', ok('X: a\r\n b\r\n'), 'http-parse', /folded/],
  [
    'a blank before the colon',
    ok('Content-Length : 2\r\n', 'hi'),
    'http-parse',
    /0x20 where a header field name/,
  ],
  ['no name', ok(': 2\r\n'), 'http-parse', /':'/],
  ['no colon', ok('X\r\n'), 'http-parse', /0x0d/],
  ['two lengths', ok('Content-Length: 2\r\nContent-Length: 3\r\n', 'hi'), 'http-parse', /both 2 and 3/],
  ['two lengths in a list', ok('Content-Length: 2, 3\r\n', 'hi'), 'http-parse', /both 2 and 3/],
  ['no length', ok('Content-Length: \r\n', 'hi'), 'http-parse', /Content-Length/],
  ['a length with a sign', ok('Content-Length: -2\r\n', 'hi'), 'http-parse', /'-'/],
  ['a length of two words', ok('Content-Length: 2 2\r\n', 'hi'), 'http-parse', /'2'/],
  ['a hexadecimal length', ok('Content-Length: 0x2\r\n', 'hi'), 'http-parse', /'x'/],
  ['a length beyond 2^53', ok('Content-Length: 9007199254740993\r\n', 'hi'), 'http-parse', /out of range/],
  [
    'length and chunks',
    ok('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', hi),
    'http-parse',
    /together/,
  ],
  [
    'chunks and length',
    ok('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', hi),
    'http-parse',
    /together/,
  ],
  ['chunked twice', ok('Transfer-Encoding: chunked, chunked\r\n', hi), 'http-parse', /twice/],
  ['a chunk size of letters', chunked('g\r\n'), 'http-parse', /'g' where a chunk size/],
  ['no chunk size', chunked('\r\n'), 'http-parse', /0x0d where a chunk size/],
  ['a chunk size with a prefix', chunked('0x2\r\nhi'), 'http-parse', /'x'/],
  ['a blank behind a chunk size', chunked('2 \r\nhi'), 'http-parse', /0x0d/],
  ['a bare LF behind a chunk size', chunked('2\nhi'), 'http-parse', /bare LF/],
  ['a bare LF behind an extension', chunked('2;a\nhi'), 'http-parse', /bare LF/],
  ['a bare CR behind a chunk size', chunked('2\rhi'), 'http-parse', /bare CR/],
  [
    'a chunk that is longer than its size',
    chunked('2\r\nhix\r\n0\r\n\r\n'),
    'http-parse',
    /longer than its size/,
  ],
  ['a bad trailer', chunked('0\r\nX y\r\n\r\n'), 'http-parse', /header field name/],
  ['an end in the status line', 'HTTP/1.1 2', 'http-truncated', /header block/],
  ['an end in the header', 'HTTP/1.1 200 OK\r\nX: a\r\n', 'http-truncated', /header block/],
  ['an end behind an interim response', 'HTTP/1.1 100 Continue\r\n\r\n', 'http-truncated', /header block/],
  ['an end in the body', ok('Content-Length: 5\r\n', 'hi'), 'http-truncated', /2 of 5 bytes/],
  ['an end in a chunk', chunked('5\r\nhi'), 'http-truncated', /chunked body, after 2/],
  ['an end between chunks', chunked('2\r\nhi\r\n'), 'http-truncated', /chunked body/],
  ['an end before the last line', chunked('2\r\nhi\r\n0\r\n'), 'http-truncated', /chunked body/],
]

const texts = [...accepted, ...rejected].map(([name, text]) => [name, text] as const)

describe('one response in one read', () => {
  it.each(accepted)('accepts %s', (_name, text, response) => {
    const reading = read(text, { ended: true })
    expect(reading).toEqual({
      responses: [response],
      firstBytes: 1,
      firstLength: text.length,
      failure: null,
      detail: '',
    })
  })

  it.each(rejected)('rejects %s', (_name, text, kind, detail) => {
    const reading = read(text, { ended: true })
    expect(reading.responses).toEqual([])
    expect(reading.failure).toBe(kind)
    expect(reading.detail).toMatch(detail)
  })

  it('takes no body after HEAD', () => {
    expect(read(ok('Content-Length: 9000000000\r\n'), { headOnly: true }).responses).toEqual(['200 0 keep'])
    expect(read(ok('Transfer-Encoding: chunked\r\n'), { headOnly: true }).responses).toEqual(['200 0 keep'])
    expect(read(ok(''), { headOnly: true }).responses).toEqual(['200 0 keep'])
  })

  it('counts what lies behind a response, and leaves it unread', () => {
    const reading = read(
      `${ok('Content-Length: 2\r\n', 'hi')}${chunked(hi)}HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n`,
    )
    expect(reading.responses).toEqual(['200 2 keep', '200 2 keep', '404 0 keep'])
    expect(reading.firstBytes).toBe(3)
  })

  it('says nothing at the end of a connection where no response has begun', () => {
    expect(read(ok('Content-Length: 2\r\n', 'hi'), { ended: true }).failure).toBeNull()
    expect(readPieces([], { ended: true })).toMatchObject({ responses: [], firstBytes: 0, failure: null })
  })
})

describe('a response in pieces', () => {
  it.each(texts)('gives the same for %s, cut anywhere', (_name, text) => {
    const bytes = Buffer.from(text, 'latin1')
    const whole = readPieces([bytes], { ended: true })
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(readPieces([bytes.subarray(0, cut), bytes.subarray(cut)], { ended: true })).toEqual(whole)
    }
    const singles = Array.from(bytes, (byte) => Uint8Array.of(byte))
    expect(readPieces(singles, { ended: true })).toEqual(whole)
  })
})

describe('limits', () => {
  const limits = { maxHeaderBytes: 200, maxBodyBytes: 1_000 }

  /** `start`, and then `unit` again and again, about `bytes` of it. */
  function flood(start: string, unit: string, bytes: number): ResponseErrorKind | null {
    const units = Array.from({ length: Math.ceil(bytes / unit.length) }, () => Buffer.from(unit, 'latin1'))
    return readPieces([Buffer.from(start, 'latin1'), ...units], limits).failure
  }

  it.each([
    ['a status line without an end', 'HTTP/1.1 200 ', 'x'],
    ['a name without an end', 'HTTP/1.1 200 OK\r\n', 'x'],
    ['a value without an end', 'HTTP/1.1 200 OK\r\nX: ', 'x'],
    ['a length without an end', 'HTTP/1.1 200 OK\r\nContent-Length: ', '0'],
    ['a list without an end', 'HTTP/1.1 200 OK\r\nConnection: ', 'x,'],
    ['fields without an end', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'],
    ['interim responses without an end', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['a chunk size without an end', chunked(''), '0'],
    ['blanks behind a chunk size', chunked('2 '), ' '],
    ['an extension without an end', chunked('2;'), 'x'],
    ['trailers without an end', chunked('0\r\n'), 'X: y\r\n'],
  ])('bounds %s', (_name, start, unit) => {
    expect(flood(start, unit, limits.maxHeaderBytes / 2)).toBeNull()
    expect(flood(start, unit, limits.maxHeaderBytes + unit.length)).toBe('http-headers-too-large')
  })

  it.each([
    ['a body until the end', ok(''), 'x'.repeat(100)],
    ['chunks without an end', chunked(''), `64\r\n${'x'.repeat(100)}\r\n`],
    ['tiny chunks without an end', chunked(''), '1\r\nx\r\n'],
  ])('bounds %s', (_name, start, unit) => {
    expect(flood(start, unit, limits.maxBodyBytes / 2)).toBeNull()
    expect(flood(start, unit, 10 * limits.maxBodyBytes)).toBe('http-body-too-large')
  })

  it('takes exactly what the limits allow', () => {
    const head = ok('Content-Length: 1000\r\n')
    const exact = { maxHeaderBytes: head.length, maxBodyBytes: 1_000 }
    const text = head + 'x'.repeat(1_000)
    expect(read(text, exact).responses).toEqual(['200 1000 keep'])
    expect(read(text, { ...exact, maxHeaderBytes: head.length - 1 }).failure).toBe('http-headers-too-large')
    expect(read(text, { ...exact, maxBodyBytes: 999 }).failure).toBe('http-body-too-large')
    const body = `3e8\r\n${'x'.repeat(1_000)}\r\n0\r\n\r\n`
    expect(read(chunked(body), limits).responses).toEqual(['200 1000 keep'])
    expect(read(chunked(body), { ...limits, maxBodyBytes: 999 }).failure).toBe('http-body-too-large')
    expect(read(ok('', 'x'.repeat(1_000)), { ...limits, ended: true }).responses).toEqual(['200 1000 end'])
  })

  it('refuses a body that says it is too long before it comes', () => {
    expect(read(ok('Content-Length: 1001\r\n'), limits).failure).toBe('http-body-too-large')
    expect(read(chunked('fffffffffffffffffffffffff\r\n'), limits).failure).toBe('http-body-too-large')
  })

  it('counts the header limit anew for each chunk', () => {
    const line = `1;${'x'.repeat(100)}\r\ny\r\n`
    expect(read(chunked(`${line.repeat(20)}0\r\n\r\n`), limits).responses).toEqual(['200 20 keep'])
  })
})

/** A response of the tables with a few bytes changed, left out, doubled or put in. */
function mutant(random: Random): Buffer {
  const [, text] = random.pick(texts)
  const bytes = [...Buffer.from(text, 'latin1')]
  const telling = [...Buffer.from('\r\n:;, \t0129afHTP/.-cxC\x00\x7f\xff', 'latin1')]
  for (let changes = random.integer(1, 4); changes > 0; changes--) {
    const at = random.integer(0, bytes.length - 1)
    const kind = random.integer(0, 3)
    if (kind === 0) bytes[at] = random.pick(telling)
    else if (kind === 1) bytes.splice(at, random.integer(1, 3))
    else if (kind === 2) bytes.splice(at, 0, ...bytes.slice(at, at + random.integer(1, 20)))
    else bytes.splice(at, 0, random.pick(telling))
    if (bytes.length === 0) return Buffer.from('\0')
  }
  return Buffer.from(bytes)
}

function pieces(bytes: Buffer, random: Random): Buffer[] {
  const cut: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = random.integer(1, 12)
    cut.push(bytes.subarray(at, at + length))
    at += length
  }
  return cut
}

describe('mutated responses', () => {
  it('are read alike whole and in pieces, 10,000 times', () => {
    const random = new Random(1)
    const limits = { maxHeaderBytes: 120, maxBodyBytes: 20, ended: true }
    const seen = new Set<ResponseErrorKind | null>()
    for (let turn = 0; turn < 10_000; turn++) {
      const bytes = mutant(random)
      const whole = readPieces([bytes], limits)
      seen.add(whole.failure)
      const inPieces = readPieces(pieces(bytes, random), limits)
      if (JSON.stringify(inPieces) !== JSON.stringify(whole)) {
        expect({ bytes: bytes.toString('latin1'), ...inPieces }).toEqual({
          bytes: bytes.toString('latin1'),
          ...whole,
        })
      }
    }
    expect(seen).toEqual(
      new Set([null, 'http-parse', 'http-truncated', 'http-body-too-large', 'http-headers-too-large']),
    )
  })
})

/*
 * Node's parser as an oracle. It differs on purpose in a few places, and only there: it knows other versions,
 * skips empty lines before a response, takes control bytes in a reason phrase, any three digits as a status, and
 * upgrades. It refuses lengths that agree, tabs around them, lengths among trailers, odd extensions, and what
 * follows an interim response with Connection: close.
 */
const laxInNode = /status line has|below 100|line of the header has|unasked|twice/
const strictInNode =
  /HPE_INVALID_VERSION|HPE_(INVALID|UNEXPECTED)_CONTENT_LENGTH|HPE_INVALID_CHUNK_SIZE|HPE_STRICT|HPE_CLOSED_CONNECTION/

async function expectAgreement(bytes: Buffer): Promise<'both' | 'neither' | 'one'> {
  const ours: Reading = readPieces([bytes], { ended: true })
  // What lies behind a response is another matter.
  const theirs = await readByNode(bytes.subarray(0, ours.firstLength || bytes.length))
  const context = JSON.stringify([bytes.toString('latin1'), ours, theirs])
  const accepts = ours.responses.length > 0
  if (accepts && !theirs.startsWith('error')) {
    expect(ours.responses[0]!.split(' ').slice(0, 2).join(' '), context).toBe(theirs)
    return 'both'
  }
  if (!accepts && theirs.startsWith('error')) return 'neither'
  expect(accepts ? theirs : ours.detail, context).toMatch(accepts ? strictInNode : laxInNode)
  return 'one'
}

describe('beside Node’s own client', () => {
  it('agrees on the tables', async () => {
    // A list that ends in a comma is chunked by RFC 9110, section 5.6.1, and is not to Node.
    const comparable = accepted.filter(([name]) => name !== 'empty elements of a list')
    const counts = { both: 0, neither: 0, one: 0 }
    for (const [, text] of [...comparable, ...rejected])
      counts[await expectAgreement(Buffer.from(text, 'latin1'))]++
    expect(counts.both).toBeGreaterThan(25)
    expect(counts.neither).toBeGreaterThan(35)
  })

  it('agrees on 1,500 mutants', async () => {
    const random = new Random(2)
    const counts = { both: 0, neither: 0, one: 0 }
    for (let turn = 0; turn < 1_500; turn++) {
      const bytes = mutant(random)
      if (/Transfer-Encoding: [^\r]*,/.test(bytes.toString('latin1'))) continue
      counts[await expectAgreement(bytes)]++
    }
    expect(counts.both).toBeGreaterThan(150)
    expect(counts.neither).toBeGreaterThan(300)
  })
})
