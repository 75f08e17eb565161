/**
 * A small shop: sign in, look at items, follow the stock, buy. HTTP and WebSocket on one port.
 *
 * - `POST /login` `{"name":"ann"}` → `{"token":"…"}` and a cookie `session`
 * - `GET /items` → the items and their stock
 * - `POST /cart` `{"item":"tea"}`, with the cookie → `{"count":1,"left":99}`, and the new stock to all who follow it
 * - WebSocket `/live`, with the token as `authorization`: `{"id":1,"type":"look","item":"tea"}` →
 *   `{"id":1,"type":"item","item":"tea","left":99}`; pushes `{"type":"stock","item":"tea","left":98}`
 *
 * Truth: healthy. A checkout takes `--checkout` (20 ms) by a timer and no CPU; all else is answered at once. A request
 * or a WebSocket without its cookie or token gets 401. The stock never ends: an item that is sold out is filled up.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseArgs } from 'node:util'
import { type WebSocket, WebSocketServer } from 'ws'
import { commonOptions, readNumber, runServer } from './support/program.js'

const fullStock = 100

const { values } = parseArgs({ options: { ...commonOptions, checkout: { type: 'string', default: '20' } } })
const checkoutMs = readNumber(values.checkout.replace(/ms$/, ''), '--checkout')

const stock = new Map(['tea', 'cup', 'pot'].map((item) => [item, fullStock]))
/** Things in the cart, by token. */
const carts = new Map<string, number>()
const followers = new Set<WebSocket>()

const tokenOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32)
const cookieOf = ({ headers }: IncomingMessage): string =>
  /(?:^|;\s*)session=([0-9a-f]+)/.exec(headers.cookie ?? '')?.[1] ?? ''

function answer(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

function signIn(body: Readonly<Record<string, unknown>>, response: ServerResponse): void {
  const token = tokenOf(String(body.name))
  carts.set(token, 0)
  answer(response, 200, { token }, { 'set-cookie': `session=${token}; Path=/; HttpOnly` })
}

function buy(token: string, body: Readonly<Record<string, unknown>>, response: ServerResponse): void {
  const item = String(body.item)
  const left = stock.get(item)
  if (left === undefined) {
    answer(response, 404, { error: 'no such item' })
    return
  }
  setTimeout(() => {
    const now = (stock.get(item)! + fullStock - 1) % fullStock
    stock.set(item, now)
    const count = (carts.get(token) ?? 0) + 1
    carts.set(token, count)
    const push = JSON.stringify({ type: 'stock', item, left: now })
    answer(response, 200, { count, left: now })
    for (const follower of followers) follower.send(push)
  }, checkoutMs)
}

function handle(request: IncomingMessage, text: string, response: ServerResponse): void {
  const body = jsonObject(text)
  const route = `${request.method} ${(request.url ?? '').split('?')[0]}`
  if (route === 'POST /login') signIn(body, response)
  else if (route === 'GET /items') answer(response, 200, Object.fromEntries(stock))
  else if (route !== 'POST /cart') answer(response, 404, { error: 'not here' })
  else if (!carts.has(cookieOf(request))) answer(response, 401, { error: 'sign in first' })
  else buy(cookieOf(request), body, response)
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const http = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => handle(request, Buffer.concat(parts).toString(), response))
})
http.keepAliveTimeout = 0
http.requestTimeout = 0

const webSockets = new WebSocketServer({
  server: http,
  path: '/live',
  verifyClient: ({ req }, done) => {
    const known = carts.has(req.headers.authorization ?? '')
    done(known, 401, 'sign in first')
  },
})
// It repeats the errors of the HTTP server, which has a listener of its own.
webSockets.on('error', () => undefined)
webSockets.on('connection', (socket) => {
  followers.add(socket)
  socket.on('error', () => socket.terminate())
  socket.on('close', () => followers.delete(socket))
  socket.on('message', (data: Buffer) => {
    const { id, item } = jsonObject(data.toString())
    const left = stock.get(String(item)) ?? null
    socket.send(JSON.stringify({ id, type: 'item', item, left }))
  })
})

runServer(http, values)
