import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createHttp1Driver } from '../../../src/protocols/http1/driver.js'
import { DefaultPayload, FixedPayload } from '../../../src/scenario/payload.js'
import { listen, listenHttp, listenRaw } from './http-servers.js'
import { drive, driveOpen, eventsOf, Journal, type Setting } from './http1-probe.js'

const answered = ['first 0', 'message 0 null']

describe('requests and responses', () => {
  it('reports a connection as opened once TCP is connected', async () => {
    const { driver, journal } = await driveOpen(await listenHttp((_request, response) => response.end()))
    expect(driver.assignment).toBe('pooled')
    expect(driver.canSend(0)).toBe(true)
    const [phases] = journal.phases
    expect(phases!.total).toBeGreaterThan(0)
    expect(phases).toEqual({ tcp: phases!.total, tls: 0, handshake: 0, total: phases!.total })
  })

  it('sends what node:http understands, and counts the bytes', async () => {
    const seen: string[] = []
    const port = await listenHttp((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers['x-a']}`)
      response.end('hello')
    })
    const { driver, journal } = await driveOpen(port, { path: '/a?b=c', headers: [['x-a', 'b']] })
    const bytes = driver.send(0, 1)
    expect(driver.canSend(0)).toBe(false)
    await journal.seen('message')
    expect(bytes).toBe(
      `GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: plimsoll\r\nx-a: b\r\n\r\n`.length,
    )
    expect(seen).toEqual([`GET /a?b=c 127.0.0.1:${port} b`])
    expect(journal.events).toEqual(['opened 0', ...answered])
    expect(journal.receivedBytes).toBeGreaterThan(50)
  })

  it('keeps a connection alive, and is free when it reports a response', async () => {
    const ports = new Set<number | undefined>()
    const port = await listenHttp((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('hello')
    })
    const { driver, journal } = await driveOpen(port)
    let sent = 0
    journal.react = (event) => {
      if (!event.startsWith('message') || sent === 500) return
      expect(driver.canSend(0)).toBe(true)
      driver.send(0, ++sent)
    }
    driver.send(0, ++sent)
    await journal.seen('message 0 null', 500)
    expect(ports.size).toBe(1)
    expect(journal.events.filter((event) => event === 'first 0')).toHaveLength(500)
  })

  it('posts each payload', async () => {
    const seen: Array<{ body: string; type: string | undefined }> = []
    const port = await listenHttp((request, response) => {
      let body = ''
      request.on('data', (data) => {
        body += data
      })
      request.on('end', () => {
        seen.push({ body, type: request.headers['content-type'] })
        response.end(body)
      })
    })
    const { driver, journal } = await driveOpen(port, { method: 'POST' })
    for (let id = 9; id <= 11; id++) {
      driver.send(0, id)
      await journal.seen('message 0 null', id - 8)
    }
    expect(seen.map(({ body }) => JSON.parse(body).id)).toEqual([9, 10, 11])
    expect(seen.every(({ body, type }) => body.length === 64 && type === 'application/json')).toBe(true)
  })

  it('posts payloads that the socket does not take at once', async () => {
    const content = Buffer.from(Array.from({ length: 6_000_000 }, (_, at) => at % 251))
    let intact = 0
    const port = await listenHttp((request, response) => {
      const parts: Buffer[] = []
      request.pause()
      // Read late, so that the kernel's buffers fill up.
      setTimeout(() => request.resume(), 20)
      request.on('data', (data: Buffer) => parts.push(data))
      request.on('end', () => {
        if (Buffer.concat(parts).equals(content)) intact++
        response.end()
      })
    })
    const { driver, journal } = drive(port, {
      method: 'PUT',
      payload: new FixedPayload(content),
      connections: 3,
    })
    for (let index = 0; index < 3; index++) driver.open(index)
    await journal.seen('opened', 3)
    for (let index = 0; index < 3; index++) driver.send(index, index)
    await journal.seen('message', 3)
    expect(intact).toBe(3)
    expect([0, 1, 2].every((index) => driver.canSend(index))).toBe(true)
  })

  it.each([
    [
      'chunks',
      (response: ServerResponse) => {
        response.write('a')
        response.write('b')
        response.end('c')
      },
      'null',
    ],
    [
      'a redirect, which it does not follow',
      (response: ServerResponse) => response.writeHead(302, { location: '/x' }).end(),
      'null',
    ],
    ['204', (response: ServerResponse) => response.writeHead(204).end(), 'null'],
    ['304', (response: ServerResponse) => response.writeHead(304, { 'content-length': 7 }).end(), 'null'],
    ['404', (response: ServerResponse) => response.writeHead(404).end('no'), 'http-404'],
    ['503', (response: ServerResponse) => response.writeHead(503).end('busy'), 'http-503'],
    [
      '100 and 103 first',
      (response: ServerResponse) => {
        response.writeContinue()
        response.writeEarlyHints({ link: '</a>' })
        response.end('x')
      },
      'null',
    ],
    [
      'trailers',
      (response: ServerResponse) => {
        response.writeHead(200, { trailer: 'x-t' })
        response.write('a')
        response.addTrailers({ 'x-t': 'b' })
        response.end()
      },
      'null',
    ],
    ['a body of many reads', (response: ServerResponse) => response.end(Buffer.alloc(900_000)), 'null'],
    [
      'a slow body',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 2 })
        response.write('a')
        setTimeout(() => response.end('b'), 30)
      },
      'null',
    ],
  ] as ReadonlyArray<readonly [string, (response: ServerResponse) => void, string]>)(
    'reads %s, and stays free',
    async (_name, answer, problem) => {
      const port = await listenHttp((_request, response) => answer(response))
      const { driver, journal } = await driveOpen(port)
      for (let turn = 1; turn <= 3; turn++) {
        driver.send(0, turn)
        await journal.seen('message', turn)
        expect(driver.canSend(0)).toBe(true)
      }
      const pair = ['first 0', `message 0 ${problem}`]
      expect(journal.events).toEqual(['opened 0', ...pair, ...pair, ...pair])
    },
  )

  it('reads HEAD, whose responses have a length and no body', async () => {
    const port = await listenHttp((_request, response) =>
      response.writeHead(200, { 'content-length': 500 }).end(),
    )
    const { driver, journal } = await driveOpen(port, { method: 'HEAD' })
    for (let turn = 1; turn <= 2; turn++) {
      driver.send(0, turn)
      await journal.seen('message 0 null', turn)
    }
    expect(driver.canSend(0)).toBe(true)
  })
})

describe('a connection that ends with its response', () => {
  const cases: ReadonlyArray<readonly [string, (socket: Socket) => void, Setting]> = [
    [
      'by Connection: close',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'),
      {},
    ],
    [
      'by Connection: close, though the server lingers',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'),
      {},
    ],
    ['by HTTP/1.0', (socket) => socket.end('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'), {}],
    ['by a body without a length', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'), {}],
    [
      'since the request asked for it',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'),
      { headers: [['Connection', 'close']] },
    ],
  ]

  it.each(cases)('%s', async (_name, answer, setting) => {
    const { events } = await eventsOf(await listenRaw(answer), setting)
    expect(events).toEqual([...answered, 'closed 0 connection-ended'])
  })

  it('can be opened again from within, time after time', async () => {
    const port = await listenHttp((_request, response) => response.setHeader('connection', 'close').end('x'))
    const { driver, journal } = drive(port)
    journal.react = (event) => {
      if (event.startsWith('opened')) driver.send(0, 1)
      else if (event.startsWith('closed')) driver.open(0)
    }
    driver.open(0)
    await journal.seen('message 0 null', 20)
    journal.react = () => {}
    expect(journal.events.slice(0, 8)).toEqual([
      ...['opened 0', ...answered, 'closed 0 connection-ended'],
      ...['opened 0', ...answered, 'closed 0 connection-ended'],
    ])
  })

  it('is not sendable while its response is reported', async () => {
    const port = await listenHttp((_request, response) => response.setHeader('connection', 'close').end('x'))
    const { driver, journal } = await driveOpen(port)
    let sendable: boolean | null = null
    journal.react = (event) => {
      if (event.startsWith('message')) sendable = driver.canSend(0)
    }
    driver.send(0, 1)
    await journal.seen('closed')
    expect(sendable).toBe(false)
  })
})

describe('an idle connection', () => {
  it('may be ended by the server', async () => {
    const server = createTcpServer((socket) => socket.end())
    const { journal } = await driveOpen(await listen(server))
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', 'closed 0 connection-ended'])
  })

  it('may be ended by the server’s keep-alive timeout', async () => {
    const server = createServer({ keepAliveTimeout: 1 }, (_request, response) => response.end())
    const { driver, journal } = await driveOpen(await listen(server))
    driver.send(0, 1)
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', ...answered, 'closed 0 connection-ended'])
  })

  it('may be ended by the server with a 408', async () => {
    const server = createTcpServer((socket) =>
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'),
    )
    const { journal } = await driveOpen(await listen(server))
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', 'closed 0 connection-ended'])
    expect(journal.details[0]).toContain('408')
  })

  it('must not be sent anything else', async () => {
    const server = createTcpServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    const { journal } = await driveOpen(await listen(server))
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', 'closed 0 http-unsolicited'])
  })
})

describe('responses that fail', () => {
  it.each([
    ['garbage', (socket: Socket) => socket.write('\x00\x01garbage\r\n'), [], 'http-parse', /status line/],
    [
      'a second response unasked',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(2)),
      ['message 0 null'],
      'http-unsolicited',
      /38 bytes/,
    ],
    [
      'a bad chunk size',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'),
      [],
      'http-parse',
      /chunk size/,
    ],
    [
      'an end in the header',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nConten'),
      [],
      'http-truncated',
      /header/,
    ],
    [
      'an end in the body',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'),
      [],
      'http-truncated',
      /2 of 9/,
    ],
    [
      'an end in the chunks',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n'),
      [],
      'http-truncated',
      /chunked/,
    ],
    [
      'a body above the limit',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n'),
      [],
      'http-body-too-large',
      /1048576/,
    ],
  ] as ReadonlyArray<readonly [string, (socket: Socket) => void, string[], string, RegExp]>)(
    '%s',
    async (_name, answer, before, kind, detailPattern) => {
      const { events, detail } = await eventsOf(await listenRaw(answer))
      expect(events).toEqual(['first 0', ...before, `closed 0 ${kind}`])
      expect(detail).toMatch(detailPattern)
    },
  )

  it('an end without an answer', async () => {
    const { events, detail } = await eventsOf(await listenRaw((socket) => socket.end()))
    expect(events).toEqual(['closed 0 connection-closed'])
    expect(detail).toContain('before it answered')
  })

  it.each([
    ['before the response', '', []],
    ['inside the response', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi', ['first 0']],
  ])('a reset %s', async (_name, text, before) => {
    const port = await listenRaw((socket) => {
      if (text === '') socket.resetAndDestroy()
      else socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 20))
    })
    expect((await eventsOf(port)).events).toEqual([...before, 'closed 0 connection-reset'])
  })

  it.each([
    [
      'headers',
      'HTTP/1.1 200 OK\r\n',
      'X-Filler: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n',
      'http-headers-too-large',
    ],
    ['a body', 'HTTP/1.1 200 OK\r\n\r\n', 'y'.repeat(1_000), 'http-body-too-large'],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      `3e8\r\n${'y'.repeat(1_000)}\r\n`,
      'http-body-too-large',
    ],
  ])('%s without an end', async (_name, start, unit, kind) => {
    const port = await listenRaw((socket) => {
      socket.write(start)
      const flood = (): void => {
        if (!socket.destroyed) socket.write(unit.repeat(20), flood)
      }
      flood()
    })
    expect((await eventsOf(port)).events).toEqual(['first 0', `closed 0 ${kind}`])
  })

  it('an answer before the request was taken: it counts, and the connection is given up', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.pause()
        socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
      }),
    )
    const { driver, journal } = drive(port, {
      method: 'POST',
      payload: new FixedPayload(Buffer.alloc(8_000_000)),
    })
    // Written in the same turn as the connect is reported, so the answer cannot come first.
    journal.react = (event) => {
      if (event === 'opened 0') driver.send(0, 1)
    }
    driver.open(0)
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', 'first 0', 'message 0 http-413', 'closed 0 connection-ended'])
  })
})

describe('connections that do not open', () => {
  it('refused', async () => {
    const server = createTcpServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const { driver, journal } = drive(port)
    driver.open(0)
    await journal.seen('closed')
    expect(journal.events).toEqual(['closed 0 connect-refused'])
    expect(driver.canSend(0)).toBe(false)
  })

  it('a protocol that is not HTTP', () => {
    const attempt = (): unknown =>
      createHttp1Driver(
        {
          url: new URL('ftp://127.0.0.1/'),
          headers: [],
          method: 'GET',
          subprotocols: [],
          compression: false,
          connectTimeoutMs: 1,
          maxMessageBytes: 1,
          maxHeaderBytes: 1,
          localAddresses: [],
          tls: null,
        },
        1,
        new DefaultPayload(),
        new Journal(),
      )
    expect(attempt).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_TARGET' }))
  })
})

describe('closing', () => {
  const silent = (): Promise<number> => listenHttp(() => {})

  it('closes a free connection, and one that waits', async () => {
    const { driver, journal } = drive(await silent(), { connections: 2 })
    driver.open(0)
    driver.open(1)
    await journal.seen('opened', 2)
    driver.send(1, 1)
    for (const index of [0, 0, 1, 1]) driver.close(index)
    expect(driver.canSend(0)).toBe(false)
    await journal.seen('closed', 2)
    expect(journal.events.slice(2).sort()).toEqual(['closed 0 closed', 'closed 1 closed'])
  })

  it('closes a connection whose server keeps its side open', async () => {
    const port = await listen(createTcpServer({ allowHalfOpen: true }, (socket) => socket.resume()))
    const { driver, journal } = await driveOpen(port)
    driver.close(0)
    await journal.seen('closed 0 closed')
    expect(journal.details[0]).toContain('kept its side')
  })

  it('gives up a connect', async () => {
    const { driver, journal } = drive(await silent())
    driver.open(0)
    driver.close(0)
    await journal.seen('closed')
    expect(journal.events).toEqual(['closed 0 closed'])
  })

  it('destroys, and opens anew in the same turn', async () => {
    const port = await listenHttp((_request, response) => response.end())
    const { driver, journal } = await driveOpen(port)
    driver.send(0, 1)
    driver.destroy(0)
    driver.destroy(0)
    driver.open(0)
    await journal.seen('opened 0', 2)
    driver.send(0, 2)
    await journal.seen('message')
    expect(journal.events).toEqual(['opened 0', 'opened 0', ...answered])
    driver.destroy(0)
    await journal.seen('closed 0 closed')
  })

  it.each(['first', 'message'])('may be destroyed from within %s', async (moment) => {
    const port = await listenHttp((_request, response) => response.end('x'))
    const { driver, journal } = await driveOpen(port)
    journal.react = (event) => {
      if (event.startsWith(moment)) driver.destroy(0)
    }
    driver.send(0, 1)
    await journal.seen('closed 0 closed')
    expect(journal.events).toEqual([
      'opened 0',
      ...(moment === 'first' ? ['first 0'] : answered),
      'closed 0 closed',
    ])
  })
})
