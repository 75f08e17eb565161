import { type Clock, monotonicUs } from '../../kernel/clock.js'
import type {
  ConnectPhases,
  CreateDriver,
  Driver,
  DriverOptions,
  DriverSink,
  PayloadWriter,
} from '../../load/driver.js'
import { DeadlineSet } from '../deadline-set.js'
import { type Endpoint, endpointsOf } from '../socket.js'
import { type ConnectionEvents, deadlineResolutionMs, WebSocketConnection } from './connection.js'
import { FrameWriter } from './frame-writer.js'
import { Handshake } from './handshake.js'

/**
 * WebSocket over TCP (RFC 6455), with permessage-deflate (RFC 7692) where it is asked for and the server takes it.
 * @throws PlimsollError BAD_VALUE for headers that cannot be sent
 */
export const createWebSocketDriver: CreateDriver = (options, connections, payload, sink) =>
  new WebSocketDriver(options, connections, payload, sink, monotonicUs)

class WebSocketDriver implements Driver, ConnectionEvents {
  readonly assignment = 'owned'
  readonly #payload: PayloadWriter
  readonly #sink: DriverSink
  readonly #endpoints: [Endpoint, ...Endpoint[]]
  readonly #handshake: Handshake
  readonly #connections: readonly WebSocketConnection[]

  constructor(
    options: DriverOptions,
    connections: number,
    payload: PayloadWriter,
    sink: DriverSink,
    clock: Clock,
  ) {
    this.#payload = payload
    this.#sink = sink
    this.#endpoints = endpointsOf(options.url, options.localAddresses, options.tls)
    this.#handshake = new Handshake(options)
    const settings = {
      connectTimeoutMs: options.connectTimeoutMs,
      maxMessageBytes: options.maxMessageBytes,
      clock,
      writer: new FrameWriter(),
      deadlines: new DeadlineSet(deadlineResolutionMs, clock),
    }
    this.#connections = Array.from(
      { length: connections },
      (_, index) => new WebSocketConnection(index, settings, this),
    )
  }

  open(index: number): void {
    const endpoint = this.#endpoints[index % this.#endpoints.length] ?? this.#endpoints[0]
    this.#at(index).open(endpoint, this.#handshake)
  }

  canSend(index: number): boolean {
    return this.#at(index).canSend
  }

  send(index: number, id: number): number {
    return this.#at(index).sendPayload(this.#payload, id)
  }

  close(index: number): void {
    this.#at(index).close()
  }

  destroy(index: number): void {
    this.#at(index).destroy()
  }

  // What connections report

  opened(index: number, phases: ConnectPhases): void {
    this.#sink.opened(index, phases)
  }

  message(
    index: number,
    data: Buffer,
    start: number,
    end: number,
    _binary: boolean,
    arrivedUs: number | undefined,
  ): void {
    this.#sink.message(index, data, start, end, null, arrivedUs)
  }

  writable(index: number): void {
    this.#sink.writable(index)
  }

  received(bytes: number): void {
    this.#sink.received(bytes)
  }

  sent(bytes: number): void {
    this.#sink.sent(bytes)
  }

  closed(index: number, kind: string, detail: string): void {
    this.#sink.closed(index, kind, detail)
  }

  #at(index: number): WebSocketConnection {
    return this.#connections[index]!
  }
}
