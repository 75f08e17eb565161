import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { PayloadWriter } from '../../../src/load/driver.js'
import { fixedPayload, probe } from './websocket-probe.js'

let server: WebSocketServer | null = null

afterEach(async () => {
  if (server === null) return
  for (const client of server.clients) client.terminate()
  server.close()
  await once(server, 'close')
  server = null
})

/** A server of the `ws` package; returns its address. */
async function serve(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
  options: ServerOptions = {},
): Promise<string> {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, ...options })
  server.on('connection', (socket, request) => {
    socket.on('error', () => {})
    onConnection(socket, request)
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/some/path?q=1`
}

const echo = (socket: WebSocket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

describe('WebSocket driver and the ws server', () => {
  it.each([
    ['text', fixedPayload(Buffer.from('grüß dich'), false), 'grüß dich'],
    ['binary', fixedPayload(Buffer.from('bytes'), true), 'bytes'],
    ['an empty message', fixedPayload(Buffer.alloc(0), false), ''],
    ['100,000 bytes', fixedPayload(Buffer.alloc(100_000, 'ab'), false), 'ab'.repeat(50_000)],
  ])('echoes %s', async (_what, payload, expected) => {
    const kinds: boolean[] = []
    const url = await serve((socket) => {
      echo(socket)
      socket.on('message', (_data, isBinary) => kinds.push(isBinary))
    })
    const { driver, seen, bytes, phases } = probe(url, { payload })
    expect(driver.canSend(0)).toBe(false)
    driver.open(0)
    await seen('opened 0')
    expect(driver.canSend(0)).toBe(true)
    const written = driver.send(0, 1)
    expect(await seen('message 0')).toBe(`message 0 ok ${expected}`)
    expect(kinds).toEqual([payload.binary])
    const header = expected.length < 126 ? 6 : 14
    expect(written).toBe(header + Buffer.byteLength(expected))
    // The head of the response, the echo without a mask, and nothing else.
    expect(bytes.received).toBeGreaterThan(written - 4 + 100)
    expect(bytes.received).toBeLessThan(written - 4 + 300)
    expect(phases[0]!.total).toBeCloseTo(phases[0]!.tcp + phases[0]!.handshake, 1)
    expect(phases[0]!.tcp).toBeGreaterThan(0)
    expect(phases[0]!.handshake).toBeGreaterThan(0)
    driver.close(0)
    expect(driver.canSend(0)).toBe(false)
    expect(await seen('closed 0')).toBe('closed 0 closed: close code 1000')
  })

  it('keeps many connections and many messages apart', async () => {
    const url = await serve(echo)
    let next = 0
    const payload: PayloadWriter = {
      binary: false,
      prepare(id) {
        next = id
        return 10
      },
      write: (target, offset) => target.write(String(next), offset),
    }
    const { driver, seen, events } = probe(url, { connections: 20, payload })
    for (let index = 0; index < 20; index++) driver.open(index)
    for (let index = 0; index < 20; index++) await seen(`opened ${index}`)
    for (let id = 0; id < 2_000; id++) driver.send(id % 20, id)
    for (let index = 0; index < 20; index++) await seen(`message ${index} ok ${1_980 + index}`)
    for (let index = 0; index < 20; index++) {
      const own = events.filter((event) => event.startsWith(`message ${index} `))
      expect(own).toEqual(
        Array.from({ length: 100 }, (_, turn) => `message ${index} ok ${turn * 20 + index}`),
      )
    }
    for (let index = 0; index < 20; index++) driver.destroy(index)
    for (let index = 0; index < 20; index++) await seen(`closed ${index} closed`)
  })

  it('sends the headers and negotiates the subprotocol', async () => {
    const requests: IncomingMessage[] = []
    const url = await serve((socket, request) => {
      requests.push(request)
      socket.send(socket.protocol)
    })
    const { driver, seen } = probe(url, {
      headers: [
        ['X-Token', 'abc'],
        ['Host', 'chat.test'],
        ['Origin', 'http://chat.test'],
      ],
      subprotocols: ['chat.v2', 'chat.v1'],
    })
    driver.open(0)
    expect(await seen('message 0')).toBe('message 0 ok chat.v2')
    expect(requests[0]!.url).toBe('/some/path?q=1')
    expect(requests[0]!.headers).toMatchObject({
      'x-token': 'abc',
      host: 'chat.test',
      origin: 'http://chat.test',
      'user-agent': 'plimsoll',
    })
    driver.destroy(0)
  })

  it('answers pings, puts fragments together and counts what it writes', async () => {
    const url = await serve((socket) => {
      socket.send('one ', { fin: false })
      socket.ping('still there?')
      socket.send('two ', { fin: false })
      socket.send('three', { fin: true })
      socket.on('pong', (data) => socket.send(`pong ${data}`))
    })
    const { driver, seen, bytes } = probe(url)
    driver.open(0)
    expect(await seen('message 0 ok one')).toBe('message 0 ok one two three')
    await seen('message 0 ok pong still there?')
    expect(bytes.sent).toBeGreaterThan(6 + 'still there?'.length + 150)
    driver.destroy(0)
  })

  it('reports why the server closed, and answers it', async () => {
    const codes: number[] = []
    const url = await serve((socket) => {
      socket.on('close', (code) => codes.push(code))
      socket.close(1001, 'going away')
    })
    const { driver, seen } = probe(url)
    driver.open(0)
    expect(await seen('closed 0')).toBe('closed 0 connection-closed: close code 1001 going away')
    while (codes.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(codes).toEqual([1001])
  })

  it('reports a connection that ends without a close frame', async () => {
    const url = await serve((socket) => socket.terminate())
    const { driver, seen } = probe(url)
    driver.open(0)
    expect(await seen('closed 0')).toContain('connection-closed: ')
  })

  it('reports the status of a refusal', async () => {
    const url = await serve(() => {}, { verifyClient: (_info, answer) => answer(false, 403, 'Not you') })
    const { driver, seen, events } = probe(url)
    driver.open(0)
    expect(await seen('closed 0')).toBe('closed 0 handshake-status-403: HTTP/1.1 403 Forbidden')
    expect(events).toHaveLength(1)
  })

  it('refuses a server that speaks none of the subprotocols', async () => {
    const url = await serve(() => {}, { handleProtocols: () => false })
    const { driver, seen } = probe(url, { subprotocols: ['chat'] })
    driver.open(0)
    expect(await seen('closed 0')).toContain('handshake-subprotocol: ')
  })

  it('opens a lost connection anew, even within the report of its end', async () => {
    let count = 0
    const url = await serve((socket) => {
      count++
      if (count <= 2) socket.close(1012)
      else socket.send('third')
    })
    const self = probe(url)
    self.onClosed = (index) => {
      if (count <= 2) self.driver.open(index)
    }
    self.driver.open(0)
    await self.seen('message 0 ok third')
    expect(self.events.map((event) => event.split(' ')[0])).toEqual([
      'opened',
      'closed',
      'opened',
      'closed',
      'opened',
      'message',
    ])
    self.driver.destroy(0)
    self.driver.destroy(0)
    await self.seen('closed 0 closed')
  })

  it('falls silent when it is destroyed within a message', async () => {
    const url = await serve((socket) => {
      for (const text of ['a', 'b', 'c']) socket.send(text)
    })
    const self = probe(url)
    self.onMessage = (index) => self.driver.destroy(index)
    self.driver.open(0)
    await self.seen('closed 0 closed')
    expect(self.events.filter((event) => event.startsWith('message'))).toEqual(['message 0 ok a'])
  })

  it('gives way to back-pressure, and leaves queued messages as they were', async () => {
    const received: string[] = []
    const paused: WebSocket[] = []
    const url = await serve((socket) => {
      socket.pause()
      paused.push(socket)
      socket.on('message', (data) => received.push(data.toString()))
    })
    let next = 0
    const payload: PayloadWriter = {
      binary: false,
      prepare(id) {
        next = id
        return 200_000
      },
      write: (target, offset) => target.fill(97 + (next % 26), offset, offset + 200_000) && 200_000,
    }
    const { driver, seen, events } = probe(url, { payload, connections: 2 })
    driver.open(0)
    await seen('opened 0')
    let sent = 0
    while (driver.canSend(0) && sent < 1_000) driver.send(0, sent++)
    expect(sent).toBeLessThan(1_000)
    expect(events).toEqual(['opened 0'])
    // Another connection writes through the same memory meanwhile.
    driver.open(1)
    await seen('opened 1')
    driver.send(1, 25)
    for (const socket of paused) socket.resume()
    await seen('writable 0')
    expect(driver.canSend(0)).toBe(true)
    driver.send(0, sent++)
    while (received.length < sent + 1) await new Promise((resolve) => setTimeout(resolve, 5))
    const expected = Array.from({ length: sent }, (_, id) =>
      String.fromCharCode(97 + (id % 26)).repeat(200_000),
    )
    expect([...received].sort()).toEqual([...expected, 'z'.repeat(200_000)].sort())
    driver.destroy(0)
    driver.destroy(1)
  })
})
