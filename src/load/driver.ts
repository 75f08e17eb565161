import type { Microseconds } from '../kernel/units.js'
import type { PayloadWriter } from '../scenario/payload.js'

export type { PayloadWriter } from '../scenario/payload.js'

/**
 * The one interface between the engine and a protocol. The engine decides when; a driver knows how. Connections
 * are numbered 0 … n − 1 within their worker, and that number is all that the engine keeps of them.
 */
export interface Driver {
  /**
   * `owned`: a message is due on one given connection and may follow others unanswered (WebSocket).
   * `pooled`: any free connection takes it, and the protocol pairs replies with requests, in their order (HTTP/1.1).
   */
  readonly assignment: 'owned' | 'pooled'
  /** How many messages a pooled connection takes unanswered: 1 without pipelining, and where it is left out. */
  readonly depth?: number
  /** Starts to open connection `index`; ends in `sink.opened` or `sink.closed`. Calling it again reopens a closed one. */
  open(index: number): void
  /** True if a message can be written to the connection now, without queueing in user space. */
  canSend(index: number): boolean
  /** Writes message `id` at once. Only after `canSend`. Returns the bytes written. */
  send(index: number, id: number): number
  /** Begins a clean close (a WebSocket close frame). Idempotent; ends in `sink.closed`. */
  close(index: number): void
  /** Destroys the connection at once. Idempotent; `sink.closed` may follow. */
  destroy(index: number): void
}

/** Where a driver reports to. Primitives only: nothing is allocated for a message. */
export interface DriverSink {
  opened(index: number, phases: ConnectPhases): void
  /** The connection may be written to again, after back-pressure or a body that took its time. */
  writable(index: number): void
  /** First byte of a reply, for protocols where that differs from the complete reply (HTTP). */
  firstByte(index: number): void
  /**
   * A whole message arrived. `data[start, end)` is valid during the call only.
   * @param problem `null` for a valid one, else an error kind such as `http-503`.
   * @param arrivedUs CLOCK_MONOTONIC in µs at which its last byte was read, where it took time since to inflate it.
   */
  message(
    index: number,
    data: Buffer,
    start: number,
    end: number,
    problem: string | null,
    arrivedUs?: number,
  ): void
  /** Raw bytes read, counted for every read. */
  received(bytes: number): void
  /** Raw bytes written outside `send` (handshake, pong, close). */
  sent(bytes: number): void
  /**
   * The connection is gone, or never came up (`opened` was not called).
   * @param kind an error kind; `closed` when we closed it ourselves.
   */
  closed(index: number, kind: string, detail: string): void
}

/** Durations of the phases of one connect, in µs; `total` is from `open` to usable. */
export interface ConnectPhases {
  readonly tcp: Microseconds
  /** The TLS handshake; 0 without TLS. */
  readonly tls: Microseconds
  /** The TLS handshake was a short one, by the ticket of an earlier connection. */
  readonly tlsResumed?: boolean
  /** Messages go compressed (WebSocket). */
  readonly compressed?: boolean
  /** The protocol's own handshake, after TCP and TLS. */
  readonly handshake: Microseconds
  readonly total: Microseconds
}

/** How to speak TLS, for URLs that ask for it. Certificates and keys are PEM texts. */
export interface TlsSettings {
  /** Certificates to trust, instead of those that Node trusts. */
  readonly ca: string | null
  /** The client's certificate, with what signs it, and its key. */
  readonly cert: string | null
  readonly key: string | null
  /** The name to ask for (SNI) and to check the certificate against; null for the host of the URL. */
  readonly servername: string | null
  /** Take any certificate. */
  readonly insecure: boolean
  /** Offer the session ticket of an earlier connection. */
  readonly resume: boolean
}

/** The options of a run that protocols read. */
export interface DriverOptions {
  readonly url: URL
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly method: string
  readonly subprotocols: readonly string[]
  /** Offer permessage-deflate (WebSocket). */
  readonly compression: boolean
  readonly connectTimeoutMs: number
  /** Limit of one incoming frame, message or body in bytes. */
  readonly maxMessageBytes: number
  /** Limit of the header block of a response in bytes. */
  readonly maxHeaderBytes: number
  /** Requests that may be unanswered on one connection (HTTP/1.1); 1 where it is left out. */
  readonly pipelining?: number
  /** The file that is the body of every request, in place of a payload; read while it is sent (HTTP/1.1). */
  readonly bodyFile?: string | null
  /** Local addresses to connect from, used in turn; empty for the kernel's choice. */
  readonly localAddresses: readonly string[]
  /** Null for the defaults: a URL alone says whether TLS is spoken. */
  readonly tls: TlsSettings | null
}

export type CreateDriver = (
  options: DriverOptions,
  connections: number,
  payload: PayloadWriter,
  sink: DriverSink,
) => Driver
