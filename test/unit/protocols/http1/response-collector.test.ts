import { request } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsOf, ResponseCollector } from '../../../../src/protocols/http1/response-collector.js'
import { ResponseParser } from '../../../../src/protocols/http1/response-parser.js'
import { defaultLimits } from './responses.js'

interface Content {
  readonly fields: ReadonlyArray<readonly [string, string]>
  readonly body: string
}

/** What parser and collector make of a response in pieces; null for one that is not complete. */
function collect(pieces: readonly Uint8Array[], headOnly = false): Content | null {
  const collector = new ResponseCollector()
  let content: Content | null = null
  const handler = {
    firstByte() {},
    complete() {
      content = { fields: fieldsOf(collector.takeHead()), body: collector.takeBody().toString('latin1') }
    },
    failed() {},
  }
  const parser = new ResponseParser(handler, { ...defaultLimits, headOnly }, collector)
  for (const piece of pieces) parser.read(piece, 0, piece.length)
  parser.finish()
  return content
}

const collectText = (text: string): Content | null => collect([Buffer.from(text, 'latin1')])

/** The same by Node's own HTTP client. */
function readByNode(bytes: Uint8Array): Promise<Content> {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  return new Promise((resolve, reject) => {
    const client = request({ createConnection: () => socket, headers: { host: 'x' } })
    client.on('error', reject)
    client.on('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const { rawHeaders } = response
        const fields = rawHeaders.flatMap(
          (name, at): Array<[string, string]> =>
            at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1]!]] : [],
        )
        resolve({ fields, body: Buffer.concat(parts).toString('latin1') })
      })
    })
    client.end()
    socket.push(bytes)
    socket.push(null)
  })
}

describe('what a response carries', () => {
  it('names are in lower case, values without blanks around them, repeated fields apart', () => {
    expect(
      collectText(
        'HTTP/1.1 200 OK\r\nX-A:\t b c \t\r\nSet-Cookie: 1\r\nset-cookie:2\r\nEmpty:\r\nContent-Length: 0\r\n\r\n',
      ),
    ).toEqual({
      fields: [
        ['x-a', 'b c'],
        ['set-cookie', '1'],
        ['set-cookie', '2'],
        ['empty', ''],
        ['content-length', '0'],
      ],
      body: '',
    })
  })

  it('keeps bytes that only look like blanks', () => {
    const content = collectText('HTTP/1.1 200 OK\r\nX: \xa0a\xa0\r\nContent-Length: 0\r\n\r\n')
    expect(content!.fields[0]).toEqual(['x', '\xa0a\xa0'])
  })

  it('is the final response, without interim ones and trailers', () => {
    const text =
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: z\r\n\r\n'
    expect(collectText(text)).toEqual({ fields: [['transfer-encoding', 'chunked']], body: 'abcde' })
  })

  it('is no body after HEAD', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'
    expect(collect([Buffer.from(text)], true)).toEqual({ fields: [['content-length', '9']], body: '' })
  })

  it('is what Node reads, however it is cut', async () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/)
    const value = fc.stringMatching(/^[!-~]([ -~\t]{0,30}[!-~])?$/)
    const field = fc.tuple(
      token.filter(
        (name) =>
          !/^(content-length|transfer-encoding|connection|upgrade|trailer|keep-alive|expect)$/i.test(name),
      ),
      value,
    )
    const framing = fc.constantFrom('length', 'chunks', 'close')
    const body = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(field, { maxLength: 8 }),
        framing,
        body,
        fc.array(fc.integer({ min: 1, max: 30 })),
        async (fields, how, parts, cuts) => {
          const bytes = responseOf(fields, how, parts)
          const expected = await readByNode(bytes)
          expect(collect(cut(bytes, cuts))).toEqual(expected)
          expect(collect(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected)
        },
      ),
      { numRuns: 150 },
    )
  })
})

function responseOf(
  fields: ReadonlyArray<readonly [string, string]>,
  how: string,
  parts: Uint8Array[],
): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const framing = {
    length: `Content-Length: ${length}\r\n`,
    chunks: 'Transfer-Encoding: chunked\r\n',
    close: '',
  }[how]
  const head = `HTTP/1.1 200 OK\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${framing}\r\n`
  if (how !== 'chunks') return Buffer.concat([Buffer.from(head, 'latin1'), ...parts])
  const chunks = parts.flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([Buffer.from(head, 'latin1'), ...chunks, Buffer.from('0\r\n\r\n')])
}

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const length of lengths) {
    if (at >= bytes.length) break
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  if (at < bytes.length) pieces.push(bytes.subarray(at))
  return pieces
}

describe('a collector', () => {
  it('gives each body away for good', () => {
    const collector = new ResponseCollector()
    const bodies = ['first', 'second'].map((text) => {
      for (const letter of text) collector.body(Buffer.from(letter), 0, 1)
      return collector.takeBody()
    })
    expect(bodies.map(String)).toEqual(['first', 'second'])
    expect(collector.takeBody()).toHaveLength(0)
  })

  it('takes memory by the body, not by its pieces', () => {
    const collector = new ResponseCollector()
    const piece = Buffer.from('xyz')
    for (let count = 0; count < 300_000; count++) collector.body(piece, 1, 2)
    const body = collector.takeBody()
    expect(body).toHaveLength(300_000)
    expect(body.buffer.byteLength).toBe(300_000)
  })
})
