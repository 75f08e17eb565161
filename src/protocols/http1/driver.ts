import { type Clock, monotonicUs } from '../../kernel/clock.js'
import { PlimsollError } from '../../kernel/errors.js'
import { microseconds } from '../../kernel/units.js'
import type { CreateDriver, Driver, DriverOptions, DriverSink, PayloadWriter } from '../../load/driver.js'
import {
  Deadlines,
  type Endpoint,
  endpointsOf,
  lingerSocket,
  type OwnedSocket,
  openSocket,
  releaseSocket,
  type SocketOwner,
  writeNow,
} from '../socket.js'
import { RequestWriter } from './request.js'
import {
  type ResponseErrorKind,
  type ResponseHandler,
  type ResponseLimits,
  ResponseParser,
} from './response-parser.js'

/** How long a server may take to end a connection after we ended our side. */
const closeTimeoutMs = 1_000
const deadlineResolutionMs = 50

type State =
  | 'idle'
  | 'connecting'
  /** A request can be written. */
  | 'free'
  /** A request was written, and its response is to come. */
  | 'waiting'
  /** The response came, and the connection takes no other request. */
  | 'spent'
  /** We ended our side and wait for the server's. */
  | 'closing'
  /** Destroyed; the socket's close event is to come. */
  | 'destroyed'

/** What the driver keeps of one connection. */
class Connection {
  state: State = 'idle'
  socket: OwnedSocket | null = null
  /** From the first response on. */
  parser: ResponseParser | null = null
  openedAtUs = 0
}

/**
 * HTTP/1.1 over TCP: one request at a time on a connection, kept alive as long as the server does. Redirects are
 * not followed. Statuses from 400 on are reported as the problem `http-NNN`.
 * @throws PlimsollError UNSUPPORTED_TARGET for a URL that is not http:, USAGE for a method or header that cannot be sent
 */
export const createHttp1Driver: CreateDriver = (options, connections, payload, sink) =>
  new Http1Driver(options, connections, payload, sink, monotonicUs)

class Http1Driver implements Driver, SocketOwner, ResponseHandler {
  readonly assignment = 'pooled'
  readonly #options: DriverOptions
  readonly #sink: DriverSink
  readonly #clock: Clock
  readonly #endpoints: [Endpoint, ...Endpoint[]]
  readonly #writer: RequestWriter
  readonly #limits: ResponseLimits
  readonly #connections: readonly Connection[]
  readonly #deadlines: Deadlines
  /** The connection whose parser is at work: parsers report without saying which they are. */
  #reading = 0

  constructor(
    options: DriverOptions,
    connections: number,
    payload: PayloadWriter,
    sink: DriverSink,
    clock: Clock,
  ) {
    if (options.url.protocol !== 'http:') {
      throw new PlimsollError('UNSUPPORTED_TARGET', `${options.url.protocol}// is not plain HTTP.`)
    }
    this.#options = options
    this.#sink = sink
    this.#clock = clock
    this.#endpoints = endpointsOf(options.url, options.localAddresses)
    this.#writer = new RequestWriter(options, payload)
    this.#limits = {
      maxHeaderBytes: options.maxHeaderBytes,
      maxBodyBytes: options.maxMessageBytes,
      headOnly: this.#writer.headOnly,
    }
    this.#connections = Array.from({ length: connections }, () => new Connection())
    this.#deadlines = new Deadlines(connections, deadlineResolutionMs, clock, (index) =>
      this.#onDeadline(index),
    )
  }

  open(index: number): void {
    const connection = this.#at(index)
    if (connection.state !== 'idle') this.#forget(index, connection)
    connection.state = 'connecting'
    connection.openedAtUs = this.#clock()
    this.#deadlines.set(index, this.#options.connectTimeoutMs)
    const endpoint = this.#endpoints[index % this.#endpoints.length] ?? this.#endpoints[0]
    connection.socket = openSocket(index, endpoint, this)
  }

  canSend(index: number): boolean {
    return this.#at(index).state === 'free'
  }

  send(index: number, id: number): number {
    const connection = this.#at(index)
    const request = this.#writer.render(id)
    // The length is read first: a surrendered request is no longer the writer's.
    const bytes = request.length
    connection.state = 'waiting'
    if (!writeNow(connection.socket!, request)) this.#writer.surrender()
    return bytes
  }

  close(index: number): void {
    const connection = this.#at(index)
    switch (connection.state) {
      case 'connecting':
        this.destroy(index)
        break
      case 'free':
      case 'waiting':
        connection.state = 'closing'
        this.#deadlines.set(index, closeTimeoutMs)
        connection.socket!.end()
    }
  }

  destroy(index: number): void {
    const connection = this.#at(index)
    if (connection.state === 'idle' || connection.state === 'destroyed') return
    connection.state = 'destroyed'
    this.#deadlines.clear(index)
    connection.socket?.destroy()
  }

  onConnect(index: number): void {
    const connection = this.#at(index)
    const total = microseconds(this.#clock() - connection.openedAtUs)
    this.#deadlines.clear(index)
    connection.state = 'free'
    this.#sink.opened(index, { tcp: total, handshake: microseconds(0), total })
  }

  onData(index: number, chunk: Buffer, length: number): void {
    this.#sink.received(length)
    const connection = this.#at(index)
    if (connection.state === 'waiting') {
      connection.parser ??= new ResponseParser(this, this.#limits)
      this.#reading = index
      connection.parser.read(chunk, 0, length)
    } else if (connection.state === 'free') this.#endUnsolicited(index, chunk, length)
  }

  /** A request is written whole before its response is taken, so nothing waits for this. */
  onDrain(): void {}

  onEnd(index: number): void {
    const connection = this.#at(index)
    const { state, parser } = connection
    if (state === 'free') this.#end(index, 'connection-ended', 'the server ended an idle connection')
    else if (state === 'closing') this.#end(index, 'closed', '')
    else if (state !== 'waiting') return
    else if (parser?.busy) {
      this.#reading = index
      parser.finish()
    } else this.#end(index, 'connection-closed', 'the server ended the connection before it answered')
  }

  onClose(index: number, kind: string, detail: string): void {
    const { state } = this.#at(index)
    if (state === 'destroyed' || state === 'closing') this.#end(index, 'closed', '')
    else this.#end(index, kind, detail)
  }

  firstByte(): void {
    this.#sink.firstByte(this.#reading)
  }

  complete(status: number, keepAlive: boolean, surplus: number): void {
    const index = this.#reading
    const connection = this.#at(index)
    if (connection.state !== 'waiting') return
    const { socket } = connection
    const answeredEarly = socket!.backedUp
    const reusable = keepAlive && this.#writer.keepAlive && surplus === 0 && !answeredEarly
    connection.state = reusable ? 'free' : 'spent'
    this.#sink.message(index, nothing, 0, 0, status < 400 ? null : problemOf(status))
    // The sink may have destroyed the connection, and opened another in its place.
    if (reusable || connection.socket !== socket || connection.state !== 'spent') return
    if (surplus > 0) this.#end(index, 'http-unsolicited', `${surplus} bytes behind a response`)
    else if (answeredEarly)
      this.#end(index, 'connection-ended', 'the server answered before it took the request')
    else
      this.#end(index, 'connection-ended', 'the server ends the connection after its response', lingerSocket)
  }

  failed(kind: ResponseErrorKind, detail: string): void {
    if (this.#at(this.#reading).state === 'waiting') this.#end(this.#reading, kind, detail)
  }

  #at(index: number): Connection {
    return this.#connections[index]!
  }

  /** Servers end a connection that was idle for too long with an unasked 408 (RFC 9110, section 15.5.9). */
  #endUnsolicited(index: number, chunk: Buffer, length: number): void {
    const isTimeout = /^HTTP\/1\.[0-9] 408/.test(chunk.toString('latin1', 0, Math.min(length, 12)))
    if (isTimeout) this.#end(index, 'connection-ended', 'the server ended an idle connection with status 408')
    else this.#end(index, 'http-unsolicited', `${length} bytes without a request`)
  }

  #onDeadline(index: number): void {
    const { state } = this.#at(index)
    if (state === 'closing') this.#end(index, 'closed', 'the server kept its side of the connection open')
    else if (state === 'connecting') {
      this.#end(index, 'connect-timeout', `no TCP connection within ${this.#options.connectTimeoutMs} ms`)
    }
  }

  /** The one end of every connection. The index may be opened again from within `sink.closed`. */
  #end(index: number, kind: string, detail: string, dispose = releaseSocket): void {
    this.#forget(index, this.#at(index), dispose)
    this.#sink.closed(index, kind, detail)
  }

  #forget(index: number, connection: Connection, dispose = releaseSocket): void {
    const { socket } = connection
    this.#deadlines.clear(index)
    connection.state = 'idle'
    connection.socket = null
    // A parser may be in the middle of its work here, so it is replaced, not reset.
    connection.parser = null
    if (socket !== null) dispose(socket)
  }
}

const nothing = Buffer.alloc(0)

/** `http-NNN` by status, made once each: error kinds are counted for every response. */
const problems: string[] = []

function problemOf(status: number): string {
  const known = problems[status]
  if (known !== undefined) return known
  const problem = `http-${status}`
  problems[status] = problem
  return problem
}
