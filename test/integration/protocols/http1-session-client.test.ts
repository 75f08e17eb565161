import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listen, listenHttp, listenRaw } from './http-servers.js'
import { type Answer, createUser, Probe } from './http1-session-probe.js'

const complete = ['written', 'first byte', 'complete']
const hi = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const listenEcho = (): Promise<number> =>
  listenHttp(async (request, response) => {
    const body = await bodyOf(request)
    response.setHeader('x-method', request.method!)
    response.setHeader('x-length', request.headers['content-length'] ?? 'none')
    response.end(body)
  })

/** Answers the requests of its n-th connection with the n-th function, and those of later ones with the last. */
function listenInTurn(...answers: Array<(socket: Socket, requests: number) => void>): Promise<number> {
  let connections = 0
  return listen(
    createTcpServer((socket) => {
      const answer = answers[Math.min(connections++, answers.length - 1)]!
      let requests = 0
      socket.on('data', () => answer(socket, ++requests))
    }),
  )
}

describe('an exchange', () => {
  it('gives status, headers and body, in the order of events', async () => {
    const port = await listenHttp((request, response) => {
      response.writeHead(
        201,
        [
          ['Content-Type', 'text/plain'],
          ['Set-Cookie', 'a=1'],
          ['X-Spaced', ' \t two words \t'],
          ['Set-Cookie', 'b=2'],
        ].flat(),
      )
      response.end(`${request.method} ${request.url} ${request.headers.host} ${request.headers['x-a']}`)
    })
    const { start, journal } = createUser(port)
    const probe = start({ path: '/a/b?c=d#e', headers: [['X-A', 'b']] })
    const { status, headers, body } = (await probe.end) as Answer
    expect(status).toBe(201)
    expect(headers.slice(0, 4)).toEqual([
      ['content-type', 'text/plain'],
      ['set-cookie', 'a=1'],
      ['x-spaced', 'two words'],
      ['set-cookie', 'b=2'],
    ])
    expect(body.toString()).toBe(`GET /a/b?c=d 127.0.0.1:${port} b`)
    expect(probe.events).toEqual(complete)
    expect(journal.phases[0]!.total).toBeGreaterThan(0)
    expect(journal.sentBytes).toBeGreaterThan(50)
    expect(journal.receivedBytes).toBeGreaterThan(150)
  })

  it('sends bodies as text and as bytes, with their length', async () => {
    const { ask } = createUser(await listenEcho())
    const long = 'é'.repeat(200_000)
    for (const body of ['{"a":"ü"}', '', long, Buffer.from([0, 255, 13, 10]), Buffer.alloc(300_000, 7)]) {
      const answer = (await ask({ method: 'POST', body })) as Answer
      expect(answer.body.equals(Buffer.from(body as string))).toBe(true)
      expect(answer.headers).toContainEqual(['x-length', String(Buffer.byteLength(body))])
    }
    expect(((await ask({ method: 'POST' })) as Answer).headers).toContainEqual(['x-length', '0'])
    expect(((await ask({ method: 'GET' })) as Answer).headers).toContainEqual(['x-length', 'none'])
  })

  it('reads every form of response on one connection', async () => {
    const port = await listenHttp((request, response) => {
      const answers: Record<string, () => void> = {
        '/chunks': () => {
          response.writeHead(200, { trailer: 'x-t' })
          for (const part of ['a', 'b', 'c']) response.write(part)
          response.addTrailers({ 'x-t': 'y' })
          response.end()
        },
        '/204': () => response.writeHead(204).end(),
        '/304': () => response.writeHead(304, { 'content-length': 7 }).end(),
        '/redirect': () => response.writeHead(302, { location: '/chunks' }).end('moved'),
        '/interim': () => {
          response.writeEarlyHints({ link: '</a>' })
          response.end('final')
        },
        '/head': () => response.writeHead(200, { 'content-length': 500 }).end(),
        '/empty': () => response.end(),
        '/503': () => response.writeHead(503).end('busy'),
      }
      answers[request.url!]!()
    })
    const { ask, journal } = createUser(port)
    const seen: string[] = []
    for (const path of ['/chunks', '/204', '/304', '/redirect', '/interim', '/head', '/empty', '/503']) {
      const { status, headers, body } = (await ask({
        path,
        method: path === '/head' ? 'HEAD' : 'GET',
      })) as Answer
      seen.push(`${path} ${status} '${body}'`)
      expect(headers.some(([name]) => name === 'x-t' || name === 'link')).toBe(false)
    }
    expect(seen).toEqual([
      "/chunks 200 'abc'",
      "/204 204 ''",
      "/304 304 ''",
      "/redirect 302 'moved'",
      "/interim 200 'final'",
      "/head 200 ''",
      "/empty 200 ''",
      "/503 503 'busy'",
    ])
    expect(journal.phases).toHaveLength(1)
    expect(journal.lost).toEqual([])
  })

  it('puts a body together that comes slowly, and in pieces of one byte', async () => {
    const text = 'piece by piece'
    const port = await listenRaw((socket) => {
      const wire = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${[...text].map((letter) => `1\r\n${letter}\r\n`).join('')}0\r\n\r\n`
      const bytes = [...wire]
      const next = (): void => {
        const byte = bytes.shift()
        if (byte !== undefined) socket.write(byte, () => setImmediate(next))
      }
      next()
    })
    const { start, text: ask } = createUser(port)
    const probe = start()
    expect(((await probe.end) as Answer).body.toString()).toBe(text)
    expect(probe.events).toEqual(complete)
    expect(await ask()).toBe(text)
  })

  it('keeps the bodies of earlier responses as they were', async () => {
    const port = await listenHttp((request, response) => response.end(request.url))
    const { ask } = createUser(port)
    const answers: Answer[] = []
    for (let turn = 0; turn < 50; turn++) answers.push((await ask({ path: `/${turn}` })) as Answer)
    expect(answers.map(({ body }) => body.toString())).toEqual(answers.map((_, turn) => `/${turn}`))
    const lengths = answers.map(({ headers }) => headers.find(([name]) => name === 'content-length')?.[1])
    expect(lengths).toEqual(answers.map((_, turn) => String(`/${turn}`.length)))
  })

  it('shakes hands for https, and says what it waits for in vain', async () => {
    const port = await listen(createTcpServer((socket) => socket.resume()))
    const { ask, journal } = createUser(port, { connectTimeoutMs: 500 })
    expect(await ask({ path: `https://127.0.0.1:${port}/` })).toBe(
      'connect-timeout: no TLS handshake within 500 ms',
    )
    expect(journal.failed).toEqual(['connect-timeout'])
  })
})

describe('connections', () => {
  it('are kept alive', async () => {
    const ports = new Set<number | undefined>()
    const port = await listenHttp((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('x')
    })
    const { text, journal } = createUser(port)
    for (let turn = 0; turn < 100; turn++) expect(await text()).toBe('x')
    expect(ports.size).toBe(1)
    expect(journal.phases).toHaveLength(1)
  })

  it('are six at most; what comes beyond waits in order', async () => {
    const written: number[] = []
    const held: ServerResponse[] = []
    let most = 0
    const port = await listenHttp((_request, response) => {
      held.push(response)
      most = Math.max(most, held.length)
    })
    const { start, journal } = createUser(port)
    const probes = Array.from({ length: 24 }, (_, turn) => {
      const probe = new Probe()
      probe.react = (event) => {
        if (event === 'written') written.push(turn)
      }
      return start({}, probe)
    })
    const pump = setInterval(() => held.shift()?.end('x'), 1)
    await Promise.all(probes.map(({ end }) => end))
    clearInterval(pump)
    expect(most).toBe(6)
    expect(written.slice(6)).toEqual(Array.from({ length: 18 }, (_, turn) => turn + 6))
    expect(journal.phases).toHaveLength(6)
    expect(probes.every(({ events }) => events.join() === complete.join())).toBe(true)
  })

  it('are those of one user and one origin', async () => {
    const ports: string[] = []
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      ports.push(`${request.socket.localPort} ${request.socket.remotePort}`)
      response.end()
    }
    const [one, other] = [await listenHttp(answer), await listenHttp(answer)]
    const first = createUser(one)
    const second = createUser(one)
    for (let turn = 0; turn < 2; turn++) {
      await first.ask()
      await first.ask({ path: `http://127.0.0.1:${other}/` })
      await second.ask()
    }
    expect(new Set(ports).size).toBe(3)
    expect(first.journal.phases).toHaveLength(2)
    expect(second.journal.phases).toHaveLength(1)
  })

  it.each([
    ['by Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'],
    ['by HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
    ['with a body until the end', 'HTTP/1.1 200 OK\r\n\r\nhi'],
  ])('that end %s are opened again, which is no error', async (_name, response) => {
    const { text, journal } = createUser(await listenRaw((socket) => socket.end(response)))
    for (let turn = 0; turn < 5; turn++) expect(await text()).toBe('hi')
    expect(journal.phases).toHaveLength(5)
    expect(new Set(journal.lost)).toEqual(new Set(['connection-ended']))
    expect(journal.open).toBe(0)
  })

  it('that end with each response still serve all who wait', async () => {
    const port = await listenHttp((_request, response) => response.setHeader('connection', 'close').end('x'))
    const { text, journal } = createUser(port)
    expect(await Promise.all(Array.from({ length: 30 }, () => text()))).toEqual(Array(30).fill('x'))
    expect(journal.phases).toHaveLength(30)
  })

  it('end where the request asks for it', async () => {
    const { text, journal } = createUser(await listenRaw((socket) => socket.write(hi)))
    expect(await text({ headers: [['Connection', 'close']] })).toBe('hi')
    expect(journal.lost).toEqual(['connection-ended'])
  })

  it('that the server ends while they are idle are opened again', async () => {
    const server = createServer({ keepAliveTimeout: 1 }, (_request, response) => response.end('x'))
    const { text, journal } = createUser(await listen(server))
    await text()
    while (journal.open > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await text()).toBe('x')
    expect(journal.lost[0]).toBe('connection-ended')
    expect(journal.phases).toHaveLength(2)
  })

  it('that say something while they are idle are lost', async () => {
    const port = await listenRaw((socket) => socket.write(hi, () => setTimeout(() => socket.write(hi), 20)))
    const { text, journal } = createUser(port)
    await text()
    while (journal.open > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(journal.lost).toEqual(['http-unsolicited'])
    expect(await text()).toBe('hi')
  })

  it('with more behind a response than that are lost, and the response counts', async () => {
    const { text, journal } = createUser(await listenRaw((socket) => socket.write(hi + hi)))
    expect(await text()).toBe('hi')
    expect(journal.lost).toEqual(['http-unsolicited'])
    expect(await text()).toBe('hi')
  })
})

describe('a kept-alive connection that ends before it answers', () => {
  const endsOnSecond =
    (how: (socket: Socket) => void) =>
    (socket: Socket, requests: number): void => {
      if (requests === 1) socket.write(hi)
      else how(socket)
    }
  const always = (socket: Socket): void => void socket.write(hi)

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])(
    'lets %s be sent again on a fresh one',
    async (method) => {
      const port = await listenInTurn(
        endsOnSecond((socket) => socket.end()),
        always,
      )
      const { ask, start, journal } = createUser(port)
      await ask()
      const probe = start({ method, body: method === 'PUT' ? 'x' : null })
      expect(await probe.end).toMatchObject({ status: 200 })
      expect(probe.events).toEqual(complete)
      expect(
        journal.lost.filter((kind) => kind !== 'connection-ended' && kind !== 'http-unsolicited'),
      ).toEqual([])
      expect(journal.phases).toHaveLength(2)
    },
  )

  it.each(['POST', 'PATCH'])('fails %s, since it may have been done', async (method) => {
    const port = await listenInTurn(
      endsOnSecond((socket) => socket.end()),
      always,
    )
    const { ask, journal } = createUser(port)
    await ask()
    expect(await ask({ method, body: 'x' })).toMatch(/^connection-closed: .*before it answered/)
    expect(journal.lost).toEqual(['connection-closed'])
  })

  it('counts a reset as a lost connection', async () => {
    const port = await listenInTurn(
      endsOnSecond((socket) => socket.resetAndDestroy()),
      always,
    )
    const { ask, text, journal } = createUser(port)
    await ask()
    expect(await text()).toBe('hi')
    expect(journal.lost).toEqual(['connection-reset'])
  })

  it('is replaced once only', async () => {
    const port = await listenInTurn(
      endsOnSecond((socket) => socket.end()),
      (socket) => socket.end(),
    )
    const { ask, journal } = createUser(port)
    await ask()
    expect(await ask()).toMatch(/^connection-closed/)
    expect(journal.phases).toHaveLength(2)
  })

  it('has no second chance once an answer began', async () => {
    const port = await listenInTurn(
      endsOnSecond((socket) => socket.end('HTTP/1.1 200')),
      always,
    )
    const { ask, journal } = createUser(port)
    await ask()
    expect(await ask()).toMatch(/^http-truncated/)
    expect(journal.phases).toHaveLength(1)
  })
})

describe('exchanges that fail', () => {
  it.each([
    ['garbage', (socket: Socket) => socket.write('\x00\x01garbage\r\n'), /^http-parse: .*status line/],
    ['an end in the header', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nConten'), /^http-truncated/],
    [
      'an end in the body',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'),
      /^http-truncated: .*2 of 9/,
    ],
    [
      'an end without an answer',
      (socket: Socket) => socket.end(),
      /^connection-closed: .*before it answered/,
    ],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), /^connection-reset/],
    [
      'a header above the limit',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}\r\n`),
      /^http-headers-too-large: .*16384/,
    ],
    [
      'a body that will be above the limit',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n'),
      /^http-body-too-large/,
    ],
    [
      'a body that grows above the limit',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'y'.repeat(1_100_000)}`),
      /^http-body-too-large/,
    ],
  ] as ReadonlyArray<readonly [string, (socket: Socket) => void, RegExp]>)(
    '%s: then the next has a connection of its own',
    async (_name, answer, failure) => {
      const { start, text, journal } = createUser(
        await listenInTurn(answer, (socket) => void socket.write(hi)),
      )
      const probe = start()
      expect(await probe.end).toMatch(failure)
      expect(probe.events.filter((event) => event.startsWith('failed'))).toHaveLength(1)
      expect(journal.lost).toEqual([String(await probe.end).split(':')[0]])
      expect(await text()).toBe('hi')
    },
  )

  it('nobody listens: each fails, and none hangs', async () => {
    const server = createTcpServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const { ask, journal } = createUser(port)
    const ends = await Promise.all(Array.from({ length: 10 }, () => ask()))
    expect(ends.every((end) => String(end).startsWith('connect-refused'))).toBe(true)
    expect(journal.failed).toEqual(Array(10).fill('connect-refused'))
    expect(journal.phases).toEqual([])
  })

  it.each([
    ['a line break in a header', { headers: [['x', 'a\r\nb: c']] }, /header x/],
    ['a bad name', { headers: [['a b', 'c']] }, /'a b'/],
    ['a length of their own', { headers: [['content-length', '5']] }, /content-length/],
    ['a bad method', { method: 'GE T' }, /'GE T'/],
    ['another scheme', { path: 'ftp://127.0.0.1/' }, /ftp/],
  ] as const)('%s: nothing is sent', async (_name, request, message) => {
    const { start, journal } = createUser(await listenEcho())
    const probe = start(request)
    expect(probe.events).toEqual(['failed request-invalid'])
    expect(await probe.end).toMatch(message)
    expect(journal.sentBytes).toBe(0)
  })

  it('an answer to half a request counts, and the connection is given up', async () => {
    const port = await listen(
      createTcpServer((socket) => {
        socket.pause()
        socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
      }),
    )
    const { start, journal } = createUser(port)
    const probe = start({ method: 'POST', body: Buffer.alloc(9_000_000) })
    expect(await probe.end).toMatchObject({ status: 413 })
    expect(probe.events).toEqual(complete)
    expect(journal.lost).toEqual(['connection-ended'])
  })
})

describe('cancelling', () => {
  it('ends the connection of what is under way, and others go on', async () => {
    let requests = 0
    const port = await listenHttp((request, response) => {
      requests++
      if (request.url !== '/never') response.end('x')
    })
    const { client, start, journal } = createUser(port)
    const never = Array.from({ length: 6 }, () => start({ path: '/never' }))
    const waiting = start({ path: '/waiting' })
    const last = start({ path: '/last' })
    while (requests < 6) await new Promise((resolve) => setTimeout(resolve, 5))
    client.cancel(waiting)
    client.cancel(never[2]!)
    expect(await last.end).toMatchObject({ status: 200 })
    expect(never[2]!.events).toEqual(['written'])
    expect(waiting.events).toEqual([])
    expect(journal.lost).toEqual(['connection-ended'])
    expect(journal.phases).toHaveLength(7)
    client.cancel(last)
    expect(journal.open).toBe(6)
  })

  it('gives up a connect', async () => {
    const { client, start, text, journal } = createUser(await listenEcho())
    const probe = start()
    client.cancel(probe)
    expect(await text({ method: 'POST', body: 'x' })).toBe('x')
    expect(probe.events).toEqual([])
    expect(journal.phases).toHaveLength(1)
    expect(journal.failed).toEqual([])
  })

  it.each(['written', 'first byte'])('may come from within %s', async (moment) => {
    const { client, start, text } = createUser(await listenRaw((socket) => socket.write(hi)))
    const probe = new Probe()
    const reached = new Promise<void>((resolve) => {
      probe.react = (event) => {
        if (event !== moment) return
        client.cancel(probe)
        resolve()
      }
    })
    start({}, probe)
    await reached
    expect(await text()).toBe('hi')
    expect(probe.events.at(-1)).toBe(moment)
  })
})

describe('closing', () => {
  it('fails what is open, and tells nothing more of its connections', async () => {
    const port = await listenHttp(() => {})
    const { client, start, journal } = createUser(port)
    const probes = Array.from({ length: 8 }, () => start())
    while (journal.phases.length < 6) await new Promise((resolve) => setTimeout(resolve, 5))
    client.close()
    client.close()
    const ends = await Promise.all(probes.map(({ end }) => end))
    expect(ends.every((end) => String(end).startsWith('closed'))).toBe(true)
    expect(journal.lost).toEqual([])
    expect(await start().end).toMatch(/^closed/)
  })

  it('ends idle connections for the server, too', async () => {
    const ended: string[] = []
    const server = createServer((_request, response) => response.end('x'))
    server.on('connection', (socket) => socket.on('close', (failed) => ended.push(failed ? 'error' : 'end')))
    const { client, text } = createUser(await listen(server))
    await text()
    client.close()
    while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(ended).toEqual(['end'])
  })
})

describe('exchanges that begin within the end of another', () => {
  it('come behind those that wait', async () => {
    const order: string[] = []
    const port = await listenHttp((request, response) => {
      order.push(request.url!)
      setTimeout(() => response.end('x'), 5)
    })
    const { start } = createUser(port)
    const first = new Probe()
    const late = new Probe()
    first.react = (event) => {
      if (event === 'complete') start({ path: '/late' }, late)
    }
    start({ path: '/first' }, first)
    const others = Array.from({ length: 9 }, (_, turn) => start({ path: `/${turn}` }))
    await Promise.all([...others, late].map(({ end }) => end))
    expect(order.at(-1)).toBe('/late')
    expect(order).toHaveLength(11)
  })

  it('use the connection that has just become free', async () => {
    const { start, journal } = createUser(await listenEcho())
    const second = new Probe()
    const first = new Probe()
    first.react = (event) => {
      if (event === 'complete') start({}, second)
    }
    start({}, first)
    await second.end
    expect(journal.phases).toHaveLength(1)
  })

  it('may close the client', async () => {
    const { client, start } = createUser(await listenEcho())
    const probe = new Probe()
    probe.react = (event) => {
      if (event === 'complete') client.close()
    }
    start({}, probe)
    const others = Array.from({ length: 9 }, () => start())
    await probe.end
    const ends = await Promise.all(others.map(({ end }) => end))
    expect(ends.some((end) => String(end).startsWith('closed'))).toBe(true)
  })
})
