import type { Clock } from '../../kernel/clock.js'
import type { DriverSink } from '../../load/driver.js'
import type { DeadlineSet, Expiring } from '../deadline-set.js'
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
import type { BodyFile } from './body-file.js'
import { BodyBytes, type BodyReceiver, type BodySource } from './body-source.js'
import type { RequestWriter } from './request.js'
import {
  type ResponseErrorKind,
  type ResponseHandler,
  type ResponseLimits,
  ResponseParser,
} from './response-parser.js'
import { judgeUnsolicited } from './unsolicited.js'

/** How long a server may take to end a connection after we ended our side. */
const closeTimeoutMs = 1_000
/** How long a body waits for a server that never learned of status 100. */
const continueTimeoutMs = 1_000

/** What all connections of a driver have in common. */
export interface ConnectionSettings {
  readonly connectTimeoutMs: number
  readonly limits: ResponseLimits
  readonly writer: RequestWriter
  /** Sent as the body of every request, if there is one. */
  readonly bodyFile: BodyFile | null
  /** Requests that may be unanswered. */
  readonly depth: number
  readonly sink: DriverSink
  readonly clock: Clock
  readonly deadlines: DeadlineSet
}

type State =
  | 'idle'
  | 'connecting'
  | 'open'
  /** A response came, and the connection takes no other request. */
  | 'spent'
  /** We ended our side and wait for the server's. */
  | 'closing'
  /** Destroyed; the socket's close event is to come. */
  | 'destroyed'

/**
 * An HTTP/1.1 connection with up to `depth` unanswered requests (RFC 9112, section 9.3.2), from its opening to its
 * end, and anew if it is opened again.
 */
export class HttpConnection implements SocketOwner, ResponseHandler, BodyReceiver, Expiring {
  readonly #index: number
  readonly #settings: ConnectionSettings
  #state: State = 'idle'
  #socket: OwnedSocket | null = null
  /** From the first response on. */
  #parser: ResponseParser | null = null
  #openedAtUs = 0
  #unanswered = 0
  /** Requests that the bytes being read may answer: those written after they arrived are not among them. */
  #answerable = 0
  /** Bytes of the read at hand that lie behind the response read last. */
  #surplus = 0
  /** What is still to be sent of the last request. */
  #body: BodySource | null = null
  #awaitsContinue = false

  constructor(index: number, settings: ConnectionSettings) {
    this.#index = index
    this.#settings = settings
  }

  get canSend(): boolean {
    return (
      this.#unanswered < this.#settings.depth &&
      this.#state === 'open' &&
      this.#body === null &&
      !this.#socket!.backedUp
    )
  }

  /** Opens it; one that is not closed is dropped before. Ends in `opened` or `closed`. */
  open(endpoint: Endpoint): void {
    const { clock, deadlines, connectTimeoutMs } = this.#settings
    this.#forget()
    this.#state = 'connecting'
    this.#openedAtUs = clock()
    deadlines.set(this, connectTimeoutMs)
    this.#socket = openSocket(this.#index, endpoint, this)
  }

  /** Writes request `id`. Only after `canSend`. Returns the bytes written, without a body that is sent apart. */
  send(id: number): number {
    const { writer, bodyFile } = this.#settings
    const request = writer.render(id)
    // The length is read first: a surrendered request is no longer the writer's.
    const bytes = request.length
    this.#unanswered++
    if (writer.awaitsContinue || bodyFile !== null) this.#holdBody(writer, bodyFile)
    if (!writeNow(this.#socket!, request)) writer.surrender()
    if (this.#body !== null && !this.#awaitsContinue) this.#sendBody()
    return bytes
  }

  /** Ends our side; ends in `closed`. Idempotent. */
  close(): void {
    if (this.#state === 'connecting') this.destroy()
    else if (this.#state === 'open') {
      this.#state = 'closing'
      this.#stopBody()
      this.#settings.deadlines.set(this, closeTimeoutMs)
      this.#socket!.end()
    }
  }

  /** Destroys the connection at once; `closed` follows. Idempotent. */
  destroy(): void {
    if (this.#state === 'idle' || this.#state === 'destroyed') return
    this.#state = 'destroyed'
    this.#stopBody()
    this.#settings.deadlines.clear(this)
    this.#socket?.destroy()
  }

  // What the socket reports

  onConnect(): void {
    const { clock, deadlines, sink } = this.#settings
    const now = clock()
    deadlines.clear(this)
    this.#state = 'open'
    sink.opened(this.#index, connectPhases(this.#socket!, this.#openedAtUs, now, now))
  }

  onData(_index: number, chunk: Buffer, length: number): void {
    this.#settings.sink.received(length)
    if (this.#state !== 'open') return
    if (this.#unanswered > 0) this.#read(chunk, length)
    else {
      const { kind, detail } = judgeUnsolicited(chunk, length)
      this.#end(kind, detail)
    }
  }

  onDrain(): void {
    if (this.#body === null) this.#reportWritable()
    else if (!this.#awaitsContinue) this.#body.next()
  }

  onEnd(): void {
    if (this.#state === 'closing') this.#end('closed', '')
    else if (this.#state !== 'open') return
    else if (this.#unanswered === 0) this.#end('connection-ended', 'the server ended an idle connection')
    else if (this.#parser?.busy) {
      this.#answerable = this.#unanswered
      this.#parser.finish()
    } else this.#end('connection-closed', 'the server ended the connection before it answered')
  }

  onClose(_index: number, kind: string, detail: string): void {
    if (this.#state === 'destroyed' || this.#state === 'closing') this.#end('closed', '')
    else this.#end(kind, detail)
  }

  onDeadline(): void {
    if (this.#state === 'closing') this.#end('closed', 'the server kept its side of the connection open')
    else if (this.#state === 'connecting') {
      const awaited = awaitedBy(this.#socket!)
      this.#end('connect-timeout', `no ${awaited} within ${this.#settings.connectTimeoutMs} ms`)
    } else if (this.#awaitsContinue) this.#continue()
  }

  // What the parser reports

  firstByte(): void {
    if (this.#state === 'open') this.#settings.sink.firstByte(this.#index)
  }

  interim(status: number): void {
    // One for a request before this one says nothing about it.
    if (status === 100 && this.#awaitsContinue && this.#unanswered === 1) this.#continue()
  }

  complete(status: number, keepAlive: boolean, surplus: number): void {
    if (this.#state !== 'open') return
    const socket = this.#socket!
    this.#unanswered--
    this.#answerable--
    this.#surplus = surplus
    const unasked = surplus > 0 && this.#answerable === 0
    const answeredEarly = this.#unanswered === 0 && (this.#body !== null || socket.backedUp)
    const reusable = keepAlive && this.#settings.writer.keepAlive && !unasked && !answeredEarly
    if (!reusable) this.#state = 'spent'
    this.#settings.sink.message(this.#index, nothing, 0, 0, status < 400 ? null : problemOf(status))
    // The sink may have destroyed the connection, and opened another in its place.
    if (reusable || this.#socket !== socket || (this.#state as State) !== 'spent') return
    if (unasked) this.#end('http-unsolicited', `${surplus} bytes behind a response`)
    else if (answeredEarly) this.#end('connection-ended', 'the server answered before it took the request')
    else this.#end('connection-ended', 'the server ends the connection after its response', lingerSocket)
  }

  failed(kind: ResponseErrorKind, detail: string): void {
    if (this.#state === 'open') this.#end(kind, detail)
  }

  // What the body reports

  bodyPiece(bytes: Buffer): void {
    this.#settings.sink.sent(bytes.length)
    if (writeNow(this.#socket!, bytes)) this.#body?.next()
  }

  bodyEnded(): void {
    this.#body = null
    this.#reportWritable()
  }

  bodyFailed(detail: string): void {
    this.#end('body-file', detail)
  }

  // Inside

  #read(chunk: Buffer, length: number): void {
    const parser = this.#parser ?? new ResponseParser(this, this.#settings.limits)
    this.#parser = parser
    let position = 0
    this.#answerable = this.#unanswered
    // A connection that ended meanwhile has lost its parser, and one that is opened anew has another.
    while (position < length && this.#parser === parser && this.#state === 'open') {
      this.#surplus = 0
      parser.read(chunk, position, length)
      position = length - this.#surplus
    }
  }

  #holdBody(writer: RequestWriter, bodyFile: BodyFile | null): void {
    this.#body = bodyFile?.open(this) ?? new BodyBytes(Buffer.from(writer.body), this)
    if (!writer.awaitsContinue) return
    this.#awaitsContinue = true
    this.#settings.deadlines.set(this, continueTimeoutMs)
  }

  #continue(): void {
    this.#awaitsContinue = false
    this.#settings.deadlines.clear(this)
    this.#sendBody()
  }

  /** Begins to; goes on as the socket takes it. */
  #sendBody(): void {
    if (!this.#socket!.backedUp) this.#body!.next()
  }

  #stopBody(): void {
    this.#body?.stop()
    this.#body = null
    this.#awaitsContinue = false
  }

  #reportWritable(): void {
    if (this.canSend) this.#settings.sink.writable(this.#index)
  }

  /** The one end of every connection. It may be opened again from within `sink.closed`. */
  #end(kind: string, detail: string, dispose = releaseSocket): void {
    this.#forget(dispose)
    this.#settings.sink.closed(this.#index, kind, detail)
  }

  #forget(dispose = releaseSocket): void {
    const socket = this.#socket
    this.#settings.deadlines.clear(this)
    this.#stopBody()
    this.#state = 'idle'
    this.#socket = null
    // A parser may be in the middle of its work here, so it is replaced, not reset.
    this.#parser = null
    this.#unanswered = 0
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
