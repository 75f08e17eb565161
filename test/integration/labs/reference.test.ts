import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { LogHistogram } from '../../../bench/reference/support.mjs'
import {
  exchangeAll,
  idsOf,
  nextMessage,
  openSocket,
  openSockets,
  type RunningProgram,
  range,
  root,
  runToEnd,
  startLab,
  startProgram,
} from './lab-process.js'

const out = mkdtempSync(join(tmpdir(), 'plimsoll-reference-'))
const reference = join(root, 'bench/reference')
const program = (name: string): string => join(out, name)
const runClient = (name: string, ...args: string[]) =>
  runToEnd(process.execPath, [join(reference, name), ...args])

let server: RunningProgram | undefined
const start = async (name: string): Promise<number> => {
  server = await startProgram(program(name), ['--port', '0'])
  return server.port
}

beforeAll(async () => {
  const built = await runToEnd('make', ['-C', reference, `OUT=${out}`])
  expect(built).toMatchObject({ code: 0, err: '' })
})
afterEach(async () => {
  if (server) expect(await server.stop()).toBe(0)
  server = undefined
})

async function echoed(socket: WebSocket, data: string | Buffer): Promise<Buffer> {
  socket.send(data)
  return (await once(socket, 'message'))[0] as Buffer
}

describe('ws-echo.c', () => {
  it('echoes messages of every length class, text and binary', async () => {
    const socket = await openSocket(await start('ws-echo'))
    for (const length of [0, 1, 7, 8, 125, 126, 127, 65_535, 65_536, 70_000, 3_000_000]) {
      const data = Buffer.from(Array.from({ length: 256 }, (_, index) => (index * 7 + length) & 255))
      const message = Buffer.alloc(length, data)
      expect((await echoed(socket, message)).equals(message)).toBe(true)
    }
    socket.send('grüße')
    const [data, binary] = await once(socket, 'message')
    expect([String(data), binary]).toEqual(['grüße', false])
  })

  it('takes many messages in one read, and messages in pieces', async () => {
    const socket = await openSocket(await start('ws-echo'))
    expect(idsOf(await exchangeAll(socket, range(1, 5_000)))).toEqual(range(1, 5_000))

    const raw = connect(server!.port, '127.0.0.1')
    raw.setNoDelay(true)
    const upgrade =
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    const frame = Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x68 ^ 1, 0x69 ^ 2])
    for (const byte of Buffer.concat([Buffer.from(upgrade), frame, frame])) {
      raw.write(Buffer.from([byte]))
      await new Promise((turn) => setImmediate(turn))
    }
    let read = Buffer.alloc(0)
    for await (const piece of raw) {
      read = Buffer.concat([read, piece as Buffer])
      if (read.toString('latin1').endsWith('\x81\x02hi\x81\x02hi')) break
    }
    // The accept key of the sample in RFC 6455 section 1.3.
    expect(read.toString('latin1')).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n')
  })

  it('echoes fragments, answers pings and closes cleanly', async () => {
    const socket = await openSocket(await start('ws-echo'))
    const whole = nextMessage(socket)
    socket.send('one ', { fin: false })
    socket.ping('are you there')
    socket.send('message', { fin: true })
    expect(String((await once(socket, 'pong'))[0])).toBe('are you there')
    expect(await whole).toBe('one message')
    const closed = once(socket, 'close')
    socket.close(4_001, 'done')
    expect((await closed).map(String)).toEqual(['4001', 'done'])
  })

  it('holds what a client does not read, without losing or mixing bytes', async () => {
    const socket = await openSocket(await start('ws-echo'))
    socket.pause()
    const messages = range(1, 60).map((id) => Buffer.alloc(300_000, `${id} `))
    for (const message of messages) socket.send(message)
    // Nothing is read back yet, so both directions fill up; then all of it has to come.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(socket.bufferedAmount).toBeGreaterThan(0)
    const received: Buffer[] = []
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => received.push(data) === messages.length && resolve())
    })
    socket.resume()
    await all
    expect(received.every((data, index) => data.equals(messages[index]!))).toBe(true)
  })

  it('serves 1000 connections and outlives the nonsense of others', async () => {
    const port = await start('ws-echo')
    const sockets: WebSocket[] = []
    while (sockets.length < 1_000) sockets.push(...(await openSockets(port, 100)))
    const nonsense = ['GET / HTTP/1.1\r\n\r\n', 'x'.repeat(20_000)].map((text) => {
      const raw = connect(port, '127.0.0.1')
      raw.on('error', () => undefined)
      raw.write(text)
      raw.resume()
      return once(raw, 'close')
    })
    await Promise.all(nonsense)
    sockets[500]!.terminate()
    const replies = await Promise.all(
      sockets.map((socket, id) =>
        id === 500 ? '{"id":500}' : exchangeAll(socket, [id]).then(([reply]) => reply),
      ),
    )
    expect(replies).toEqual(range(0, 999).map((id) => `{"id":${id}}`))
    for (const socket of sockets) socket.terminate()
  })

  it('ends a connection that breaks the protocol', async () => {
    const socket = await openSocket(await start('ws-echo'))
    const tcp = (socket as unknown as { _socket: NodeJS.WritableStream })._socket
    const closed = once(socket, 'close')
    tcp.write(Buffer.from([0x81, 0x02, 0x68, 0x69]))
    expect((await closed)[0]).toBe(1006)
  })
})

describe('http-hello.c', () => {
  it('answers node:http', async () => {
    const port = await start('http-hello')
    const [response] = await once(get({ host: '127.0.0.1', port }), 'response')
    let body = ''
    for await (const piece of response) body += piece
    expect([response.statusCode, response.headers['content-length'], body]).toEqual([
      200,
      '13',
      'Hello, World!',
    ])
  })

  it('answers every one of many pipelined requests, wherever a read cuts them', async () => {
    const socket = connect(await start('http-hello'), '127.0.0.1')
    socket.setNoDelay(true)
    const requests = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nX: \r\r\n\r\n'.repeat(3_000))
    for (let at = 0, size = 1; at < requests.length; at += size, size = (size * 3) % 8_191) {
      socket.write(requests.subarray(at, at + size))
      if (at < 2_000) await new Promise((turn) => setImmediate(turn))
    }
    let text = ''
    for await (const piece of socket) {
      text += String(piece)
      if (text.split('Hello, World!').length > 3_000) break
    }
    const response = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!'
    expect(text).toBe(response.repeat(3_000))
  })

  it('holds responses that a client does not read', async () => {
    const socket = connect(await start('http-hello'), '127.0.0.1')
    const count = 200_000
    socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(count))
    let bytes = 0
    const responseBytes =
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!'.length
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 100))
    for await (const piece of socket) {
      bytes += (piece as Buffer).length
      if (bytes >= count * responseBytes) break
    }
    expect(bytes).toBe(count * responseBytes)
  })
})

describe('ws-client.c', () => {
  it('counts round trips, and every message is a right one', async () => {
    const port = await start('ws-echo')
    const run = await runToEnd(program('ws-client'), ['127.0.0.1', String(port), '20', '0.5'])
    expect(run).toMatchObject({ code: 0, err: '' })
    const result = JSON.parse(run.out) as Record<string, number>
    expect(result.seconds).toBeGreaterThan(0.4)
    expect(result.perSecond! / (result.roundTrips! / result.seconds!)).toBeCloseTo(1, 2)
    expect(result.roundTrips).toBeGreaterThan(500)
  })

  it('is held to the rate of a target of known capacity', async () => {
    server = await startLab('capacity', '--service', '5ms')
    const run = await runToEnd(program('ws-client'), ['127.0.0.1', String(server.port), '10', '1'])
    const result = JSON.parse(run.out) as Record<string, number>
    expect(result.perSecond).toBeLessThan(205)
    expect(result.perSecond).toBeGreaterThan(100)
  })

  it('says what is wrong', async () => {
    expect(await runToEnd(program('ws-client'), [])).toMatchObject({ code: 2 })
    const port = await start('http-hello')
    expect(await runToEnd(program('ws-client'), ['127.0.0.1', String(port), '1', '1'])).toMatchObject({
      code: 1,
      err: 'no WebSocket there\n',
    })
  })
})

describe('the reference clients in JavaScript', () => {
  const load = ['--connections', '10', '--seconds', '0.5', '--warmup', '0.2']

  it.each([
    ['bare-ws.mjs', 'ws-echo'],
    ['bare-ws-package.mjs', 'ws-echo'],
    ['bare-http.mjs', 'http-hello'],
  ])('%s measures in both models', async (client, target) => {
    const port = String(await start(target))
    const closed = await runClient(client, '--port', port, ...load)
    expect(closed).toMatchObject({ code: 0, err: '' })
    const result = JSON.parse(closed.out) as Record<string, number>
    expect(result.perSecond).toBeGreaterThan(500)
    expect(result.cpuSecondsPerMessage).toBeGreaterThan(0)
    expect(result.p99).toBeGreaterThanOrEqual(result.p50!)

    for (const pacing of ['timeout', 'spin']) {
      const open = await runClient(client, '--port', port, ...load, '--rate', '400', '--pacing', pacing)
      expect(open).toMatchObject({ code: 0, err: '' })
      const { count } = JSON.parse(open.out) as { count: number }
      expect(count).toBeGreaterThan(150)
      expect(count).toBeLessThan(250)
    }
  })

  it.each(['bare-ws.mjs', 'bare-ws-package.mjs', 'bare-http.mjs'])(
    '%s sees the law of its target',
    async (client) => {
      server = await startLab('warming', '--slow-for', '60s')
      const run = await runClient(client, '--port', String(server.port), ...load)
      const result = JSON.parse(run.out) as { p50: number; perSecond: number }
      expect(result.p50).toBeGreaterThanOrEqual(20)
      expect(result.p50).toBeLessThan(30)
      expect(result.perSecond).toBeLessThan(10 / 0.02 + 25)
    },
  )

  it('counts from the intended time: a closed loop hides a queue that an open one shows', async () => {
    server = await startLab('capacity', '--service', '5ms')
    const port = String(server.port)
    const closed = JSON.parse((await runClient('bare-http.mjs', '--port', port, ...load)).out)
    const open = JSON.parse((await runClient('bare-http.mjs', '--port', port, ...load, '--rate', '400')).out)
    expect(closed.p99).toBeLessThan(150)
    expect(open.p99).toBeGreaterThan(closed.p99)
  })

  it('end with an error where the connection is lost', async () => {
    server = await startLab('bad-target', '--behaviour', 'reset-under-load', '5')
    for (const client of ['bare-ws.mjs', 'bare-ws-package.mjs']) {
      const run = await runClient(client, '--port', String(server.port), ...load)
      expect(run).toMatchObject({ code: 1, out: '' })
      expect(run.err).toMatch(/ECONNRESET|connection lost/)
    }
  })

  it('timeout-pacing.mjs shows the coarseness of setTimeout', async () => {
    const run = await runClient('timeout-pacing.mjs', '--rate', '1000', '--seconds', '0.5')
    const result = JSON.parse(run.out) as Record<string, number>
    expect(result.count).toBeGreaterThan(400)
    expect(result.count).toBeLessThanOrEqual(501)
    expect(result.p50).toBeGreaterThan(0.1)
  })
})

describe('LogHistogram', () => {
  it('finds quantiles within 0.8 %, never below the truth', () => {
    const histogram = new LogHistogram()
    for (let value = 1; value <= 100_000; value++) histogram.record(value * 37)
    for (const q of [0.000_01, 0.001, 0.5, 0.99, 0.999, 1]) {
      const truthMs = (Math.ceil(q * 100_000) * 37) / 1_000
      expect(histogram.quantileMs(q)).toBeGreaterThanOrEqual(truthMs)
      expect(histogram.quantileMs(q)).toBeLessThanOrEqual(truthMs * 1.008)
    }
    histogram.reset()
    expect(histogram.quantileMs(0.5)).toBe(0)
  })
})
