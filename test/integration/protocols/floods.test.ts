import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { CreateDriver, Driver, DriverOptions, DriverSink } from '../../../src/load/driver.js'
import { createHttp1Driver } from '../../../src/protocols/http1/driver.js'
import { createWebSocketDriver } from '../../../src/protocols/websocket/driver.js'
import { fixedPayload, rawServer, speaking } from './websocket-probe.js'

const ends: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const gigabyte = 1e9
const maxHeaderBytes = 65_536

/** What a driver reported of its one connection; messages are counted only, since there are many. */
interface Tally {
  readonly driver: Driver
  readonly ended: Promise<string>
  messages: number
  received: number
  sent: number
  /** The most that this process grew by while the driver was at work. */
  grownBytes: number
}

/** Opens a connection to a server that behaves so, and sends a message as soon as it is open. */
async function against(
  create: CreateDriver,
  scheme: string,
  serve: (socket: Socket) => void,
  options: Partial<DriverOptions> = {},
): Promise<Tally> {
  const { url, end } = await rawServer(serve)
  ends.push(end)
  const before = process.memoryUsage.rss()
  let close: (event: string) => void = () => {}
  const note = (): void => {
    tally.grownBytes = Math.max(tally.grownBytes, process.memoryUsage.rss() - before)
  }
  const sink: DriverSink = {
    opened: (index) => void driver.send(index, 0),
    writable() {},
    firstByte() {},
    message() {
      tally.messages++
    },
    received(bytes) {
      tally.received += bytes
      note()
    },
    sent(bytes) {
      tally.sent += bytes
    },
    closed: (_index, kind) => close(kind),
  }
  const driver = create(
    {
      url: new URL(url.replace('ws:', scheme)),
      headers: [],
      method: 'GET',
      subprotocols: [],
      compression: false,
      connectTimeoutMs: 20_000,
      maxMessageBytes: 1_000_000,
      maxHeaderBytes,
      localAddresses: [],
      tls: null,
      ...options,
    },
    1,
    fixedPayload(Buffer.from('hello'), false),
    sink,
  )
  const tally: Tally = {
    driver,
    ended: new Promise((resolve) => {
      close = resolve
    }),
    messages: 0,
    received: 0,
    sent: 0,
    grownBytes: 0,
  }
  driver.open(0)
  return tally
}

/** Answers the first bytes with `head`, and then with a gigabyte of `unit`, as fast as it is taken. */
const pouring =
  (head: string, unit: string) =>
  (socket: Socket): void => {
    const piece = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)), 'latin1')
    let left = gigabyte
    const pour = (): void => {
      while (left > 0 && socket.writable) {
        left -= piece.length
        if (!socket.write(piece)) return
      }
    }
    socket.once('data', () => {
      socket.write(head, 'latin1')
      socket.on('drain', pour)
      pour()
    })
  }

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

describe('a gigabyte where a line was to be', () => {
  it.each([
    ['a status line', 'HTTP/1.1 200 ', 'x', 'http-headers-too-large'],
    ['a header field', 'HTTP/1.1 200 OK\r\nX: ', 'x', 'http-headers-too-large'],
    ['a list that is read', 'HTTP/1.1 200 OK\r\nConnection: ', 'x, ', 'http-headers-too-large'],
    ['header fields', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n', 'http-headers-too-large'],
    ['interim responses', '', 'HTTP/1.1 103 Early\r\nX: y\r\n\r\n', 'http-headers-too-large'],
    ['a chunk extension', `${chunked}5;`, 'x', 'http-headers-too-large'],
    ['trailers', `${chunked}0\r\n`, 'X: y\r\n', 'http-headers-too-large'],
    ['a body without an end', 'HTTP/1.1 200 OK\r\n\r\n', 'x', 'http-body-too-large'],
  ])('over HTTP: %s', async (_name, head, unit, kind) => {
    const tally = await against(createHttp1Driver, 'http:', pouring(head, unit))
    expect(await tally.ended).toBe(kind)
    expect(tally.received).toBeLessThan(1_000_000 + 2 * maxHeaderBytes + 70_000)
    expect(tally.messages).toBe(0)
    expect(tally.grownBytes).toBeLessThan(100e6)
  })

  it.each([
    ['a status line', 'HTTP/1.1 101 ', 'x', 'handshake-headers-too-large'],
    ['header fields', 'HTTP/1.1 101 Fine\r\n', 'X: y\r\n', 'handshake-headers-too-large'],
    ['interim responses', '', 'HTTP/1.1 103 Early\r\nX: y\r\n\r\n', 'handshake-headers-too-large'],
    ['bytes that are not HTTP', 'SSH-2.0', 'x', 'handshake-invalid'],
  ])('as a handshake: %s', async (_name, head, unit, kind) => {
    const tally = await against(createWebSocketDriver, 'ws:', pouring(head, unit))
    expect(await tally.ended).toBe(kind)
    expect(tally.received).toBeLessThan(2 * maxHeaderBytes + 70_000)
    expect(tally.grownBytes).toBeLessThan(100e6)
  })
})

describe('a million frames in one write', () => {
  const frames = 1_000_000
  const flood = (frame: number[]): Buffer => Buffer.alloc(frames * frame.length, Buffer.from(frame))
  const closing = Buffer.from([0x88, 2, 0x03, 0xe8])

  it.each([
    ['empty texts', [0x81, 0], frames],
    ['texts of one byte', [0x81, 1, 0x61], frames],
    ['pongs', [0x8a, 0], 0],
  ])('%s: each is read, and none is kept', async (_name, frame, messages) => {
    const bytes = Buffer.concat([flood(frame), closing])
    const tally = await against(createWebSocketDriver, 'ws:', speaking(bytes))
    expect(await tally.ended).toBe('connection-closed')
    expect(tally.messages).toBe(messages)
    expect(tally.grownBytes).toBeLessThan(150e6)
  })

  it('pings of a server that reads no pongs: what waits to be written stays small', async () => {
    const ping = Buffer.concat([Buffer.from([0x89, 125]), Buffer.alloc(125)])
    const pings = 300_000
    const bytes = Buffer.concat([Buffer.alloc(pings * ping.length, ping), closing])
    const tally = await against(createWebSocketDriver, 'ws:', (socket) => {
      speaking(bytes)(socket)
      socket.once('data', () => setImmediate(() => socket.pause()))
    })
    expect(await tally.ended).toBe('connection-closed')
    // The kernel takes a few MB on either side; then only the last ping is remembered.
    expect(tally.sent).toBeLessThan((pings * ping.length) / 2)
    expect(tally.grownBytes).toBeLessThan(150e6)
  })

  it('empty fragments of one message: it grows by nothing', async () => {
    const bytes = Buffer.concat([
      Buffer.from([0x01, 0]),
      flood([0x00, 0]),
      Buffer.from([0x80, 1, 0x61]),
      closing,
    ])
    const tally = await against(createWebSocketDriver, 'ws:', speaking(bytes))
    expect(await tally.ended).toBe('connection-closed')
    expect(tally.messages).toBe(1)
    expect(tally.grownBytes).toBeLessThan(150e6)
  })
})
