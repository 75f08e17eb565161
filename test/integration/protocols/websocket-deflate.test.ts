import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { constants, deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type PerMessageDeflateOptions, type WebSocket, WebSocketServer } from 'ws'
import { monotonicUs } from '../../../src/kernel/clock.js'
import type { PayloadWriter } from '../../../src/load/driver.js'
import { acceptOf } from '../../../src/protocols/websocket/handshake.js'
import { serverFrame } from '../../unit/protocols/websocket/ws-oracle.js'
import { sessionProbe } from './session-probe.js'
import { fixedPayload, type ProbeOptions, probe, rawServer } from './websocket-probe.js'

const ends: Array<() => Promise<void>> = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A server of the `ws` package with permessage-deflate; returns its address. */
async function serve(
  onConnection: (socket: WebSocket) => void,
  perMessageDeflate: PerMessageDeflateOptions | boolean,
): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  await once(server, 'listening')
  ends.push(async () => {
    for (const client of server.clients) client.terminate()
    server.close()
    await once(server, 'close')
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const echo = (socket: WebSocket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

/** Answers the handshake with these extensions, and sends `bytes` at once. */
async function answering(
  extensions: string | null,
  bytes: Buffer,
  onData?: (data: Buffer, socket: Socket) => void,
) {
  const requests: string[] = []
  const { url, end } = await rawServer((socket) => {
    socket.once('data', (request) => {
      requests.push(request.toString('latin1'))
      const key = /sec-websocket-key: (.*)\r\n/i.exec(requests.at(-1)!)![1]!
      const chosen = extensions === null ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`
      const head = `HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${chosen}Sec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`
      socket.write(Buffer.concat([Buffer.from(head), bytes]))
      socket.on('data', (data: Buffer) => onData?.(data, socket))
    })
  })
  ends.push(end)
  return { url, requests }
}

function open(url: string, options: ProbeOptions = {}) {
  const self = probe(url, { compression: true, ...options })
  self.driver.open(0)
  return self
}

const compressed = (content: Buffer | string) =>
  deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
const text = JSON.stringify({ type: 'say', room: 'tea', text: 'a text that is long enough to be worth it' })

describe('permessage-deflate and the ws server', () => {
  const negotiations: Array<[string, PerMessageDeflateOptions]> = [
    ['no parameters', {}],
    ['no context of the server', { serverNoContextTakeover: true, threshold: 0 }],
    ['no context of the client', { clientNoContextTakeover: true }],
    ['a small window of the server', { serverMaxWindowBits: 9 }],
    ['the smallest windows', { serverMaxWindowBits: 8, clientMaxWindowBits: 8 }],
    [
      'all of them',
      {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 10,
        clientMaxWindowBits: 10,
        threshold: 0,
      },
    ],
  ]

  it.each(negotiations)('talks with %s', async (_what, options) => {
    const extensions: string[] = []
    const url = await serve((socket) => {
      extensions.push(socket.extensions)
      echo(socket)
    }, options)
    // The messages differ and have much in common, and reach beyond the smaller windows together.
    let next = 0
    const contentOf = (id: number) => `${id} ${text} ${String(id % 7).repeat((id * 37) % 900)}`
    const payload: PayloadWriter = {
      binary: false,
      prepare(id) {
        next = id
        return 2_000
      },
      write: (target, offset) => target.write(contentOf(next), offset),
    }
    const self = open(url, { payload })
    await self.seen('opened 0')
    expect(extensions[0]).toContain('permessage-deflate')
    for (let id = 0; id < 200; id++) self.driver.send(0, id)
    await self.seen(`message 0 ok 199 `)
    expect(self.events.slice(1)).toEqual(
      Array.from({ length: 200 }, (_, id) => `message 0 ok ${contentOf(id)}`),
    )
    self.driver.close(0)
    expect(await self.seen('closed 0')).toBe('closed 0 closed: close code 1000')
  })

  it('takes contexts over both ways: what was said before costs a few bytes', async () => {
    const url = await serve(echo, {})
    const self = open(url, { payload: fixedPayload(Buffer.from(text), false) })
    await self.seen('opened 0')
    const before = { ...self.bytes }
    const written = [0, 1, 2].map((id) => self.driver.send(0, id))
    while (self.events.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(written[0]).toBeGreaterThan(text.length * 0.8)
    expect(written[1]).toBeLessThan(20)
    expect(written[2]).toBeLessThan(20)
    const sentTogether = written[0]! + written[1]! + written[2]!
    // Bytes of the wire, each frame without the four of the mask.
    expect(self.bytes.received - before.received).toBeLessThan(sentTogether)
    expect(self.bytes.received - before.received).toBeGreaterThan(sentTogether - 30)
    self.driver.destroy(0)
  })

  it('carries binary and empty messages and a large one', async () => {
    const url = await serve(echo, {})
    const self = sessionProbe(url, { compression: true })
    await self.seen('opened')
    const large = Buffer.alloc(900_000, 'many a mickle makes a muckle. ')
    const before = self.bytes.sent
    self.socket.send(large)
    expect(self.bytes.sent - before).toBeLessThan(10_000)
    self.socket.send('')
    self.socket.send('wörter')
    await self.seen('text w')
    expect(self.events.slice(1)).toEqual([`binary ${large}`, 'text ', 'text wörter'])
    self.socket.destroy()
  })

  it('goes on uncompressed where the server does not take it', async () => {
    const extensions: string[] = []
    const url = await serve((socket) => {
      extensions.push(socket.extensions)
      echo(socket)
    }, false)
    const self = open(url, { payload: fixedPayload(Buffer.from(text), false) })
    await self.seen('opened 0')
    expect(extensions).toEqual([''])
    expect(self.driver.send(0, 0)).toBe(6 + text.length)
    expect(await self.seen('message 0')).toBe(`message 0 ok ${text}`)
    self.driver.destroy(0)
  })

  it('offers nothing where it is not asked to', async () => {
    const { url, requests } = await answering(null, Buffer.alloc(0))
    for (const compression of [false, true]) {
      const self = open(url, { compression })
      await self.seen('opened 0')
      self.driver.destroy(0)
    }
    expect(requests[0]).not.toMatch(/sec-websocket-extensions/i)
    expect(requests[1]).toMatch(
      /\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n/,
    )
  })
})

describe('permessage-deflate and servers that get it wrong', () => {
  it.each([
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate; mystery',
    'permessage-deflate, x-other',
    'bzip',
  ])('refuses the answer %s', async (answer) => {
    const { url } = await answering(answer, Buffer.alloc(0))
    expect(await open(url).seen('closed 0')).toContain('closed 0 handshake-extension: ')
    const session = sessionProbe(url, { compression: true })
    expect(await session.seen('closed')).toContain('closed handshake-extension: ')
  })

  it('refuses an extension that was not offered at all', async () => {
    const { url } = await answering('permessage-deflate', Buffer.alloc(0))
    expect(await open(url, { compression: false }).seen('closed 0')).toContain('handshake-extension: ')
  })

  it.each([
    ['ws-reserved-bits', 'a compressed pong', serverFrame(10, Buffer.alloc(0), true, true), 1002],
    ['ws-bad-deflate', 'nonsense', serverFrame(1, Buffer.from('07ff', 'hex'), true, true), 1007],
    ['ws-invalid-utf8', 'no text', serverFrame(1, compressed(Buffer.from([0xff])), true, true), 1007],
  ])('%s: %s', async (kind, _what, bytes, code) => {
    let answer = Buffer.alloc(0)
    const { url } = await answering('permessage-deflate', bytes, (data) => {
      answer = Buffer.concat([answer, data])
    })
    expect(await open(url).seen('closed 0')).toContain(`closed 0 ${kind}: `)
    while (answer.length < 8) await new Promise((resolve) => setTimeout(resolve, 5))
    expect((answer.readUInt16BE(6) ^ answer.readUInt16BE(2)) & 0xffff).toBe(code)
  })

  it('gives up a bomb at the limit, within its memory', async () => {
    const piece = deflateRawSync(Buffer.alloc(64_000_000), { finishFlush: constants.Z_FULL_FLUSH })
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => piece))
    expect(bomb.length).toBeGreaterThan(900_000)
    const { url } = await answering('permessage-deflate', serverFrame(2, bomb, true, true))
    const before = process.resourceUsage().maxRSS
    const self = open(url, { maxMessageBytes: 4_000_000 })
    expect(await self.seen('closed 0')).toContain('closed 0 ws-message-too-large: ')
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(80_000)
  })

  it('dates a message by its last frame, not by the end of inflating', async () => {
    // Fifty at once: the last one is inflated well after it was read.
    const one = serverFrame(2, compressed(Buffer.alloc(900_000, 'x')), true, true)
    const { url } = await answering(
      'permessage-deflate; server_no_context_takeover',
      Buffer.concat(Array.from({ length: 50 }, () => one)),
    )
    const self = sessionProbe(url, { compression: true })
    const endsUs: number[] = []
    self.onMessage = () => endsUs.push(monotonicUs())
    while (endsUs.length < 50) await new Promise((resolve) => setTimeout(resolve, 5))
    const arrivals = self.arrivalsUs as number[]
    expect(arrivals.every((at, index) => at <= endsUs[index]! && at >= (arrivals[index - 1] ?? 0))).toBe(true)
    // Those of one read arrived together, while their inflating took turns.
    expect(new Set(arrivals).size).toBeLessThan(20)
    expect(arrivals.filter((at, index) => at < (endsUs[index - 1] ?? 0)).length).toBeGreaterThan(30)
    self.socket.destroy()
  })
})
