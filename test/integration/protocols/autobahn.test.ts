import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type PerMessageDeflateOptions, type WebSocket, WebSocketServer } from 'ws'
import { readByWs } from '../../unit/protocols/websocket/ws-oracle.js'
import { type AutobahnCase, autobahnCases } from './autobahn-cases.js'
import { type SessionProbe, sessionProbe } from './session-probe.js'
import { rawServer, speaking } from './websocket-probe.js'

/** The client of the suite: it sends every message back. */
function echoClient(url: string, compression = false): SessionProbe {
  const self = sessionProbe(url, { compression, maxMessageBytes: 16_777_216 })
  self.onMessage = (message) => self.socket.send(message)
  return self
}

async function play(one: AutobahnCase): Promise<{ answers: string[]; end: string }> {
  const parts: Buffer[] = []
  let gone = (): void => {}
  const served = new Promise<void>((resolve) => {
    gone = resolve
  })
  const { url, end } = await rawServer((socket) => {
    socket.on('close', gone)
    speaking(Buffer.alloc(0), (data) => parts.push(data))(socket)
    socket.once('data', () => void writeAll(socket, one.writes))
  })
  const closed = await echoClient(url).seen('closed')
  await served
  await end()
  const answers = (await readByWs(Buffer.concat(parts), true, 16_777_216)).map((answer) =>
    answer.startsWith('close') ? answer.split(' ', 2).join(' ') : answer,
  )
  return { answers, end: closed.split(/[ :]/)[1]! }
}

async function writeAll(socket: Socket, writes: readonly Buffer[]): Promise<void> {
  for (const bytes of writes) {
    if (socket.destroyed) return
    socket.write(bytes)
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.end()
}

describe.each(['1', '2', '3', '4', '5', '6', '7', '9', '10'])('Autobahn, group %s', (group) => {
  const cases = autobahnCases.filter(({ number }) => number.startsWith(`${group}.`))
  it.each(cases.map((one) => [one.number, one.what, one] as const))('%s: %s', async (_number, _what, one) => {
    const { answers, end } = await play(one)
    expect(answers).toEqual(one.answers)
    expect(end).toBe(one.end)
  })
})

describe('Autobahn, groups 12 and 13', () => {
  const words = ['{"id":', '"name":"grüßen"', '[1,2,3]', 'null', '},', ' ', '0.25']
  /** Text that can be compressed, and differs from message to message. */
  const contentOf = (size: number, seed: number): string => {
    let text = ''
    for (let at = seed; text.length < size; at = (at * 31 + 7) % 1_009) text += words[at % words.length]
    return text.slice(0, size)
  }

  /** A server sends messages, each in fragments where `fragment` is above 0, and is sent them back. */
  async function exchange(
    options: PerMessageDeflateOptions,
    repeats: number,
    size: number,
    fragment = 0,
  ): Promise<void> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      perMessageDeflate: { ...options, threshold: 0 },
    })
    await once(server, 'listening')
    const connected = once(server, 'connection') as Promise<[WebSocket]>
    const client = echoClient(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, true)
    const [socket] = await connected
    expect(socket.extensions).toContain('permessage-deflate')
    const echoes: string[] = []
    socket.on('message', (data) => echoes.push(data.toString()))
    for (let count = 0; count < repeats; count++) {
      const content = Buffer.from(contentOf(size, count))
      const step = fragment === 0 ? Math.max(1, content.length) : fragment
      for (let at = 0; at < content.length; at += step) {
        socket.send(content.subarray(at, at + step), { binary: false, fin: at + step >= content.length })
        if (at === step) socket.ping()
      }
    }
    while (echoes.length < repeats) {
      expect(client.events.filter((event) => event.startsWith('closed'))).toEqual([])
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(echoes).toEqual(Array.from({ length: repeats }, (_, count) => contentOf(size, count)))
    socket.close()
    await client.seen('closed connection-closed: close frame without a code')
    server.close()
    await once(server, 'close')
  }

  const sizes = [16, 64, 256, 1_024, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072]
  it.each(sizes.map((size, at) => [`12.1.${at + 1}`, size]))(
    '%s: messages of %d bytes',
    async (_number, size) => {
      await exchange({}, 100, size as number)
    },
  )

  const fragmented: Array<[number: string, size: number, fragment: number]> = [
    ['12.1.11', 8_192, 256],
    ['12.1.12', 16_384, 256],
    ['12.1.13', 32_768, 256],
    ['12.1.14', 65_536, 256],
    ['12.1.15', 131_072, 256],
    ['12.1.16', 131_072, 1_024],
    ['12.1.17', 131_072, 4_096],
    ['12.1.18', 131_072, 32_768],
  ]
  it.each(fragmented)('%s: messages of %d bytes in fragments of %d', async (_number, size, fragment) => {
    await exchange({}, 10, size, fragment)
  })

  it.each([
    ['13.1', {}],
    ['13.2', { serverNoContextTakeover: true }],
    ['13.3', { serverMaxWindowBits: 9 }],
    ['13.4', { serverMaxWindowBits: 15 }],
    ['13.5', { serverNoContextTakeover: true, serverMaxWindowBits: 9 }],
    ['13.6', { serverNoContextTakeover: true, serverMaxWindowBits: 15 }],
    [
      '13.7',
      {
        serverNoContextTakeover: true,
        serverMaxWindowBits: 9,
        clientNoContextTakeover: true,
        clientMaxWindowBits: 9,
      },
    ],
  ] as Array<[string, PerMessageDeflateOptions]>)('%s: %j', async (_number, options) => {
    for (const size of [16, 1_024, 8_192]) await exchange(options, 50, size)
    await exchange(options, 10, 32_768, 1_024)
  })
})
