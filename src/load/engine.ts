import type { Clock } from '../kernel/clock.js'
import { ConnectionPool } from './connection-pool.js'
import { Connector } from './connector.js'
import type { ConnectPhases, Driver, DriverSink } from './driver.js'
import { MessageTable } from './message-table.js'
import type { OutcomeSink } from './outcomes.js'
import { type MatchSink, ReplyMatcher, type ReplyRule } from './reply-matcher.js'
import { globalConnection, ownConnections, type Share } from './share.js'

export interface EngineOptions {
  readonly share: Share
  readonly reply: ReplyRule
  /** From the intended time; a message without a reply by then is a timeout. */
  readonly timeoutUs: number
  /** Open messages of this worker; beyond it they are shed. */
  readonly maxOutstanding: number
  readonly reconnect: boolean
  /** New connections a second of this worker. */
  readonly connectRate: number
}

/** What decides when messages are due: the schedule of the open model, or the replies of the closed one. */
export interface LoadModel {
  /** A connection has nothing to do: it was opened, or its message is finished. */
  idle(connection: number): void
}

const outOfStepDetail = 'closed after a timeout, since later replies could no longer be told apart'

/**
 * One worker's load: keeps the messages that are open, hands them to the driver as soon as they can be written,
 * matches what comes back, and tells the outcome of each. It knows no protocol and sets no pace.
 */
export class Engine implements DriverSink, MatchSink {
  readonly connections: number
  /** Any connection takes any message. */
  readonly pooled: boolean
  readonly #options: EngineOptions
  readonly #driver: Driver
  readonly #outcomes: OutcomeSink
  readonly #clock: Clock
  readonly #table: MessageTable
  readonly #matcher: ReplyMatcher
  readonly #connector: Connector
  readonly #depth: number
  readonly #poolQueue: number
  readonly #pool: ConnectionPool
  readonly #canSend: (connection: number) => boolean
  /** Connections that we destroy since a timeout left them out of step. */
  readonly #outOfStep: Uint8Array
  #model: LoadModel = { idle() {} }
  #originUs = Number.NaN
  #bytesSent = 0
  #bytesReceived = 0
  #lastArrivalUs = 0
  /** When the event began that is being handled. */
  #turnUs = 0
  #closing = false

  constructor(
    options: EngineOptions,
    createDriver: (connections: number, sink: DriverSink) => Driver,
    outcomes: OutcomeSink,
    clock: Clock,
    connected: () => void,
  ) {
    this.connections = ownConnections(options.share)
    this.#options = options
    this.#outcomes = outcomes
    this.#clock = clock
    this.#driver = createDriver(this.connections, this)
    this.pooled = this.#driver.assignment === 'pooled'
    this.#depth = this.#driver.depth ?? 1
    this.#poolQueue = this.connections
    this.#pool = new ConnectionPool(this.connections)
    this.#canSend = (connection) => this.#driver.canSend(connection)
    this.#outOfStep = new Uint8Array(this.connections)
    this.#table = new MessageTable(this.connections + 1)
    this.#matcher = new ReplyMatcher(options.reply, this.#table, this)
    this.#connector = new Connector(
      this.#driver,
      this.connections,
      options.connectRate,
      this.pooled || options.reconnect,
      connected,
    )
  }

  /** µs since the load started; 0 before. */
  nowUs(): number {
    return this.#sinceOrigin(this.#clock())
  }

  get outstanding(): number {
    return this.#table.size
  }

  get openConnections(): number {
    return this.#connector.open
  }

  /** Messages that the open connections take unanswered, where they are pooled. */
  get places(): number {
    return this.#connector.open * this.#depth
  }

  get replyRule(): string {
    return this.#matcher.description
  }

  /** What the scenario's reply function threw first; null if it never did. */
  get replyFunctionFailure(): string | null {
    return this.#matcher.functionFailure
  }

  get replyRuleChanged(): boolean {
    return this.#matcher.changedItsMind
  }

  get maxOutstanding(): number {
    return this.#options.maxOutstanding
  }

  isOpen(connection: number): boolean {
    return this.#connector.isOpen(connection)
  }

  connect(): void {
    this.#connector.begin(this.#clock())
  }

  /** Starts the load's clock; `model` is told of every idle connection from now on. */
  start(originUs: number, model: LoadModel): void {
    this.#originUs = originUs
    this.#model = model
    for (let index = 0; index < this.connections; index++) {
      if (this.#connector.isOpen(index)) model.idle(index)
    }
  }

  /**
   * Message `id` came due. Written at once where its connection takes it, else it waits there.
   * @param connection where it is due (owned), or −1 for any free connection (pooled)
   */
  dispatch(id: number, connection: number, intendedUs: number, nowUs: number): void {
    this.#outcomes.due(intendedUs, 1)
    if (nowUs - intendedUs >= this.#options.timeoutUs) {
      this.#outcomes.unanswered(id, -1, intendedUs, Number.NaN, Number.NaN, nowUs, 'not-dispatched')
    } else if (this.pooled) {
      this.#table.add(this.#poolQueue, id, intendedUs, nowUs)
      this.#serveWaiting(nowUs)
    } else if (!this.#connector.isOpen(connection)) {
      this.#outcomes.unanswered(
        id,
        globalConnection(this.#options.share, connection),
        intendedUs,
        nowUs,
        Number.NaN,
        nowUs,
        'not-connected',
      )
    } else {
      const slot = this.#table.add(connection, id, intendedUs, nowUs)
      if (this.#table.firstWaiting(connection) === slot && this.#driver.canSend(connection)) {
        this.#write(connection, slot, nowUs)
      }
    }
  }

  /** Messages that came due and are dropped, since too many are open. */
  shed(intendedUs: number, count: number, late: boolean): void {
    this.#outcomes.due(intendedUs, count)
    this.#outcomes.shed(intendedUs, count, late)
  }

  /** What has to be done every few ms whatever happens: connects, timeouts, undecided replies. */
  tick(): void {
    this.#connector.tick(this.#clock())
    const now = this.nowUs()
    this.#turnUs = now
    this.#matcher.settle(now)
    this.#expire(now)
    if (this.#bytesSent + this.#bytesReceived > 0) {
      this.#outcomes.bytes(now, this.#bytesSent, this.#bytesReceived)
      this.#bytesSent = 0
      this.#bytesReceived = 0
    }
  }

  /** Nothing is open, and the target has been silent for `quietUs`. */
  isDrained(quietUs: number): boolean {
    if (this.#matcher.holding) this.#matcher.settle(this.nowUs(), this.#table.size === 0)
    return this.#table.size === 0 && this.nowUs() - this.#lastArrivalUs >= quietUs
  }

  /** Ends what is still open as `kind`, and closes the connections. */
  finish(kind: string): void {
    this.#matcher.settle(this.nowUs(), true)
    while (this.#table.oldest >= 0) this.#fail(this.#table.oldest, this.nowUs(), kind)
    this.tick()
    this.#closing = true
    this.#connector.stop()
    for (let index = 0; index < this.connections; index++) this.#driver.close(index)
  }

  // What the driver reports

  opened(index: number, phases: ConnectPhases): void {
    this.#turnUs = this.nowUs()
    this.#outcomes.connectionOpened(this.#turnUs, phases)
    this.#connector.opened(index)
    this.#becomeIdle(index)
  }

  writable(index: number): void {
    const now = this.nowUs()
    if (this.pooled) {
      this.#turnUs = now
      this.#becomeIdle(index)
      return
    }
    let slot = this.#table.firstWaiting(index)
    while (slot >= 0 && this.#driver.canSend(index)) {
      this.#write(index, slot, now)
      slot = this.#table.firstWaiting(index)
    }
  }

  firstByte(index: number): void {
    const slot = this.#table.firstSent(index)
    if (slot >= 0) this.#table.firstByteUs[slot] = this.nowUs()
  }

  message(
    index: number,
    data: Buffer,
    start: number,
    end: number,
    problem: string | null,
    arrivedUs?: number,
  ): void {
    const now = arrivedUs === undefined ? this.nowUs() : this.#sinceOrigin(arrivedUs)
    this.#turnUs = now
    this.#lastArrivalUs = now
    this.#matcher.arrived(index, data, start, end, now, problem)
  }

  received(bytes: number): void {
    this.#bytesReceived += bytes
  }

  sent(bytes: number): void {
    this.#bytesSent += bytes
  }

  closed(index: number, kind: string, detail: string): void {
    if (this.#closing) return
    const now = this.nowUs()
    const outOfStep = this.#outOfStep[index] === 1
    this.#outOfStep[index] = 0
    // HTTP opens connections as it needs them: one that ended between requests, or that we gave up, is no error.
    const harmless = kind === 'connection-ended' || (outOfStep && this.pooled)
    // Recorded before the connector hears of it: with the last connection it tells that all are settled.
    if (!this.#connector.isOpen(index)) this.#outcomes.connectionFailed(now, kind, detail)
    else if (outOfStep && !harmless) this.#outcomes.connectionLost(now, 'out-of-step', outOfStepDetail)
    else if (!harmless) this.#outcomes.connectionLost(now, kind, detail)
    this.#connector.closed(index, this.#clock(), harmless)
    if (this.pooled) {
      this.#pool.remove(index)
      // The server took no more requests on this connection, and said so: another one takes those behind.
      if (kind === 'connection-ended') this.#table.waitAgain(index, this.#poolQueue)
      this.#serveWaiting(now)
    }
    const outcome = kind.startsWith('http-') ? kind : 'message-lost'
    for (let slot = this.#table.first(index); slot >= 0; slot = this.#table.first(index))
      this.#fail(slot, now, outcome)
  }

  // What the matcher found out

  matched(slot: number, arrivedUs: number, problem: string | null): void {
    const table = this.#table
    const connection = table.queue[slot]!
    this.#outcomes.answered(
      table.id[slot]!,
      globalConnection(this.#options.share, connection),
      table.intendedUs[slot]!,
      table.readyUs[slot]!,
      table.sentUs[slot]!,
      table.firstByteUs[slot]!,
      arrivedUs,
      problem,
    )
    this.#remove(slot)
    this.#becomeIdle(connection)
  }

  unmatched(arrivedUs: number): void {
    this.#outcomes.unmatched(arrivedUs)
  }

  pushed(arrivedUs: number): void {
    this.#outcomes.pushed(arrivedUs)
  }

  // Inside

  #write(connection: number, slot: number, nowUs: number): void {
    const first = this.#table.written[slot] === 0
    this.#table.markSent(slot, nowUs)
    this.#matcher.opened(slot)
    if (first) this.#outcomes.sent(this.#table.intendedUs[slot]!)
    this.#bytesSent += this.#driver.send(connection, this.#table.id[slot]!)
    if (this.#options.reply.kind === 'none') this.matched(slot, nowUs, null)
  }

  /** Pooled connections take the messages that wait for one, in order. */
  #serveWaiting(nowUs: number): void {
    let slot = this.#table.firstWaiting(this.#poolQueue)
    while (slot >= 0) {
      const connection = this.#pool.take(this.#canSend)
      if (connection < 0) return
      this.#table.moveFirstWaiting(slot, connection)
      this.#write(connection, slot, nowUs)
      if (this.#depth > 1 && this.#driver.canSend(connection)) this.#pool.push(connection)
      slot = this.#table.firstWaiting(this.#poolQueue)
    }
  }

  #becomeIdle(connection: number): void {
    if (this.pooled && this.#driver.canSend(connection)) {
      this.#pool.push(connection)
      this.#serveWaiting(this.#turnUs)
    }
    if (!Number.isNaN(this.#originUs)) this.#model.idle(connection)
  }

  #sinceOrigin(atUs: number): number {
    return Number.isNaN(this.#originUs) ? 0 : atUs - this.#originUs
  }

  #expire(nowUs: number): void {
    for (let slot = this.#table.oldest; slot >= 0; slot = this.#table.oldest) {
      if (nowUs - this.#table.intendedUs[slot]! < this.#options.timeoutUs) return
      const connection = this.#table.queue[slot]!
      const outOfStep = this.#table.isSent(slot) && this.#matcher.losesStepOnTimeout
      this.#fail(slot, nowUs, 'timeout')
      if (outOfStep) {
        this.#outOfStep[connection] = 1
        this.#driver.destroy(connection)
      } else if (connection !== this.#poolQueue) {
        this.#becomeIdle(connection)
      }
    }
  }

  #fail(slot: number, nowUs: number, kind: string): void {
    const table = this.#table
    const queue = table.queue[slot]!
    this.#outcomes.unanswered(
      table.id[slot]!,
      queue === this.#poolQueue ? -1 : globalConnection(this.#options.share, queue),
      table.intendedUs[slot]!,
      table.readyUs[slot]!,
      table.sentUs[slot]!,
      nowUs,
      kind,
    )
    this.#remove(slot)
  }

  #remove(slot: number): void {
    if (this.#table.isSent(slot)) this.#matcher.finished(slot)
    this.#table.remove(slot)
  }
}
