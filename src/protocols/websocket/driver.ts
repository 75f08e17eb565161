import { type Clock, monotonicUs } from '../../kernel/clock.js'
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
import { CloseCode, closeCodeOf } from './close-codes.js'
import { type FrameErrorKind, type FrameHandler, FrameParser } from './frame-parser.js'
import { FrameWriter, Opcode } from './frame-writer.js'
import { Handshake, HandshakeReader } from './handshake.js'

/** How long a server may take to answer our close frame. */
const closeTimeoutMs = 1_000
const deadlineResolutionMs = 50

type State =
  | 'idle'
  | 'connecting'
  | 'handshaking'
  | 'open'
  /** We sent a close frame and wait for the server's. */
  | 'closing'
  /** Destroyed; the socket's close event is to come. */
  | 'destroyed'

/** What the driver keeps of one connection. */
class Connection {
  state: State = 'idle'
  socket: OwnedSocket | null = null
  handshake: HandshakeReader | null = null
  parser: FrameParser | null = null
  /** The start of the connect; from the TCP connect on, `connectedAtUs` counts as well. */
  openedAtUs = 0
  connectedAtUs = 0
  /** The payload of the ping to answer once the socket takes bytes again; only the last one needs an answer. */
  pongDue: Buffer | null = null
}

/** WebSocket over TCP (RFC 6455) without extensions. @throws PlimsollError BAD_VALUE for headers that cannot be sent */
export const createWebSocketDriver: CreateDriver = (options, connections, payload, sink) =>
  new WebSocketDriver(options, connections, payload, sink, monotonicUs)

class WebSocketDriver implements Driver, SocketOwner, FrameHandler {
  readonly assignment = 'owned'
  readonly #options: DriverOptions
  readonly #payload: PayloadWriter
  readonly #sink: DriverSink
  readonly #clock: Clock
  readonly #endpoints: [Endpoint, ...Endpoint[]]
  readonly #handshake: Handshake
  readonly #writer = new FrameWriter()
  readonly #connections: readonly Connection[]
  readonly #deadlines: Deadlines

  constructor(
    options: DriverOptions,
    connections: number,
    payload: PayloadWriter,
    sink: DriverSink,
    clock: Clock,
  ) {
    this.#options = options
    this.#payload = payload
    this.#sink = sink
    this.#clock = clock
    this.#endpoints = endpointsOf(options.url, options.localAddresses)
    this.#handshake = new Handshake(options)
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
    const connection = this.#at(index)
    return connection.state === 'open' && !connection.socket!.backedUp
  }

  send(index: number, id: number): number {
    const frame = this.#writer.data(this.#payload, id)
    // The length is read first: a surrendered frame is no longer the writer's.
    const bytes = frame.length
    if (!writeNow(this.#at(index).socket!, frame)) this.#writer.surrender()
    return bytes
  }

  close(index: number): void {
    const connection = this.#at(index)
    if (connection.state === 'open') {
      this.#write(connection, this.#writer.close(CloseCode.normal))
      connection.state = 'closing'
      this.#deadlines.set(index, closeTimeoutMs)
    } else if (connection.state === 'connecting' || connection.state === 'handshaking') {
      this.destroy(index)
    }
  }

  destroy(index: number): void {
    const connection = this.#at(index)
    if (connection.state === 'idle' || connection.state === 'destroyed') return
    connection.state = 'destroyed'
    connection.parser?.stop()
    this.#deadlines.clear(index)
    connection.socket?.destroy()
  }

  onConnect(index: number): void {
    const connection = this.#at(index)
    const key = this.#handshake.newKey()
    connection.state = 'handshaking'
    connection.connectedAtUs = this.#clock()
    connection.socket!.phase = 'connect'
    connection.handshake = new HandshakeReader(this.#handshake, key)
    const request = this.#handshake.request(key)
    writeNow(connection.socket!, request)
    this.#sink.sent(request.length)
  }

  onData(index: number, chunk: Buffer, length: number): void {
    const connection = this.#at(index)
    this.#sink.received(length)
    if (connection.parser !== null) {
      this.#parse(index, connection, connection.parser, chunk, 0, length)
    } else if (connection.state === 'handshaking') {
      this.#readHandshake(index, connection, chunk, length)
    }
  }

  onDrain(index: number): void {
    const connection = this.#at(index)
    if (connection.state === 'open' && connection.pongDue !== null) {
      const pong = connection.pongDue
      connection.pongDue = null
      this.#write(connection, this.#writer.frame(Opcode.pong, pong))
    }
    if (this.canSend(index)) this.#sink.writable(index)
  }

  onEnd(index: number): void {
    const { state } = this.#at(index)
    if (state === 'open')
      this.#end(index, 'connection-closed', 'the server ended the TCP connection without a close frame')
    else if (state === 'closing') this.#end(index, 'closed', 'the server ended the TCP connection')
    else if (state === 'handshaking')
      this.#end(index, 'connect-closed', 'the server ended the TCP connection during the handshake')
  }

  onClose(index: number, kind: string, detail: string): void {
    const { state } = this.#at(index)
    if (state === 'destroyed' || state === 'closing') this.#end(index, 'closed', '')
    else this.#end(index, kind, detail)
  }

  onMessage(index: number, data: Buffer, start: number, end: number): void {
    this.#sink.message(index, data, start, end, null)
  }

  onPing(index: number, data: Buffer, start: number, end: number): void {
    const connection = this.#at(index)
    if (connection.state !== 'open') return
    if (connection.socket!.backedUp) connection.pongDue = Buffer.from(data.subarray(start, end))
    else this.#write(connection, this.#writer.frame(Opcode.pong, data, start, end))
  }

  /** The server's close frame (RFC 6455 section 5.5.1); the parser has stopped. */
  onCloseFrame(index: number, code: number, reason: string): void {
    const connection = this.#at(index)
    if (connection.state === 'closing') {
      this.#end(index, 'closed', describeClose(code, reason), lingerSocket)
      return
    }
    this.#write(connection, this.#writer.close(code === CloseCode.none ? CloseCode.normal : code))
    this.#end(index, 'connection-closed', describeClose(code, reason), lingerSocket)
  }

  #at(index: number): Connection {
    return this.#connections[index]!
  }

  #readHandshake(index: number, connection: Connection, chunk: Buffer, length: number): void {
    const handshake = connection.handshake!
    const offset = handshake.push(chunk, length)
    if (handshake.failure !== null) {
      this.#end(index, handshake.failure.kind, handshake.failure.detail)
      return
    }
    if (offset < 0) return
    const now = this.#clock()
    const parser = new FrameParser(index, this, this.#options.maxMessageBytes)
    connection.handshake = null
    connection.parser = parser
    connection.state = 'open'
    connection.socket!.phase = 'open'
    this.#deadlines.clear(index)
    this.#sink.opened(index, {
      tcp: microseconds(connection.connectedAtUs - connection.openedAtUs),
      handshake: microseconds(now - connection.connectedAtUs),
      total: microseconds(now - connection.openedAtUs),
    })
    this.#parse(index, connection, parser, chunk, offset, length)
  }

  #parse(
    index: number,
    connection: Connection,
    parser: FrameParser,
    chunk: Buffer,
    start: number,
    end: number,
  ): void {
    const problem = parser.push(chunk, start, end)
    if (problem !== null) this.#giveUp(index, connection, problem)
  }

  #giveUp(index: number, connection: Connection, problem: FrameErrorKind): void {
    const detail = problemDetails[problem]
    if (connection.state === 'open') this.#write(connection, this.#writer.close(closeCodeOf(problem), detail))
    this.#end(index, problem, detail)
  }

  #onDeadline(index: number): void {
    const { state } = this.#at(index)
    const limit = `${this.#options.connectTimeoutMs} ms`
    if (state === 'connecting') this.#end(index, 'connect-timeout', `no TCP connection within ${limit}`)
    else if (state === 'handshaking')
      this.#end(index, 'connect-timeout', `no WebSocket handshake within ${limit}`)
    else if (state === 'closing') this.#end(index, 'closed', 'the server did not answer the close frame')
  }

  // Writes outside `send`.
  #write(connection: Connection, frame: Buffer): void {
    const bytes = frame.length
    if (!writeNow(connection.socket!, frame)) this.#writer.surrender()
    this.#sink.sent(bytes)
  }

  /** The one end of every connection. The index may be opened again from within `sink.closed`. */
  #end(index: number, kind: string, detail: string, dispose = releaseSocket): void {
    this.#forget(index, this.#at(index), dispose)
    this.#sink.closed(index, kind, detail)
  }

  #forget(index: number, connection: Connection, dispose = releaseSocket): void {
    const { socket } = connection
    this.#deadlines.clear(index)
    connection.parser?.stop()
    connection.state = 'idle'
    connection.socket = null
    connection.handshake = null
    connection.parser = null
    connection.pongDue = null
    if (socket !== null) dispose(socket)
  }
}

const describeClose = (code: number, reason: string): string => {
  const what = code === CloseCode.none ? 'close frame without a code' : `close code ${code}`
  return reason === '' ? what : `${what} ${reason}`
}

const problemDetails: Readonly<Record<FrameErrorKind, string>> = {
  'ws-frame-too-large': 'a frame exceeds the size limit',
  'ws-message-too-large': 'a message exceeds the size limit',
  'ws-masked-frame': 'a frame of a server must not be masked',
  'ws-reserved-bits': 'reserved bits are set without an extension',
  'ws-bad-opcode': 'a frame has an unknown opcode',
  'ws-bad-control': 'a control frame is fragmented or above 125 bytes',
  'ws-bad-continuation': 'a continuation frame is missing or unexpected',
  'ws-invalid-utf8': 'a text is not valid UTF-8',
  'ws-bad-close': 'a close frame has a code that must not be sent, or half of one',
}
