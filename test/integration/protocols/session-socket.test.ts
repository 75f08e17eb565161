import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { type SessionProbe, type SessionProbeOptions, sessionProbe } from './session-probe.js'
import { rawServer, speaking } from './websocket-probe.js'

const ends: Array<() => Promise<void>> = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function serve(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
  options: ServerOptions = {},
): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, ...options })
  server.on('connection', (socket, request) => {
    socket.on('error', () => {})
    onConnection(socket, request)
  })
  await once(server, 'listening')
  ends.push(async () => {
    for (const client of server.clients) client.terminate()
    server.close()
    await once(server, 'close')
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const echo = (socket: WebSocket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

async function against(
  behave: (socket: Socket) => void,
  options: SessionProbeOptions = {},
): Promise<SessionProbe> {
  const { url, end } = await rawServer(behave)
  ends.push(end)
  return sessionProbe(url, options)
}

describe('session socket', () => {
  it('sends text and bytes as such, and counts what it writes', async () => {
    const self = sessionProbe(await serve(echo))
    await self.seen('opened')
    const handshakeBytes = self.bytes.sent
    expect(self.socket.canSend).toBe(true)
    self.socket.send('grüß dich')
    self.socket.send(Buffer.from('bytes'))
    self.socket.send('')
    self.socket.send('x'.repeat(70_000))
    expect(await self.seen('text grüß')).toBe('text grüß dich')
    expect(await self.seen('binary')).toBe('binary bytes')
    await self.seen('text xxx')
    expect(self.events).toContain('text ')
    expect(self.bytes.sent - handshakeBytes).toBe(6 + 11 + 6 + 5 + 6 + 14 + 70_000)
    expect(self.bytes.received).toBeGreaterThan(70_000 + 100)
    self.socket.close()
    expect(await self.seen('closed')).toBe('closed closed: close code 1000')
  })

  it('opens each with a URL, headers and subprotocols of its own', async () => {
    const url = await serve((socket, request) => {
      socket.send(`${request.url} ${request.headers['x-user']} ${socket.protocol}`)
    })
    const probes = [1, 2, 3].map((user) =>
      sessionProbe(`${url}/user/${user}?q`, {
        headers: [['X-User', String(user)]],
        subprotocols: [`chat.v${user}`],
      }),
    )
    for (const [at, self] of probes.entries()) {
      expect(await self.seen('opened')).toBe(`opened chat.v${at + 1}`)
      expect(await self.seen('text')).toBe(`text /user/${at + 1}?q ${at + 1} chat.v${at + 1}`)
      self.socket.destroy()
    }
  })

  it('refuses headers that cannot be sent', () => {
    expect(() => sessionProbe('ws://127.0.0.1:1/', { headers: [['x', 'a\r\nb']] })).toThrow(PlimsollError)
  })

  it('closes with a code and a reason, and with none that may not be sent', async () => {
    const closes: string[] = []
    const url = await serve((socket) => {
      socket.on('close', (code, reason) => closes.push(`${code} ${reason}`))
    })
    const self = sessionProbe(url)
    await self.seen('opened')
    expect(() => self.socket.close(1006)).toThrow(RangeError)
    self.socket.close(4_001, 'had enough')
    self.socket.close(4_002)
    expect(self.socket.canSend).toBe(false)
    await self.seen('closed closed')
    while (closes.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(closes).toEqual(['4001 had enough'])
  })

  it('reports nothing once it is destroyed', async () => {
    const sockets: WebSocket[] = []
    const url = await serve((socket) => {
      sockets.push(socket)
      socket.send('first')
      socket.send('second')
    })
    const self = sessionProbe(url)
    self.onMessage = () => self.socket.destroy()
    await self.seen('text first')
    await once(sockets[0]!, 'close')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(self.events).toEqual(['opened ', 'text first'])
    self.socket.destroy()
    self.socket.close()
  })

  it('tells why it is gone', async () => {
    const closing = sessionProbe(await serve((socket) => socket.close(1001, 'going away')))
    expect(await closing.seen('closed')).toBe('closed connection-closed: close code 1001 going away')
    const refused = sessionProbe(
      await serve(() => {}, { verifyClient: (_info, answer) => answer(false, 401, 'Who?') }),
    )
    expect(await refused.seen('closed')).toBe('closed handshake-status-401: HTTP/1.1 401 Unauthorized')
    const silent = await against(() => {}, { connectTimeoutMs: 100 })
    expect(await silent.seen('closed')).toContain('closed connect-timeout: ')
    const broken = await against(speaking(Buffer.from('8300', 'hex')))
    expect(await broken.seen('closed')).toContain('closed ws-bad-opcode: ')
    const lasting = await against(speaking(Buffer.alloc(0)))
    await lasting.seen('opened')
    lasting.socket.close()
    expect(await lasting.seen('closed')).toBe('closed closed: the server did not answer the close frame')
  })

  it('gives way to back-pressure, and leaves queued messages as they were', async () => {
    const received: string[] = []
    const paused: WebSocket[] = []
    const url = await serve((socket) => {
      socket.pause()
      paused.push(socket)
      socket.on('message', (data) => received.push(data.toString()))
    })
    const [slow, other] = [sessionProbe(url), sessionProbe(url)]
    await slow.seen('opened')
    await other.seen('opened')
    const expected: string[] = []
    while (slow.socket.canSend && expected.length < 1_000) {
      expected.push(String.fromCharCode(97 + (expected.length % 25)).repeat(100_000))
      slow.socket.send(expected.at(-1)!)
    }
    expect(expected.length).toBeLessThan(1_000)
    other.socket.send('z'.repeat(100_000))
    for (const socket of paused) socket.resume()
    await slow.seen('writable')
    expect(slow.socket.canSend).toBe(true)
    while (received.length < expected.length + 1) await new Promise((resolve) => setTimeout(resolve, 5))
    expect([...received].sort()).toEqual([...expected, 'z'.repeat(100_000)].sort())
    slow.socket.destroy()
    other.socket.destroy()
  })
})
