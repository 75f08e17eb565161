import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { DueQueue } from '../../../src/load/session/due-queue.js'
import { Patience } from '../../../src/load/session/patience.js'
import { LoadEnded, type SessionContext } from '../../../src/load/session/session-context.js'
import { TurnCounter } from '../../../src/load/session/turn-counter.js'
import { UrlCache } from '../../../src/load/session/url-cache.js'
import { UserSession } from '../../../src/load/session/user-session.js'
import { Recorder } from '../../../src/measurement/recorder.js'
import { Timeline, type WindowTotals } from '../../../src/measurement/timeline.js'
import { createSessionTransports } from '../../../src/protocols/session-transports.js'

const windows = { measureFromUs: 0, measureToUs: 3_600e6, endUs: 3_600e6 }

let server: Server
let sockets: WebSocketServer
let origin: string

beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('set-cookie', 'seen=yes; Path=/')
    response.end(JSON.stringify({ cookie: request.headers.cookie ?? null, method: request.method }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket: WebSocket) => {
    socket.send('{"type":"welcome"}')
    socket.on('message', (data: Buffer) => answer(socket, data.toString()))
  })
})
afterAll(() => {
  for (const client of sockets.clients) client.terminate()
  server.close()
  server.closeAllConnections()
})

function answer(socket: WebSocket, text: string): void {
  if (text === 'silence') return
  if (text === 'quit') {
    socket.close(4_001, 'as you wish')
    return
  }
  const message = text.startsWith('{')
    ? (JSON.parse(text) as { id?: number; push?: string; silent?: true })
    : {}
  if (message.push) socket.send(JSON.stringify({ type: message.push }))
  if (!message.silent) socket.send(text)
}

/** One user against the real server, in real time, with everything recorded. */
class Visit {
  readonly recorder = new Recorder(windows, 500_000, 1)
  readonly thrown: unknown[] = []
  readonly user: UserSession
  readonly #patience = new Patience()
  readonly #timer: NodeJS.Timeout
  #messages = 0

  constructor() {
    const originUs = monotonicUs()
    const due = new DueQueue(() => {})
    const turns = new TurnCounter((turn) => void setImmediate(turn))
    const urls = new UrlCache(new URL(origin))
    const nowUs = (): number => monotonicUs() - originUs
    const context: SessionContext = {
      outcomes: this.recorder,
      due,
      patience: this.#patience,
      transports: createSessionTransports({
        connectTimeoutMs: 2_000,
        maxMessageBytes: 1e6,
        maxHeaderBytes: 65_536,
        tls: null,
      }),
      resolve: (path) => urls.resolve(path),
      headers: [],
      subprotocols: [],
      compression: false,
      timeoutUs: 300_000,
      seed: 1,
      nowUs,
      sinceOriginUs: (instantUs) => instantUs - originUs,
      nextMessageId: () => this.#messages++,
      nextConnection: () => 0,
      turn: () => turns.current(),
      countConnection: () => {},
    }
    this.user = new UserSession(context, 0, 0, (error) => this.thrown.push(error))
    this.#timer = setInterval(() => {
      this.#patience.expire(nowUs())
      while (due.nextDueUs() <= nowUs()) due.handleDue(nowUs())
    }, 5)
  }

  totals(): WindowTotals {
    const timeline = new Timeline(windows, 0, () => {})
    timeline.add(this.recorder.take())
    return timeline.totals('measured')
  }

  end(): WindowTotals {
    clearInterval(this.#timer)
    this.user.leave()
    return this.totals()
  }
}

const kindOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: { kind?: string }) => error.kind ?? error,
  )

describe('the socket of a user', () => {
  it('pairs requests with replies, and hands pushes to whoever asks, also afterwards', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket()
    expect(socket.isOpen).toBe(true)
    expect(await socket.request<{ text: string }>({ text: 'one', push: 'first' })).toMatchObject({
      text: 'one',
    })
    expect(await socket.next()).toEqual({ type: 'welcome' })
    expect(await socket.next<{ type: string }>(({ type }) => type === 'first')).toEqual({ type: 'first' })
    const heard: unknown[] = []
    const off = socket.on('message', (message) => heard.push(message))
    await Promise.all([socket.request({ push: 'second' }), socket.request({ text: 'two' })])
    off()
    await socket.request({ push: 'third' })
    expect(heard).toEqual([{ type: 'second' }])
    await socket.close()
    expect(socket.isOpen).toBe(false)
    const { counts, errorsByKind } = visit.end()
    expect(counts).toMatchObject({ due: 4, sent: 4, received: 4, pushed: 4, posted: 0 })
    expect([errorsByKind, counts.connectionsOpened, counts.connectionsLost]).toEqual([{}, 1, 0])
  })

  it('ends waits that take too long, each by its kind', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket()
    expect(await kindOf(socket.request({ silent: true }, { timeout: '50ms' }))).toBe('timeout')
    expect(await kindOf(socket.next(() => false, '50ms'))).toBe('push-timeout')
    expect(await kindOf(socket.request({ text: 'still alive' }))).toBe('resolved')
    const { counts, errorsByKind } = visit.end()
    expect(errorsByKind).toEqual({ timeout: 1, 'push-timeout': 1 })
    expect([counts.due, counts.received, counts.timeouts]).toEqual([2, 1, 1])
  })

  it('under fifo is given up after a timeout, since it is out of step', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket('', { reply: 'fifo' })
    await socket.next()
    expect(await socket.request('hello')).toBe('hello')
    const late = kindOf(socket.request('silence', { timeout: '50ms' }))
    expect([await late, socket.isOpen]).toEqual(['timeout', false])
    expect(visit.end().connectionErrorsByKind).toEqual({ 'out-of-step': 1 })
  })

  it('that the server closes loses what is open, and says so to everybody', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket()
    const reasons: string[] = []
    socket.on('close', (reason) => reasons.push(reason))
    await socket.next()
    const open = kindOf(socket.request({ silent: true }))
    const waiting = kindOf(socket.next())
    socket.send('quit')
    expect(await open).toBe('message-lost')
    expect(await waiting).toBe('connection-closed')
    expect(reasons.join()).toContain('4001')
    expect(await kindOf(socket.next())).toBe('message-lost')
    expect(() => socket.send('more')).toThrow(/not open/)
    expect(await kindOf(socket.request({ text: 'more' }))).toBe('not-connected')
    const { counts, errorsByKind } = visit.end()
    expect([counts.posted, counts.connectionsLost, errorsByKind]).toEqual([
      1,
      1,
      { 'message-lost': 1, 'not-connected': 2 },
    ])
  })

  it('keeps the latest pushes only', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket('', { backlog: 2 })
    for (const push of ['a', 'b', 'c']) await socket.request({ push })
    expect([await socket.next(), await socket.next()]).toEqual([{ type: 'b' }, { type: 'c' }])
    expect(await kindOf(socket.next(undefined, '20ms'))).toBe('push-timeout')
    visit.end()
  })

  it('that throws in a listener fails the session, and nothing else', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket()
    await socket.next()
    socket.on('message', () => {
      throw new Error('listener')
    })
    await socket.request({ push: 'x' })
    expect(String(visit.thrown[0])).toBe('Error: listener')
    visit.end()
  })

  it('sends bytes and text as they are', async () => {
    const visit = new Visit()
    const socket = await visit.user.websocket('', { reply: 'fifo' })
    await socket.next()
    expect(await socket.request(Buffer.from('plain'))).toBe('plain')
    expect(await socket.request('"JSON text"')).toBe('JSON text')
    visit.end()
  })

  it('that cannot be opened rejects with the kind of its error', async () => {
    const visit = new Visit()
    expect(await kindOf(visit.user.websocket('ws://127.0.0.1:1/'))).toBe('connect-refused')
    expect(visit.end().connectionErrorsByKind).toEqual({ 'connect-refused': 1 })
  })
})

describe('the HTTP client of a user', () => {
  it('keeps cookies, each user their own', async () => {
    const [one, other] = [new Visit(), new Visit()]
    const first = await one.user.http.get('/')
    expect([first.status, first.json<{ cookie: unknown }>().cookie]).toEqual([200, null])
    expect(await one.user.http.post('/', { json: { a: 1 } }).json()).toEqual({
      cookie: 'seen=yes',
      method: 'POST',
    })
    expect(await other.user.http.get('/').json()).toMatchObject({ cookie: null })
    const { counts } = one.end()
    expect(counts).toMatchObject({ due: 2, sent: 2, received: 2, connectionsOpened: 1 })
    other.end()
  })
})

describe('the end of the load', () => {
  it('ends thinking, turns and waits, and lets nothing begin', async () => {
    const visit = new Visit()
    const { user } = visit
    const socket = await user.websocket()
    await socket.next()
    const thinking = kindOf(user.think('1h'))
    const waiting = kindOf(socket.next())
    const turns: number[] = []
    const pacing = (async () => {
      for await (const { seq } of user.paced(0.001)) turns.push(seq)
    })()
    const aborted = once(user.signal, 'abort')
    user.end()
    await aborted
    expect([await thinking, await waiting]).toEqual([expect.any(LoadEnded), expect.any(LoadEnded)])
    await pacing
    expect([turns, user.cutShort]).toEqual([[0], true])
    expect(await kindOf(user.http.get('/'))).toBeInstanceOf(LoadEnded)
    expect(await kindOf(user.think(1))).toBeInstanceOf(LoadEnded)
    expect(await kindOf(user.websocket())).toBeInstanceOf(LoadEnded)
    visit.end()
  })
})
