import type { Clock } from '../../kernel/clock.js'
import type { ClientEvents } from '../../load/session-transport.js'
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
import { type Field, fieldsOf, ResponseCollector } from './response-collector.js'
import {
  type ResponseErrorKind,
  type ResponseHandler,
  type ResponseLimits,
  ResponseParser,
} from './response-parser.js'
import type { Exchange } from './session-exchange.js'
import { judgeUnsolicited } from './unsolicited.js'

/** What all connections to one origin share, of all users of a process. */
export interface Origin {
  /** Shared, so that a name is looked up once. */
  readonly endpoint: Endpoint
  readonly limits: ResponseLimits
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly deadlines: DeadlineSet
  /** The head parsed last: a server's answers mostly differ in their body only, and then this is all that is parsed. */
  lastHead: string
  lastFields: readonly Field[]
}

/** Whose connections these are. */
export interface ConnectionPool {
  readonly events: ClientEvents
  /** The connection takes another exchange. */
  freed(connection: SessionConnection): void
  /** The connection is gone. */
  dropped(connection: SessionConnection): void
  /** Sends an exchange on a fresh connection. */
  retry(exchange: Exchange): void
  /** An exchange has ended, and was told so: others may be waiting. */
  proceed(): void
}

/** One keep-alive connection of one user, with one exchange at a time. It opens at once, for its first exchange. */
export class SessionConnection implements SocketOwner, ResponseHandler, Expiring {
  readonly #origin: Origin
  readonly #pool: ConnectionPool
  readonly #openedAtUs: number
  readonly #socket: OwnedSocket
  readonly #collector = new ResponseCollector()
  readonly #parser: ResponseParser
  #open = false
  /** A response has begun. */
  #answering = false
  /** It has answered before, so the server may be ending it while a request is on its way. */
  #keptAlive = false
  #exchange: Exchange | null

  constructor(origin: Origin, pool: ConnectionPool, exchange: Exchange) {
    this.#origin = origin
    this.#pool = pool
    this.#exchange = exchange
    this.#parser = new ResponseParser(this, origin.limits, this.#collector)
    this.#openedAtUs = origin.clock()
    origin.deadlines.set(this, origin.connectTimeoutMs)
    this.#socket = openSocket(0, origin.endpoint, this)
  }

  /** The exchange that it is busy with, or opens for. */
  get exchange(): Exchange | null {
    return this.#exchange
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Only while it has no exchange. */
  send(exchange: Exchange): void {
    this.#exchange = exchange
    this.#answering = false
    this.#parser.headOnly = exchange.headOnly
    this.#pool.events.sent(exchange.byteLength)
    let flushed = writeNow(this.#socket, exchange.bytes)
    if (exchange.longBody !== null) flushed = writeNow(this.#socket, exchange.longBody) && flushed
    if (flushed) this.#reportWritten(exchange)
  }

  /** Ends it at once; nothing is reported any more. */
  destroy(): void {
    this.#exchange = null
    this.#open = false
    this.#origin.deadlines.clear(this)
    releaseSocket(this.#socket)
  }

  onConnect(): void {
    const now = this.#origin.clock()
    this.#origin.deadlines.clear(this)
    this.#open = true
    this.#pool.events.connectionOpened(connectPhases(this.#socket, this.#openedAtUs, now, now))
    if (this.#exchange !== null) this.send(this.#exchange)
  }

  onData(_index: number, chunk: Buffer, length: number): void {
    this.#pool.events.received(length)
    if (this.#exchange !== null) this.#parser.read(chunk, 0, length)
    else if (this.#open) {
      const { kind, detail } = judgeUnsolicited(chunk, length)
      this.#end(kind, detail)
    }
  }

  onDrain(): void {
    if (this.#exchange !== null) this.#reportWritten(this.#exchange)
  }

  onEnd(): void {
    if (this.#parser.busy) this.#parser.finish()
    else if (this.#exchange === null) this.#end('connection-ended', 'the server ended an idle connection')
    else if (this.#open)
      this.#loseUnanswered('connection-closed', 'the server ended the connection before it answered')
  }

  onClose(_index: number, kind: string, detail: string): void {
    if (this.#open && !this.#answering) this.#loseUnanswered(kind, detail)
    else this.#end(kind, detail)
  }

  /** It has not opened in time. */
  onDeadline(): void {
    const awaited = awaitedBy(this.#socket)
    this.#end('connect-timeout', `no ${awaited} within ${this.#origin.connectTimeoutMs} ms`)
  }

  firstByte(): void {
    const exchange = this.#exchange
    if (exchange === null) return
    this.#answering = true
    // An answer to half a request: whoever measures still hears of both in their order.
    this.#reportWritten(exchange)
    exchange.events.firstByte()
  }

  complete(status: number, keepAlive: boolean, surplus: number): void {
    const exchange = this.#exchange
    if (exchange === null) return
    const fields = this.#takeFields()
    const body = this.#collector.takeBody()
    const answeredEarly = this.#socket.backedUp
    this.#exchange = null
    this.#keptAlive = true
    if (keepAlive && exchange.keepAlive && surplus === 0 && !answeredEarly) this.#pool.freed(this)
    else if (surplus > 0) this.#drop('http-unsolicited', `${surplus} bytes behind a response`)
    else if (answeredEarly) this.#drop('connection-ended', 'the server answered before it took the request')
    else this.#drop('connection-ended', 'the server ends the connection after its response', lingerSocket)
    exchange.events.complete(status, fields, body)
    this.#pool.proceed()
  }

  failed(kind: ResponseErrorKind, detail: string): void {
    if (this.#exchange !== null) this.#end(kind, detail)
  }

  #reportWritten(exchange: Exchange): void {
    if (exchange.written) return
    exchange.written = true
    exchange.events.written()
  }

  #takeFields(): readonly Field[] {
    const origin = this.#origin
    const head = this.#collector.takeHead()
    if (head !== origin.lastHead) {
      origin.lastHead = head
      origin.lastFields = fieldsOf(head)
    }
    return origin.lastFields
  }

  /**
   * A kept-alive connection that ends instead of answering was most likely idle for too long in the server's eyes:
   * what may be sent twice is tried again, on a connection that has never been idle (RFC 9112, section 9.3.1).
   */
  #loseUnanswered(kind: string, detail: string): void {
    const exchange = this.#exchange
    if (exchange === null || !this.#keptAlive || !exchange.idempotent) {
      this.#end(kind, detail)
      return
    }
    this.#exchange = null
    const expected = kind === 'connection-closed'
    this.#drop(expected ? 'connection-ended' : kind, detail)
    this.#pool.retry(exchange)
  }

  #end(kind: string, detail: string): void {
    const exchange = this.#exchange
    this.#exchange = null
    this.#drop(kind, detail)
    exchange?.events.failed(kind, detail)
    this.#pool.proceed()
  }

  #drop(kind: string, detail: string, dispose = releaseSocket): void {
    const wasOpen = this.#open
    this.#open = false
    this.#origin.deadlines.clear(this)
    dispose(this.#socket)
    this.#pool.dropped(this)
    if (wasOpen) this.#pool.events.connectionLost(kind, detail)
    else this.#pool.events.connectionFailed(kind, detail)
  }
}
