import { monotonicUs } from '../../kernel/clock.js'
import { PlimsollError } from '../../kernel/errors.js'
import type { TlsSettings } from '../../load/driver.js'
import type {
  ClientEvents,
  ExchangeEvents,
  ExchangeRequest,
  SessionHttpClient,
} from '../../load/session-transport.js'
import { DeadlineSet } from '../deadline-set.js'
import { endpointsOf } from '../socket.js'
import type { Origin } from './session-connection.js'
import { Exchange } from './session-exchange.js'
import { SessionPool } from './session-pool.js'

/** Made once for a process: what its clients share, such as looked-up names, hangs on this object. */
export interface SessionClientOptions {
  readonly connectTimeoutMs: number
  /** Limit of the head of a response, in bytes. */
  readonly maxHeaderBytes: number
  /** Limit of a body, in bytes. */
  readonly maxBodyBytes: number
  readonly tls: TlsSettings | null
}

/**
 * The HTTP/1.1 client of one user. Redirects are not followed. A request that cannot be sent at all fails as
 * `request-invalid`, and one that is open when the client closes as `closed`. Of its connections, `connectionLost`
 * tells the end of each that was opened, as `connection-ended` where that is no error, until the client is closed.
 */
export function createHttpSessionClient(
  options: SessionClientOptions,
  events: ClientEvents,
): SessionHttpClient {
  return new HttpSessionClient(options, events)
}

class HttpSessionClient implements SessionHttpClient {
  readonly #options: SessionClientOptions
  readonly #events: ClientEvents
  readonly #pools = new Map<string, SessionPool>()
  // Most users stay with one origin, and putting its name together for each request would take longer than the rest.
  #lastProtocol = ''
  #lastHost = ''
  #lastPool: SessionPool | null = null
  #closed = false

  constructor(options: SessionClientOptions, events: ClientEvents) {
    this.#options = options
    this.#events = events
  }

  exchange(request: ExchangeRequest, events: ExchangeEvents): void {
    if (this.#closed) {
      events.failed('closed', 'the client is closed')
      return
    }
    let pool: SessionPool
    let exchange: Exchange
    try {
      pool = this.#poolFor(request.url)
      exchange = new Exchange(request, events)
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      events.failed('request-invalid', error.message)
      return
    }
    pool.run(exchange)
  }

  cancel(events: ExchangeEvents): void {
    for (const pool of this.#pools.values()) if (pool.cancel(events)) return
  }

  close(): void {
    this.#closed = true
    const open = [...this.#pools.values()].flatMap((pool) => pool.close())
    for (const { events } of open) events.failed('closed', 'the client was closed before the response came')
  }

  #poolFor(url: URL): SessionPool {
    const { protocol, host } = url
    if (this.#lastPool !== null && host === this.#lastHost && protocol === this.#lastProtocol) {
      return this.#lastPool
    }
    const name = `${protocol}//${host}`
    let pool = this.#pools.get(name)
    if (pool === undefined) {
      pool = new SessionPool(originOf(this.#options, name, url), this.#events)
      this.#pools.set(name, pool)
    }
    this.#lastProtocol = protocol
    this.#lastHost = host
    this.#lastPool = pool
    return pool
  }
}

const deadlineResolutionMs = 50

const origins = new WeakMap<SessionClientOptions, Map<string, Origin>>()
const deadlines = new DeadlineSet(deadlineResolutionMs, monotonicUs)

/** @throws PlimsollError UNSUPPORTED_TARGET for a URL that is neither http: nor https: */
function originOf(options: SessionClientOptions, name: string, url: URL): Origin {
  let known = origins.get(options)
  if (known === undefined) {
    known = new Map()
    origins.set(options, known)
  }
  let origin = known.get(name)
  if (origin === undefined) {
    origin = createOrigin(options, url)
    known.set(name, origin)
  }
  return origin
}

function createOrigin(options: SessionClientOptions, url: URL): Origin {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new PlimsollError('UNSUPPORTED_TARGET', `${url.protocol}// is not HTTP.`)
  }
  const { connectTimeoutMs, maxHeaderBytes, maxBodyBytes } = options
  return {
    endpoint: endpointsOf(url, [], options.tls)[0],
    limits: { maxHeaderBytes, maxBodyBytes, headOnly: false },
    connectTimeoutMs,
    clock: monotonicUs,
    deadlines,
    lastHead: '',
    lastFields: [],
  }
}
