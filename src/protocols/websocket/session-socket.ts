import { monotonicUs } from '../../kernel/clock.js'
import type { ConnectPhases, TlsSettings } from '../../load/driver.js'
import type { SessionSocket, SocketEvents, SocketRequest } from '../../load/session-transport.js'
import { DeadlineSet } from '../deadline-set.js'
import { type Endpoint, endpointsOf } from '../socket.js'
import { isCloseCode } from './close-codes.js'
import {
  type ConnectionEvents,
  type ConnectionSettings,
  deadlineResolutionMs,
  WebSocketConnection,
} from './connection.js'
import { FrameWriter } from './frame-writer.js'
import { Handshake } from './handshake.js'

/** The limits that all sockets of the sessions of a run keep to. */
export interface SessionSocketOptions {
  readonly connectTimeoutMs: number
  readonly maxMessageBytes: number
  readonly maxHeaderBytes: number
  readonly tls: TlsSettings | null
}

/**
 * Opens a socket of a session. `options` is one and the same object for all sockets of a process: they share what
 * hangs on it.
 * @throws PlimsollError BAD_VALUE for headers or subprotocols that cannot be sent
 */
export function openSessionSocket(
  options: SessionSocketOptions,
  request: SocketRequest,
  events: SocketEvents,
): SessionSocket {
  let shared = sharedByOptions.get(options)
  if (shared === undefined) {
    shared = share(options)
    sharedByOptions.set(options, shared)
  }
  const handshake = new Handshake({ ...request, maxHeaderBytes: options.maxHeaderBytes })
  return new WebSocketOfSession(shared.settings, endpointOf(shared, request.url), handshake, events)
}

interface Shared {
  readonly settings: ConnectionSettings
  readonly tls: TlsSettings | null
  /** By origin: a name is looked up once, and not for every session. */
  readonly endpoints: Map<string, Endpoint>
}

const sharedByOptions = new WeakMap<SessionSocketOptions, Shared>()

const share = ({ connectTimeoutMs, maxMessageBytes, tls }: SessionSocketOptions): Shared => ({
  settings: {
    connectTimeoutMs,
    maxMessageBytes,
    clock: monotonicUs,
    writer: new FrameWriter(),
    deadlines: new DeadlineSet(deadlineResolutionMs, monotonicUs),
  },
  tls,
  endpoints: new Map(),
})

function endpointOf({ endpoints, tls }: Shared, url: URL): Endpoint {
  const origin = `${url.protocol}//${url.host}`
  const known = endpoints.get(origin)
  if (known !== undefined) return known
  const [endpoint] = endpointsOf(url, [], tls)
  endpoints.set(origin, endpoint)
  return endpoint
}

class WebSocketOfSession implements SessionSocket, ConnectionEvents {
  readonly #events: SocketEvents
  readonly #connection: WebSocketConnection

  constructor(settings: ConnectionSettings, endpoint: Endpoint, handshake: Handshake, events: SocketEvents) {
    this.#events = events
    this.#connection = new WebSocketConnection(0, settings, this)
    this.#connection.open(endpoint, handshake)
  }

  get canSend(): boolean {
    return this.#connection.canSend
  }

  send(message: string | Uint8Array): void {
    this.#events.sent(this.#connection.send(message))
  }

  /** @throws RangeError for a code that a close frame must not carry */
  close(code?: number, reason?: string): void {
    if (code !== undefined && !isCloseCode(code)) {
      throw new RangeError(`${code} is no close code: take 1000, or one from 3000 to 4999`)
    }
    this.#connection.close(code, reason)
  }

  destroy(): void {
    this.#connection.drop()
  }

  // What the connection reports

  opened(_index: number, phases: ConnectPhases, subprotocol: string): void {
    this.#events.opened(phases, subprotocol)
  }

  message(
    _index: number,
    data: Buffer,
    start: number,
    end: number,
    binary: boolean,
    arrivedUs: number | undefined,
  ): void {
    this.#events.message(data, start, end, binary, arrivedUs)
  }

  writable(): void {
    this.#events.writable()
  }

  received(bytes: number): void {
    this.#events.received(bytes)
  }

  sent(bytes: number): void {
    this.#events.sent(bytes)
  }

  closed(_index: number, kind: string, detail: string): void {
    this.#events.closed(kind, detail)
  }
}
