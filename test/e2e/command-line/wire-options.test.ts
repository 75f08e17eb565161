import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { brief, runJson, temporaryFolder } from '../support/command.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 50%']

interface Seen {
  readonly requests: IncomingMessage[]
  readonly bodies: string[]
  readonly messages: Array<{ text: string; binary: boolean }>
}

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** An echo that keeps what it was sent. `dropAfter`: it ends each WebSocket after so many messages. */
async function listen(dropAfter = Number.POSITIVE_INFINITY): Promise<{ port: number; seen: Seen }> {
  const seen: Seen = { requests: [], bodies: [], messages: [] }
  server = createServer(async (request, response) => {
    seen.requests.push(request)
    let body = ''
    for await (const piece of request) body += String(piece)
    seen.bodies.push(body)
    response.end('ok')
  })
  const webSockets = new WebSocketServer({
    server,
    handleProtocols: (offered) => [...offered].at(-1) ?? false,
  })
  webSockets.on('connection', (socket, request) => {
    seen.requests.push(request)
    let left = dropAfter
    socket.on('message', (data, binary) => {
      seen.messages.push({ text: String(data), binary })
      socket.send(data, { binary })
      if (--left === 0) socket.close(1001)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, seen }
}

describe('what goes over the wire', () => {
  it('WebSocket: path, headers and subprotocols', { timeout: 30_000 }, async () => {
    const { port, seen } = await listen()
    const { run, code } = await runJson(
      [`ws://127.0.0.1:${port}/rooms?name=tea`, '-c', '3', '-r', '30/s', ...brief, ...loose]
        .concat('-H', 'x-one: 1', '-H', 'Authorization:Bearer a:b', '--subprotocol', 'v1')
        .concat('--subprotocol', 'v2'),
    )
    expect([run.counters.received, code]).toEqual([30, 0])
    expect(seen.requests).toHaveLength(3)
    expect(seen.requests[0]!.url).toBe('/rooms?name=tea')
    expect(seen.requests[0]!.headers).toMatchObject({
      'x-one': '1',
      authorization: 'Bearer a:b',
      'sec-websocket-protocol': 'v1, v2',
    })
    expect(seen.messages.every(({ text, binary }) => !binary && text.length === 64)).toBe(true)
    const ids = seen.messages.map(({ text }) => (JSON.parse(text) as { id: number }).id)
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, id) => id))
  })

  it('WebSocket: a subprotocol that the server refuses', { timeout: 30_000 }, async () => {
    const { port } = await listen()
    server!.removeAllListeners('upgrade')
    server!.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'))
    const { run, code, err } = await runJson([`ws://127.0.0.1:${port}/`, ...brief, ...loose])
    expect(run.counters).toMatchObject({ connectionsOpened: 0, connectionsFailed: 10 })
    expect(Object.values(run.counters.errors.byKind)).toEqual([10])
    expect(err).toMatch(/No connection to .* could be opened: .*403/)
    expect(code).toBe(3)
  })

  it('HTTP: method, path, headers and a body from a template', { timeout: 30_000 }, async () => {
    const { port, seen } = await listen()
    const { run } = await runJson(
      [`http://127.0.0.1:${port}/orders?x=1`, '-m', 'put', '-r', '20/s', ...brief, ...loose]
        .concat('-H', 'content-type: application/json')
        .concat('--payload', '{"n":{{ id }},"s":{{seq}},"r":"{{random 7}}","t":{{now}},"keep":"{{other}}"}'),
    )
    expect(run.counters).toMatchObject({ due: 20, received: 20 })
    expect(new Set(seen.requests.map(({ method, url }) => `${method} ${url}`))).toEqual(
      new Set(['PUT /orders?x=1']),
    )
    expect(seen.requests[0]!.headers['content-type']).toBe('application/json')
    const bodies = seen.bodies.map((body) => JSON.parse(body) as Record<string, number | string>)
    expect(bodies.map(({ n }) => Number(n)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, id) => id),
    )
    for (const { n, s, r, t, keep } of bodies) {
      expect(s).toBe(n)
      expect(r).toMatch(/^[a-z0-9]{7}$/)
      expect(Math.abs(Number(t) - Date.now())).toBeLessThan(60_000)
      expect(keep).toBe('{{other}}')
    }
    expect(new Set(bodies.map(({ r }) => r)).size).toBeGreaterThan(15)
  })

  it('HTTP: GET without a body, POST with a payload, and a file', { timeout: 30_000 }, async () => {
    const { port, seen } = await listen()
    const url = `http://127.0.0.1:${port}/`
    const file = join(temporaryFolder(), 'order.json')
    writeFileSync(file, '{"order":"größer"}')
    await runJson([url, '-r', '5/s', ...brief, ...loose])
    expect(new Set(seen.requests.map(({ method }) => method))).toEqual(new Set(['GET']))
    expect(new Set(seen.bodies)).toEqual(new Set(['']))
    seen.requests.length = 0
    seen.bodies.length = 0
    await runJson([url, '-r', '5/s', '--payload', `@${file}`, ...brief, ...loose])
    expect(new Set(seen.requests.map(({ method }) => method))).toEqual(new Set(['POST']))
    expect(new Set(seen.bodies)).toEqual(new Set(['{"order":"größer"}']))
  })

  it('WebSocket: bytes of a file as binary messages', { timeout: 30_000 }, async () => {
    const { port, seen } = await listen()
    const file = join(temporaryFolder(), 'message.bin')
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]))
    await runJson([`ws://127.0.0.1:${port}/`, '-r', '5/s', '--payload', `@${file}`, ...brief, ...loose])
    expect(seen.messages).toHaveLength(5)
    expect(seen.messages.every(({ binary }) => binary)).toBe(true)
  })
})

describe('lost connections', () => {
  const load = ['-c', '2', '-r', '40/s', ...brief, '-d', '2s']

  it('stay lost', { timeout: 30_000 }, async () => {
    const { port, seen } = await listen(5)
    const { run } = await runJson([`ws://127.0.0.1:${port}/`, ...load, ...loose])
    expect(seen.messages.length).toBeGreaterThanOrEqual(10)
    expect(run.counters).toMatchObject({ due: 80, connectionsOpened: 2, connectionsLost: 2, received: 10 })
    const {
      'not-connected': unsent = 0,
      'message-lost': onTheirWay = 0,
      ...others
    } = run.counters.errors.byKind
    expect(others).toEqual({ 'connection-closed': 2 })
    expect(unsent + onTheirWay).toBe(70)
  })

  it('are opened again with --reconnect', { timeout: 30_000 }, async () => {
    const { port } = await listen(5)
    const { run } = await runJson([`ws://127.0.0.1:${port}/`, ...load, ...loose, '--reconnect'])
    const { connectionsOpened, connectionsLost, received, errors } = run.counters
    expect(connectionsLost).toBeGreaterThan(4)
    expect(connectionsOpened).toBeGreaterThanOrEqual(connectionsLost)
    expect(received).toBeGreaterThan(20)
    expect(received + errors.total - connectionsLost).toBe(80)
  })

  it('are opened again over HTTP, as a matter of course', { timeout: 30_000 }, async () => {
    const { port } = await listen()
    server!.removeAllListeners('request')
    server!.on('request', (_, response) => response.writeHead(200, { connection: 'close' }).end('ok'))
    const { run } = await runJson([`http://127.0.0.1:${port}/`, ...load, ...loose])
    expect(run.counters).toMatchObject({ due: 80, received: 80, connectionsLost: 0, errors: { total: 0 } })
    expect(run.counters.connectionsOpened).toBeGreaterThan(70)
  })
})

describe('a target that falls silent', () => {
  it('ends every message at its timeout, and the run soon after', { timeout: 30_000 }, async () => {
    const { port } = await listen()
    server!.removeAllListeners('request')
    server!.on('request', () => undefined)
    const startedAt = performance.now()
    const { run } = await runJson([
      `http://127.0.0.1:${port}/`,
      '-r',
      '50/s',
      '-c',
      '100',
      ...brief,
      ...loose,
    ])
    expect(run.counters).toMatchObject({ due: 50, timeouts: 50, received: 0 })
    expect(run.metrics.response!.min).toBeGreaterThanOrEqual(1_000)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
