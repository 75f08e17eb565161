import { Random } from '../../kernel/random.js'
import { parseDuration, parseRate } from '../../kernel/units.js'
import type { Feeder } from '../../scenario/feeder.js'
import type {
  HttpClient,
  PacedOptions,
  Turn,
  User,
  UserSocket,
  WebSocketOptions,
} from '../../scenario/session.js'
import type { Actor } from './actor.js'
import type { Due } from './due-queue.js'
import { IntendedTime } from './intended-time.js'
import { MeasuredHttp } from './measured-http.js'
import { MeasuredSocket } from './measured-socket.js'
import { PacedTurns } from './paced-turns.js'
import { LoadEnded, type SessionContext } from './session-context.js'

/** Streams of random numbers of sessions lie apart from those of payloads. */
const sessionStream = 0x53455353

interface Thought {
  readonly due: Due
  readonly reject: (error: Error) => void
}

/** One user at work: what a session function is given. */
export class UserSession implements User, Actor {
  readonly id: number
  readonly intended: IntendedTime
  currentGroup: string | null = null
  ended = false
  /** The end of the load left something undone. */
  cutShort = false
  readonly #context: SessionContext
  readonly #arrivalUs: number
  readonly #threw: (error: unknown) => void
  #random: Random | null = null
  #vars: Record<string, unknown> | null = null
  #http: MeasuredHttp | null = null
  #abort: AbortController | null = null
  #sockets: MeasuredSocket[] = []
  #turns: PacedTurns[] = []
  #thoughts: Thought[] = []

  /**
   * @param arrivalUs when the user was to arrive
   * @param threw is told of errors of the script outside of its awaits
   */
  constructor(context: SessionContext, id: number, arrivalUs: number, threw: (error: unknown) => void) {
    this.#context = context
    this.id = id
    this.#arrivalUs = arrivalUs
    this.#threw = threw
    this.intended = new IntendedTime(context.turn)
    this.intended.set(arrivalUs, false)
  }

  get random(): Random {
    this.#random ??= new Random(this.#context.seed ^ sessionStream, this.id)
    return this.#random
  }

  get vars(): Record<string, unknown> {
    this.#vars ??= {}
    return this.#vars
  }

  get http(): HttpClient {
    this.#http ??= new MeasuredHttp(this.#context, this)
    return this.#http
  }

  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController()
      if (this.ended) this.#abort.abort()
    }
    return this.#abort.signal
  }

  websocket(url = '', options: WebSocketOptions = {}): Promise<UserSocket> {
    if (this.ended) return Promise.reject(new LoadEnded())
    const address = webSocketUrl(this.#context.resolve(url))
    return MeasuredSocket.open(this.#context, this, address, options, (socket) => {
      this.#sockets.push(socket)
    })
  }

  think(shortest: string | number, longest: string | number = shortest): Promise<void> {
    if (this.ended) return Promise.reject(new LoadEnded())
    const low = toUs(shortest)
    const high = toUs(longest)
    const lengthUs = high > low ? low + this.random.next() * (high - low) : low
    const atUs = this.intended.take(this.#context.nowUs()) + lengthUs
    return new Promise((resolve, reject) => {
      const due = this.#context.due.add(atUs, () => {
        this.#thoughts = this.#thoughts.filter((one) => one.due !== due)
        this.intended.set(atUs, false)
        resolve()
      })
      this.#thoughts.push({ due, reject })
    })
  }

  paced(rate: string | number, options: PacedOptions = {}): AsyncIterable<Turn> {
    const startUs = this.intended.take(this.#context.nowUs())
    const forUs = options.for === undefined ? Number.POSITIVE_INFINITY : toUs(options.for)
    const perSecond = typeof rate === 'number' ? rate : parseRate(rate)
    if (!(perSecond > 0)) throw new RangeError('a rate of turns must be above 0')
    const turns = new PacedTurns(
      this.#context,
      this,
      perSecond,
      startUs,
      startUs + forUs,
      options.count ?? Number.POSITIVE_INFINITY,
    )
    this.#turns.push(turns)
    return turns
  }

  async measure<Result>(name: string, work: () => Result | Promise<Result>): Promise<Result> {
    const { nowUs, outcomes } = this.#context
    const fromUs = this.intended.peek(nowUs())
    try {
      const result = await work()
      outcomes.measured(name, fromUs, nowUs() - fromUs, false)
      return result
    } catch (error) {
      if (!(error instanceof LoadEnded)) outcomes.measured(name, fromUs, nowUs() - fromUs, true)
      throw error
    }
  }

  group<Result>(name: string, work: () => Result | Promise<Result>): Promise<Result>
  group(name: string | null): void
  group<Result>(name: string | null, work?: () => Result | Promise<Result>): Promise<Result> | undefined {
    if (!work) {
      this.currentGroup = name
      return undefined
    }
    return this.#inGroup(name, work)
  }

  check(name: string, holds: boolean): boolean {
    this.#context.outcomes.checked(name, this.#arrivalUs, holds)
    return holds
  }

  next<Row>(feeder: Feeder<Row>): Row {
    return feeder.next()
  }

  threw(error: unknown): void {
    this.#threw(error)
  }

  /** The load is over: nothing new begins, and what the session waits for without a message ends. */
  end(): void {
    if (this.ended) return
    this.ended = true
    const nowUs = this.#context.nowUs()
    this.cutShort = this.#thoughts.length > 0 || this.#turns.some((turns) => !turns.isOver)
    for (const turns of this.#turns) turns.end(nowUs)
    for (const socket of this.#sockets) socket.endWaiting()
    for (const { due, reject } of this.#thoughts.splice(0)) {
      due.wake = null
      reject(new LoadEnded())
    }
    this.#abort?.abort()
  }

  /** The session is over: what it opened is closed. */
  leave(): void {
    this.end()
    for (const socket of this.#sockets) void socket.close()
    this.#http?.close()
  }

  async #inGroup<Result>(name: string | null, work: () => Result | Promise<Result>): Promise<Result> {
    const before = this.currentGroup
    this.currentGroup = name
    try {
      return await work()
    } finally {
      this.currentGroup = before
    }
  }
}

function webSocketUrl(url: URL): URL {
  if (!url.protocol.startsWith('http')) return url
  const own = new URL(url)
  own.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return own
}

const toUs = (time: string | number): number =>
  (typeof time === 'number' ? time : parseDuration(time)) * 1_000
