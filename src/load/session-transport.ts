import type { ConnectPhases } from './driver.js'

/*
 * What a session's sockets and requests need of a protocol: like the driver interface, but with one object for each
 * connection, since every session may open others, with other headers and messages.
 */

/** Where one socket of a session reports to. */
export interface SocketEvents {
  opened(phases: ConnectPhases, subprotocol: string): void
  /**
   * A whole message; `data[start, end)` is valid during the call only.
   * @param arrivedUs CLOCK_MONOTONIC in µs at which its last byte was read, where inflating it took time since
   */
  message(data: Buffer, start: number, end: number, binary: boolean, arrivedUs?: number): void
  /** It may be written to again, after `canSend` was false. */
  writable(): void
  /** Raw bytes, handshakes and control frames included. */
  received(bytes: number): void
  sent(bytes: number): void
  /** Reported once, last; `opened` may not have been called. `kind` is `closed` where we closed it ourselves. */
  closed(kind: string, detail: string): void
}

export interface SessionSocket {
  /** A message can be written now, without queueing in user space. */
  readonly canSend: boolean
  /** Only after `canSend`. Bytes written are reported to `sent`. */
  send(message: string | Uint8Array): void
  /** Begins a clean close; ends in `closed`. Idempotent. */
  close(code?: number, reason?: string): void
  /** Ends at once, and reports nothing any more. */
  destroy(): void
}

export interface SocketRequest {
  readonly url: URL
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly subprotocols: readonly string[]
  readonly compression: boolean
}

export interface ExchangeRequest {
  readonly method: string
  readonly url: URL
  /** Without Host, Content-Length, Connection: those are the client's. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string | Uint8Array | null
}

/** Where one HTTP exchange reports to; ends in `complete` or `failed`, whichever comes first. */
export interface ExchangeEvents {
  /** The request was handed to the kernel. */
  written(): void
  firstByte(): void
  /** `headers`: names in lower case, in order, repeated ones apart. `body` is the receiver's to keep. */
  complete(status: number, headers: ReadonlyArray<readonly [string, string]>, body: Buffer): void
  failed(kind: string, detail: string): void
}

/** What an HTTP client tells of its connections. */
export interface ClientEvents {
  connectionOpened(phases: ConnectPhases): void
  connectionFailed(kind: string, detail: string): void
  connectionLost(kind: string, detail: string): void
  received(bytes: number): void
  sent(bytes: number): void
}

/** The HTTP client of one session: a few keep-alive connections for each origin; more requests wait. */
export interface SessionHttpClient {
  exchange(request: ExchangeRequest, events: ExchangeEvents): void
  /** Gives up an exchange that has not ended: its connection is destroyed, its events hear nothing more. */
  cancel(events: ExchangeEvents): void
  /** Closes all connections; open exchanges end in `failed`. */
  close(): void
}

/** The transports of one worker process, made once: limits and TLS settings are those of the run. */
export interface SessionTransports {
  openSocket(request: SocketRequest, events: SocketEvents): SessionSocket
  createHttpClient(events: ClientEvents): SessionHttpClient
}
