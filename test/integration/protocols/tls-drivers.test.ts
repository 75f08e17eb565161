import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { ConnectPhases, Driver, DriverSink, TlsSettings } from '../../../src/load/driver.js'
import { createHttp1Driver } from '../../../src/protocols/http1/driver.js'
import { createSessionTransports } from '../../../src/protocols/session-transports.js'
import { DefaultPayload } from '../../../src/scenario/payload.js'
import { Certificates, type Listening, listen, pems } from './tls-peers.js'
import { fixedPayload, probe } from './websocket-probe.js'

const certificates = new Certificates()
afterAll(() => certificates.remove())

const opened: Array<{ end(): unknown }> = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.end()
})

async function serving<Kind extends Server>(starting: Promise<Listening<Kind>>): Promise<Listening<Kind>> {
  const listening = await starting
  opened.push(listening)
  return listening
}

/** Node's HTTPS server with `ws` on it: both echo. */
const echo = () => {
  const server = createHttpsServer(pems(certificates.local), (request, response) => request.pipe(response))
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data, binary) => socket.send(data, { binary })),
  )
  return serving(listen(server))
}

const silent = () => serving(listen(createTcpServer()))

interface Http {
  readonly driver: Driver
  readonly events: string[]
  readonly phases: ConnectPhases[]
  seen(start: string): Promise<void>
}

function http(port: number, tls: TlsSettings, connectTimeoutMs = 5_000): Http {
  const events: string[] = []
  const phases: ConnectPhases[] = []
  const sink: DriverSink = {
    opened(index, connect) {
      phases.push(connect)
      events.push(`opened ${index}`)
    },
    writable() {},
    firstByte() {},
    message: (index, _data, _start, _end, problem) => events.push(`message ${index} ${problem}`),
    received() {},
    sent() {},
    closed: (index, kind, detail) => events.push(`closed ${index} ${kind}: ${detail}`),
  }
  const driver = createHttp1Driver(
    {
      url: new URL(`https://127.0.0.1:${port}/`),
      headers: [],
      method: 'POST',
      subprotocols: [],
      compression: false,
      connectTimeoutMs,
      maxMessageBytes: 10_000_000,
      maxHeaderBytes: 16_384,
      localAddresses: [],
      tls,
    },
    2,
    new DefaultPayload(),
    sink,
  )
  opened.push({ end: () => [0, 1].map((index) => driver.destroy(index)) })
  return {
    driver,
    events,
    phases,
    async seen(start) {
      while (!events.some((event) => event.startsWith(start))) await new Promise(setImmediate)
    },
  }
}

describe('the WebSocket driver', () => {
  it('speaks with ws over https, and tells TLS from its own handshake', async () => {
    const { port } = await echo()
    const payload = fixedPayload(Buffer.alloc(200_000, 'x'), false)
    const { driver, seen, phases } = probe(`wss://127.0.0.1:${port}/`, {
      tls: certificates.settings(),
      payload,
    })
    opened.push({ end: () => driver.destroy(0) })
    driver.open(0)
    await seen('opened 0')
    const [{ tcp, tls, handshake, total }] = phases as [ConnectPhases]
    for (const phase of [tcp, tls, handshake]) expect(phase).toBeGreaterThan(0)
    expect(tcp + tls + handshake).toBeCloseTo(total, 1)
    driver.send(0, 1)
    await seen('writable 0')
    await seen('message 0 ok xxx')
    driver.close(0)
    expect(await seen('closed 0')).toMatch(/closed/)
  })

  it('gives up a handshake of TLS that never ends', async () => {
    const { port } = await silent()
    const { driver, seen } = probe(`wss://127.0.0.1:${port}/`, {
      tls: certificates.settings(),
      connectTimeoutMs: 150,
    })
    driver.open(0)
    expect(await seen('closed 0')).toBe('closed 0 connect-timeout: no TLS handshake within 150 ms')
  })
})

describe('the HTTP driver', () => {
  it('speaks with Node’s server on connections that stay, and resumes', async () => {
    const { port } = await echo()
    const { driver, events, phases, seen } = http(port, certificates.settings())
    for (const index of [0, 1]) {
      driver.open(index)
      await seen(`opened ${index}`)
      for (let count = 1; count <= 3; count++) {
        driver.send(index, count)
        while (events.filter((event) => event === `message ${index} null`).length < count)
          await new Promise(setImmediate)
      }
    }
    expect(events).toHaveLength(8)
    expect(phases.map(({ tlsResumed }) => tlsResumed ?? false)).toEqual([false, true])
    expect(phases[0]!.tls).toBeGreaterThan(0)
    expect(phases[0]!.handshake).toBe(0)
    expect(phases[0]!.tcp + phases[0]!.tls).toBeCloseTo(phases[0]!.total, 1)
  })

  it('gives up a handshake of TLS that never ends', async () => {
    const { port } = await silent()
    const { driver, events, seen } = http(port, certificates.settings(), 150)
    driver.open(0)
    await seen('closed 0')
    expect(events).toEqual(['closed 0 connect-timeout: no TLS handshake within 150 ms'])
  })
})

describe('sessions', () => {
  const transports = (tls: TlsSettings | null) =>
    createSessionTransports({ connectTimeoutMs: 5_000, maxMessageBytes: 1e6, maxHeaderBytes: 16_384, tls })

  const exchange = (port: number, tls: TlsSettings | null): Promise<string> =>
    new Promise((resolve) => {
      const client = transports(tls).createHttpClient({
        connectionOpened() {},
        connectionFailed() {},
        connectionLost() {},
        received() {},
        sent() {},
      })
      opened.push({ end: () => client.close() })
      client.exchange(
        { method: 'POST', url: new URL(`https://127.0.0.1:${port}/`), headers: [], body: 'hello' },
        {
          written() {},
          firstByte() {},
          complete: (status, _headers, body) => resolve(`${status} ${body.toString()}`),
          failed: (kind) => resolve(kind),
        },
      )
    })

  it('speak TLS by the settings of the run', async () => {
    const { port } = await echo()
    expect(await exchange(port, certificates.settings())).toBe('200 hello')
    expect(await exchange(port, null)).toBe('tls-untrusted')
  })

  it('open WebSockets over it', async () => {
    const { port } = await echo()
    const text = await new Promise((resolve) => {
      const socket = transports(certificates.settings()).openSocket(
        { url: new URL(`wss://127.0.0.1:${port}/`), headers: [], subprotocols: [], compression: false },
        {
          opened: () => socket.send('hello'),
          message: (data, start, end) => resolve(data.toString('utf8', start, end)),
          writable() {},
          received() {},
          sent() {},
          closed: (kind) => resolve(kind),
        },
      )
      opened.push({ end: () => socket.destroy() })
    })
    expect(text).toBe('hello')
  })
})
