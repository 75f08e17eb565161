import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Probe, type ProbeOptions, probe, rawServer, speaking } from './websocket-probe.js'

const ends: Array<() => Promise<void>> = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Opens a connection to a server that behaves so. */
async function against(serve: (socket: Socket) => void, options: ProbeOptions = {}): Promise<Probe> {
  const { url, end } = await rawServer(serve)
  ends.push(end)
  const self = probe(url, options)
  self.driver.open(0)
  return self
}

const hex = (value: string) => Buffer.from(value.replaceAll(' ', ''), 'hex')

/** The code in the client's close frame. */
const closeCode = (frame: Buffer): number => (frame.readUInt16BE(6) ^ frame.readUInt16BE(2)) & 0xffff

describe('WebSocket driver and servers that fail', () => {
  it('reports a refused connection', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    await once(server, 'close')
    for (const host of ['127.0.0.1', 'localhost']) {
      const self = probe(`ws://${host}:${port}`)
      self.driver.open(0)
      expect(await self.seen('closed 0')).toContain('connect-refused: connect ECONNREFUSED')
      expect(self.events).toHaveLength(1)
    }
  })

  it('reports a local address that the machine does not have', async () => {
    const self = await against(() => {}, { localAddresses: ['203.0.113.7'] })
    expect(await self.seen('closed 0')).toContain('local-address: ')
  })

  it('connects by name and from a local address', async () => {
    const peers: Array<string | undefined> = []
    const { url, end } = await rawServer((socket) => {
      peers.push(socket.remoteAddress)
      speaking(Buffer.alloc(0))(socket)
    })
    ends.push(end)
    const self = probe(url.replace('127.0.0.1', 'localhost'), {
      localAddresses: ['127.0.0.2', '127.0.0.3'],
      connections: 3,
    })
    for (const index of [0, 1, 2]) {
      self.driver.open(index)
      await self.seen(`opened ${index}`)
    }
    expect(peers).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.2'])
    for (const index of [0, 1, 2]) self.driver.destroy(index)
  })

  it.each([
    [
      'handshake-bad-accept',
      'HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n',
    ],
    ['handshake-invalid', '220 mail.test ESMTP\r\n'],
    ['handshake-status-503', 'HTTP/1.1 503 Busy\r\n\r\n'],
  ])('%s', async (kind, answer) => {
    const self = await against((socket) => socket.write(answer))
    expect(await self.seen('closed 0')).toContain(`${kind}: `)
    expect(self.events).toHaveLength(1)
  })

  it('gives up endless headers at the limit', async () => {
    let written = 0
    const self = await against((socket) => {
      socket.write('HTTP/1.1 101 Fine\r\n')
      const more = (): void => {
        while (!socket.destroyed && socket.write('x-more: and more\r\n')) written++
      }
      socket.on('drain', more)
      more()
    })
    expect(await self.seen('closed 0')).toContain('handshake-headers-too-large: ')
    expect(self.bytes.received).toBeLessThan(200_000)
    expect(written).toBeGreaterThan(0)
  })

  it('times out where the handshake is not answered', async () => {
    const self = await against(() => {}, { connectTimeoutMs: 600 })
    expect(await self.seen('closed 0')).toBe('closed 0 connect-timeout: no WebSocket handshake within 600 ms')
  })

  it('tells an end and a reset during the handshake', async () => {
    const ended = await against((socket) => socket.end())
    expect(await ended.seen('closed 0')).toContain('connect-closed: ')
    const reset = await against((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(await reset.seen('closed 0')).toContain('connect-reset: ')
  })

  it('tells a reset of an open connection', async () => {
    const self = await against(speaking(hex('81 02 6869'), (_data, socket) => socket.resetAndDestroy()))
    await self.seen('message 0 ok hi')
    self.driver.send(0, 0)
    expect(await self.seen('closed 0')).toContain('connection-reset: ')
  })

  it.each([
    ['ws-masked-frame', '81 81 00000000 61', 1002],
    ['ws-reserved-bits', 'c1 01 61', 1002],
    ['ws-bad-opcode', '83 00', 1002],
    ['ws-bad-control', '09 00', 1002],
    ['ws-bad-continuation', '80 00', 1002],
    ['ws-bad-close', '88 01 03', 1002],
    ['ws-invalid-utf8', '81 01 ff', 1007],
    ['ws-frame-too-large', '82 7f 00000002540be400', 1009],
    ['ws-message-too-large', '02 03 616161 80 7e 03e8', 1009],
  ])('%s: a close frame says why, and the connection is gone', async (kind, bytes, code) => {
    const answers: Buffer[] = []
    let closed: (() => void) | null = null
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    const self = await against(
      (socket) => {
        socket.on('close', () => closed?.())
        speaking(hex(bytes), (data) => answers.push(data))(socket)
      },
      { maxMessageBytes: 1_001 },
    )
    expect(await self.seen('closed 0')).toContain(`closed 0 ${kind}: `)
    expect(self.driver.canSend(0)).toBe(false)
    await gone
    expect(closeCode(Buffer.concat(answers))).toBe(code)
    expect(self.events).toHaveLength(2)
  })

  it('closes by itself where the server does not answer the close frame', async () => {
    const answers: Buffer[] = []
    const self = await against(speaking(Buffer.alloc(0), (data) => answers.push(data)))
    await self.seen('opened 0')
    self.driver.close(0)
    self.driver.close(0)
    expect(await self.seen('closed 0')).toBe('closed 0 closed: the server did not answer the close frame')
    expect(answers).toHaveLength(1)
    expect(closeCode(answers[0]!)).toBe(1000)
    self.driver.close(0)
    expect(self.events).toHaveLength(2)
  })

  it('leaves the end to a server that closed, but not for ever', async () => {
    const server: { socket: Socket | null } = { socket: null }
    const self = await against((socket) => {
      server.socket = socket
      speaking(hex('88 02 03e8'))(socket)
    })
    expect(await self.seen('closed 0')).toBe('closed 0 connection-closed: close code 1000')
    expect(server.socket!.readableEnded).toBe(false)
    await once(server.socket!, 'close')
  })

  it('gives up a connection that is closed before it is open', async () => {
    const self = await against(() => {})
    self.driver.close(0)
    expect(await self.seen('closed 0')).toBe('closed 0 closed: ')
    expect(self.events).toHaveLength(1)
  })

  it('hears nothing of a connection that was opened anew at once', async () => {
    const self = await against(speaking(hex('81 02 6869')))
    self.driver.destroy(0)
    self.driver.open(0)
    await self.seen('message 0 ok hi')
    self.driver.open(0)
    await vi.waitUntil(() => self.events.length === 4, 5_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(self.events).toEqual(['opened 0', 'message 0 ok hi', 'opened 0', 'message 0 ok hi'])
    self.driver.destroy(0)
  })

  it('answers only the last of many pings while the server does not read', async () => {
    const sockets: Socket[] = []
    const self = await against(
      (socket) => {
        sockets.push(socket)
        speaking(Buffer.alloc(0))(socket)
      },
      { payload: { binary: true, prepare: () => 500_000, write: () => 500_000 } },
    )
    await self.seen('opened 0')
    sockets[0]!.pause()
    while (self.driver.canSend(0)) self.driver.send(0, 0)
    const before = self.bytes.sent
    sockets[0]!.write(
      Buffer.concat([...Array.from({ length: 1_000 }, () => hex('89 00')), hex('89 02 6f6b 81 01 61')]),
    )
    await self.seen('message 0 ok a')
    // A later read overwrites what the socket read the ping into.
    sockets[0]!.write(Buffer.concat([hex('81 7e 1388'), Buffer.alloc(5_000, 'z')]))
    await self.seen('message 0 ok zzz')
    expect(self.bytes.sent).toBe(before)
    let tail = Buffer.alloc(0)
    sockets[0]!.on('data', (data: Buffer) => {
      tail = Buffer.concat([tail, data]).subarray(-8)
    })
    sockets[0]!.resume()
    await self.seen('writable 0')
    expect(self.bytes.sent).toBe(before + 8)
    while (tail[0] !== 0x8a) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(Buffer.from([tail[6]! ^ tail[2]!, tail[7]! ^ tail[3]!]).toString()).toBe('ok')
    self.driver.destroy(0)
  })

  it('ends in one report whatever a server says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.boolean(),
        async (bytes, handshake) => {
          const say = (socket: Socket): void => {
            if (handshake) speaking(Buffer.from(bytes))(socket)
            else socket.write(bytes)
            socket.once('data', () => socket.end())
          }
          const self = await against(say)
          await self.seen('closed 0')
          expect(self.events.filter((event) => event.startsWith('closed'))).toHaveLength(1)
          for (const end of ends.splice(0)) await end()
        },
      ),
      { numRuns: 100 },
    )
  })
})
