import type { Clock } from '../../kernel/clock.js'
import type { ConnectPhases, PayloadWriter } from '../../load/driver.js'
import type { DeadlineSet } from '../deadline-set.js'
import {
  awaitedBy,
  connectPhases,
  type Endpoint,
  lingerSocket,
  type OwnedSocket,
  openSocket,
  releaseSocket,
  type SocketOwner,
  writeNow,
} from '../socket.js'
import { CloseCode, closeCodeOf } from './close-codes.js'
import type { DeflateParameters } from './deflate-negotiation.js'
import { type FrameErrorKind, type FrameHandler, FrameParser } from './frame-parser.js'
import { type FrameWriter, Opcode } from './frame-writer.js'
import { type Handshake, HandshakeReader } from './handshake.js'
import { Deflater, Inflater } from './message-deflate.js'

/** How long a server may take to answer our close frame. */
const closeTimeoutMs = 1_000
export const deadlineResolutionMs = 50

/** What all connections of a driver, or of the sessions of a process, have in common. */
export interface ConnectionSettings {
  readonly connectTimeoutMs: number
  readonly maxMessageBytes: number
  readonly clock: Clock
  readonly writer: FrameWriter
  readonly deadlines: DeadlineSet
}

/** Where connections report to, each with its index. */
export interface ConnectionEvents {
  opened(index: number, phases: ConnectPhases, subprotocol: string): void
  /** @param arrivedUs when its last byte was read, where it took time since to inflate it; else undefined */
  message(
    index: number,
    data: Buffer,
    start: number,
    end: number,
    binary: boolean,
    arrivedUs: number | undefined,
  ): void
  writable(index: number): void
  received(bytes: number): void
  /** Bytes written but for messages. */
  sent(bytes: number): void
  /** It is gone. It may be opened again from within the call. */
  closed(index: number, kind: string, detail: string): void
}

type State =
  | 'idle'
  | 'connecting'
  | 'handshaking'
  | 'open'
  /** We sent a close frame and wait for the server's. */
  | 'closing'
  /** Destroyed; the socket's close event is to come. */
  | 'destroyed'

/** A WebSocket over one TCP connection (RFC 6455), from its opening to its end, and anew if it is opened again. */
export class WebSocketConnection implements SocketOwner, FrameHandler {
  readonly #index: number
  readonly #settings: ConnectionSettings
  readonly #events: ConnectionEvents
  #state: State = 'idle'
  #socket: OwnedSocket | null = null
  /** Until its request is written. */
  #handshake: Handshake | null = null
  #answer: HandshakeReader | null = null
  #parser: FrameParser | null = null
  #deflater: Deflater | null = null
  /** Of the bytes being parsed; known only where messages may be compressed. */
  #readUs: number | undefined = undefined
  /** The start of the connect; from the TCP connect on, `#connectedAtUs` counts as well. */
  #openedAtUs = 0
  #connectedAtUs = 0
  /** The payload of the ping to answer once the socket takes bytes again; only the last one needs an answer. */
  #pongDue: Buffer | null = null

  constructor(index: number, settings: ConnectionSettings, events: ConnectionEvents) {
    this.#index = index
    this.#settings = settings
    this.#events = events
  }

  /** A message can be written now, without queueing in user space. */
  get canSend(): boolean {
    return this.#state === 'open' && !this.#socket!.backedUp
  }

  /** Opens it; one that is not closed is dropped before. Ends in `opened` or `closed`. */
  open(endpoint: Endpoint, handshake: Handshake): void {
    const { clock, deadlines, connectTimeoutMs } = this.#settings
    this.drop()
    this.#state = 'connecting'
    this.#handshake = handshake
    this.#openedAtUs = clock()
    deadlines.set(this, connectTimeoutMs)
    this.#socket = openSocket(this.#index, endpoint, this)
  }

  /** Writes message `id`. Only after `canSend`. Returns the bytes written. */
  sendPayload(payload: PayloadWriter, id: number): number {
    const { writer } = this.#settings
    if (this.#deflater === null) return this.#write(writer.data(payload, id))
    // The payload tells whether it is binary once it was rendered.
    const content = this.#deflater.deflate(writer.content(payload, id))
    return this.#write(writer.compressed(payload.binary, content))
  }

  /** Writes a text or binary message. Only after `canSend`. Returns the bytes written. */
  send(message: string | Uint8Array): number {
    const { writer } = this.#settings
    const isText = typeof message === 'string'
    if (this.#deflater !== null) {
      const content = this.#deflater.deflate(isText ? Buffer.from(message) : message)
      return this.#write(writer.compressed(!isText, content))
    }
    return this.#write(isText ? writer.text(message) : writer.frame(Opcode.binary, message))
  }

  /** Begins a clean close; ends in `closed`. Idempotent. */
  close(code: number = CloseCode.normal, reason = ''): void {
    if (this.#state === 'open') {
      this.#tell(this.#settings.writer.close(code, reason))
      this.#state = 'closing'
      this.#settings.deadlines.set(this, closeTimeoutMs)
    } else if (this.#state === 'connecting' || this.#state === 'handshaking') {
      this.destroy()
    }
  }

  /** Destroys the connection at once; `closed` follows. Idempotent. */
  destroy(): void {
    if (this.#state === 'idle' || this.#state === 'destroyed') return
    this.#state = 'destroyed'
    this.#parser?.stop()
    this.#settings.deadlines.clear(this)
    this.#socket?.destroy()
  }

  /** Destroys the connection at once, and reports nothing. Idempotent. */
  drop(dispose = releaseSocket): void {
    const socket = this.#socket
    this.#settings.deadlines.clear(this)
    this.#parser?.stop()
    this.#state = 'idle'
    this.#socket = null
    this.#handshake = null
    this.#answer = null
    this.#parser = null
    this.#deflater = null
    this.#pongDue = null
    if (socket !== null) dispose(socket)
  }

  // What the socket reports

  onConnect(): void {
    const handshake = this.#handshake!
    const key = handshake.newKey()
    this.#state = 'handshaking'
    this.#connectedAtUs = this.#settings.clock()
    this.#socket!.phase = 'connect'
    this.#handshake = null
    this.#answer = new HandshakeReader(handshake, key)
    const request = handshake.request(key)
    writeNow(this.#socket!, request)
    this.#events.sent(request.length)
  }

  onData(_index: number, chunk: Buffer, length: number): void {
    this.#events.received(length)
    if (this.#parser !== null) this.#parse(this.#parser, chunk, 0, length)
    else if (this.#state === 'handshaking') this.#readAnswer(chunk, length)
  }

  onDrain(): void {
    if (this.#state === 'open' && this.#pongDue !== null) {
      const pong = this.#pongDue
      this.#pongDue = null
      this.#tell(this.#settings.writer.frame(Opcode.pong, pong))
    }
    if (this.canSend) this.#events.writable(this.#index)
  }

  onEnd(): void {
    const state = this.#state
    if (state === 'open')
      this.#end('connection-closed', 'the server ended the TCP connection without a close frame')
    else if (state === 'closing') this.#end('closed', 'the server ended the TCP connection')
    else if (state === 'handshaking')
      this.#end('connect-closed', 'the server ended the TCP connection during the handshake')
  }

  onClose(_index: number, kind: string, detail: string): void {
    if (this.#state === 'destroyed' || this.#state === 'closing') this.#end('closed', '')
    else this.#end(kind, detail)
  }

  onDeadline(): void {
    const state = this.#state
    const limit = `${this.#settings.connectTimeoutMs} ms`
    if (state === 'connecting') this.#end('connect-timeout', `no ${awaitedBy(this.#socket!)} within ${limit}`)
    else if (state === 'handshaking') this.#end('connect-timeout', `no WebSocket handshake within ${limit}`)
    else if (state === 'closing') this.#end('closed', 'the server did not answer the close frame')
  }

  // What the parser reports

  onMessage(data: Buffer, start: number, end: number, binary: boolean): void {
    this.#events.message(this.#index, data, start, end, binary, this.#readUs)
  }

  onPing(data: Buffer, start: number, end: number): void {
    if (this.#state !== 'open') return
    if (this.#socket!.backedUp) this.#pongDue = Buffer.from(data.subarray(start, end))
    else this.#tell(this.#settings.writer.frame(Opcode.pong, data, start, end))
  }

  /** The server's close frame (RFC 6455 section 5.5.1); the parser has stopped. */
  onCloseFrame(code: number, reason: string): void {
    if (this.#state === 'closing') {
      this.#end('closed', describeClose(code, reason), lingerSocket)
      return
    }
    this.#tell(this.#settings.writer.close(code === CloseCode.none ? CloseCode.normal : code))
    this.#end('connection-closed', describeClose(code, reason), lingerSocket)
  }

  // Inside

  #readAnswer(chunk: Buffer, length: number): void {
    const answer = this.#answer!
    const offset = answer.push(chunk, length)
    if (answer.failure !== null) {
      this.#end(answer.failure.kind, answer.failure.detail)
      return
    }
    if (offset < 0) return
    const now = this.#settings.clock()
    const parser = this.#startMessages(answer.deflate)
    this.#answer = null
    this.#state = 'open'
    this.#socket!.phase = 'open'
    this.#settings.deadlines.clear(this)
    const phases = connectPhases(this.#socket!, this.#openedAtUs, this.#connectedAtUs, now)
    const compressed = this.#deflater === null ? {} : { compressed: true }
    this.#events.opened(this.#index, { ...phases, ...compressed }, answer.subprotocol ?? '')
    this.#parse(parser, chunk, offset, length)
  }

  #startMessages(deflate: DeflateParameters | null): FrameParser {
    let inflater: Inflater | null = null
    if (deflate !== null) {
      this.#deflater = new Deflater(deflate.clientWindowBits, !deflate.clientNoContextTakeover)
      inflater = new Inflater(deflate.serverWindowBits, !deflate.serverNoContextTakeover)
    }
    this.#parser = new FrameParser(this, this.#settings.maxMessageBytes, inflater)
    return this.#parser
  }

  #parse(parser: FrameParser, chunk: Buffer, start: number, end: number): void {
    if (this.#deflater !== null) this.#readUs = this.#settings.clock()
    const problem = parser.push(chunk, start, end)
    if (problem !== null) this.#giveUp(problem)
  }

  #giveUp(problem: FrameErrorKind): void {
    const detail = problemDetails[problem]
    if (this.#state === 'open') this.#tell(this.#settings.writer.close(closeCodeOf(problem), detail))
    this.#end(problem, detail)
  }

  #write(frame: Buffer): number {
    // The length is read first: a surrendered frame is no longer the writer's.
    const bytes = frame.length
    if (!writeNow(this.#socket!, frame)) this.#settings.writer.surrender()
    return bytes
  }

  // Writes what is no message.
  #tell(frame: Buffer): void {
    this.#events.sent(this.#write(frame))
  }

  /** The one end of every connection. */
  #end(kind: string, detail: string, dispose = releaseSocket): void {
    this.drop(dispose)
    this.#events.closed(this.#index, kind, detail)
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
  'ws-reserved-bits': 'reserved bits are set that no extension gave a meaning',
  'ws-bad-opcode': 'a frame has an unknown opcode',
  'ws-bad-control': 'a control frame is fragmented or above 125 bytes',
  'ws-bad-continuation': 'a continuation frame is missing or unexpected',
  'ws-invalid-utf8': 'a text is not valid UTF-8',
  'ws-bad-close': 'a close frame has a code that must not be sent, or half of one',
  'ws-bad-deflate': 'a compressed message is no valid DEFLATE stream',
}
