import { readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type WebSocket, WebSocketServer } from 'ws'
import { monotonicUs } from '../../src/kernel/clock.js'
import { labCertificates } from './certificates.js'
import { type ExchangeValues, runServer } from './program.js'
import { jsonId, ReplyLog } from './reply-log.js'

/** One WebSocket message or HTTP request that has been read whole and may be answered once. */
export interface Exchange {
  /** The message, or the body of the request; empty for a GET. */
  readonly data: Buffer
  /** CLOCK_MONOTONIC in µs at which the lab had read all of it. */
  readonly arrivalUs: number
  /** Echoes `data`; a request without a body gets `{"ok":true}`. */
  answer(): void
}

/** A lab over WebSocket and HTTP on one port; any path and method, no timeouts or limits of its own. */
export interface ExchangeServer {
  readonly http: Server | TlsServer
  readonly webSockets: WebSocketServer
}

const okBody = Buffer.from('{"ok":true}')
const maxMessageBytes = 64 * 1_024 * 1_024

/**
 * Starts a lab that treats WebSocket messages and HTTP requests alike.
 * @param handle is called for each of them, in the order of arrival.
 */
export function serveExchanges(values: ExchangeValues, handle: (exchange: Exchange) => void): ExchangeServer {
  const log = values.log === undefined ? undefined : new ReplyLog()
  let arrivals = 0
  const receive = (data: Buffer, send: (data: Buffer) => void): void => {
    const arrivalUs = monotonicUs()
    const number = ++arrivals
    handle({
      data,
      arrivalUs,
      answer() {
        const replyUs = monotonicUs()
        send(data)
        log?.record(jsonId(data) ?? number, arrivalUs, replyUs)
      },
    })
  }

  const http = createHttp(values, (request, response) => {
    readBody(request, (body) => receive(body, (data) => sendResponse(response, data)))
  })
  // Node closes idle connections after 5 s by default, which a slow load would meet as a lost connection.
  http.keepAliveTimeout = 0
  http.requestTimeout = 0
  const webSockets = acceptWebSockets(http, values.compression)
  webSockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer, binary) => receive(data, (reply) => socket.send(reply, { binary })))
  })
  runServer(http, values, () => {
    if (log !== undefined && values.log !== undefined) log.writeTo(values.log)
  })
  return { http, webSockets }
}

function createHttp(values: ExchangeValues, listener: RequestListener): Server | TlsServer {
  if (values.tls === undefined) return createServer(listener)
  const { ca, server } = labCertificates(values.tls)
  const demands = values['client-certificate']
  return createTlsServer(
    {
      cert: readFileSync(server.cert),
      key: readFileSync(server.key),
      ...(demands ? { requestCert: true, rejectUnauthorized: true, ca: readFileSync(ca.cert) } : {}),
    },
    listener,
  )
}

/**
 * A WebSocket server on an HTTP server; a broken connection is the client's affair and ends nothing else.
 * @param compression take permessage-deflate where a client offers it
 */
export function acceptWebSockets(http: Server | TlsServer, compression = false): WebSocketServer {
  const webSockets = new WebSocketServer({
    server: http,
    maxPayload: maxMessageBytes,
    perMessageDeflate: compression,
  })
  // It repeats the errors of the HTTP server, which has a listener of its own.
  webSockets.on('error', () => undefined)
  webSockets.on('connection', (socket: WebSocket) => socket.on('error', () => socket.terminate()))
  return webSockets
}

function readBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => done(parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
}

function sendResponse(response: ServerResponse, data: Buffer): void {
  const body = data.length === 0 ? okBody : data
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}
