import type { Random } from '../kernel/random.js'
import type { Feeder } from './feeder.js'

/** A user's story. Each user runs it once, or again and again in the closed model. */
export type SessionFunction = (user: User) => Promise<void>

/** What a session does its work with. One for each session; not to be shared between them. */
export interface User {
  /** The number of the session in the run, from 0. */
  readonly id: number
  /** Seeded by the run's seed and `id`. */
  readonly random: Random
  /** Free for the session's own use. */
  readonly vars: Record<string, unknown>
  /** Requests with this user's own cookies and keep-alive connections. Paths are relative to the target. */
  readonly http: HttpClient
  /** Aborted when the session must end: at `--timeout`, at the end of the run, on Ctrl-C. */
  readonly signal: AbortSignal

  /** Opens a WebSocket; a path is relative to the target. */
  websocket(url?: string, options?: WebSocketOptions): Promise<UserSocket>
  /** Waits a time, or a time drawn uniformly from between two: `'1s'`, or a number of ms. */
  think(shortest: string | number, longest?: string | number): Promise<void>
  /**
   * Turns at a rate. Each has an intended time, and the first message of a turn counts from it, also when the turn
   * before took too long. A turn stands for one message at least: one that was due and never came to be counts as
   * an error.
   */
  paced(rate: string | number, options?: PacedOptions): AsyncIterable<Turn>
  /** Measures how long `work` takes, under a name that objectives can use: `join.p99 < 250ms`. */
  measure<Result>(name: string, work: () => Result | Promise<Result>): Promise<Result>
  /** Messages of `work` are counted under this name, too. Groups do not nest: the innermost counts. */
  group<Result>(name: string, work: () => Result | Promise<Result>): Promise<Result>
  /** All messages from now on are counted under this name, too; `null` for none. */
  group(name: string | null): void
  /** Counts whether something holds, under a name. A failed check is no error of the run. Returns `holds`. */
  check(name: string, holds: boolean): boolean
  /** The next row of a feeder. */
  next<Row>(feeder: Feeder<Row>): Row
}

export interface PacedOptions {
  /** So long. */
  readonly for?: string
  /** So many turns. */
  readonly count?: number
}

export interface Turn {
  /** From 0. */
  readonly seq: number
}

export interface WebSocketOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly subprotocols?: readonly string[]
  /** Offer permessage-deflate. Default: as the run. */
  readonly compression?: boolean
  /**
   * How `request` finds its reply: by the JSON field of this name, which is added to messages without it
   * (`'json:id'`, the default), in order (`'fifo'`), or by a function that tells the id from a message.
   */
  readonly reply?: string | ((message: string) => string | number | null | undefined)
  /** How many messages that answer no request are kept for `next`. Default 100. */
  readonly backlog?: number
}

export interface UserSocket {
  readonly isOpen: boolean
  /** Sends without a reply to wait for. An object is sent as JSON. */
  send(message: string | Uint8Array | object): void
  /** Sends, and waits for the reply; a reply that is JSON is parsed. Counted as one message. */
  request<Reply = unknown>(
    message: string | Uint8Array | object,
    options?: { readonly timeout?: string },
  ): Promise<Reply>
  /**
   * The next message that answers no request and for which `accept` is true (JSON is parsed for it). Messages that
   * came since the last call are looked at first; the latest `backlog` are kept.
   */
  next<Message = unknown>(accept?: (message: Message) => boolean, timeout?: string): Promise<Message>
  /** Calls `handle` for every message that answers no request. Returns what takes it off again. */
  on<Message = unknown>(event: 'message', handle: (message: Message) => void): () => void
  on(event: 'close', handle: (reason: string) => void): () => void
  close(code?: number, reason?: string): Promise<void>
}

export interface HttpRequestOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, with its content type. */
  readonly json?: unknown
  /** Sent as a form (application/x-www-form-urlencoded). */
  readonly form?: Readonly<Record<string, string | number>>
  readonly body?: string | Uint8Array
  readonly timeout?: string
  /** Counted under this name, too. */
  readonly name?: string
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case; of repeated ones the values are joined, but for `set-cookie`. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  text(): string
  json<Value = unknown>(): Value
}

/** A request under way: resolves with any status (from 400 on it counts as an error), rejects without a reply. */
export interface HttpCall extends Promise<HttpResponse> {
  text(): Promise<string>
  json<Value = unknown>(): Promise<Value>
}

export interface HttpClient {
  get(url: string, options?: HttpRequestOptions): HttpCall
  post(url: string, options?: HttpRequestOptions): HttpCall
  put(url: string, options?: HttpRequestOptions): HttpCall
  patch(url: string, options?: HttpRequestOptions): HttpCall
  delete(url: string, options?: HttpRequestOptions): HttpCall
  request(method: string, url: string, options?: HttpRequestOptions): HttpCall
}
