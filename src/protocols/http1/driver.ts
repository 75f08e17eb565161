import { type Clock, monotonicUs } from '../../kernel/clock.js'
import { PlimsollError } from '../../kernel/errors.js'
import type { CreateDriver, Driver, DriverOptions, DriverSink, PayloadWriter } from '../../load/driver.js'
import { DeadlineSet } from '../deadline-set.js'
import { type Endpoint, endpointsOf } from '../socket.js'
import { BodyFile } from './body-file.js'
import { HttpConnection } from './connection.js'
import { RequestWriter } from './request.js'

const deadlineResolutionMs = 50

/**
 * HTTP/1.1 over TCP or TLS, on connections that are kept alive as long as the server does: one request at a time on
 * each, or several by `pipelining`. Redirects are not followed. Statuses from 400 on are reported as the problem
 * `http-NNN`.
 * @throws PlimsollError UNSUPPORTED_TARGET for a URL that is neither http: nor https:, USAGE for a method, header or
 * file that cannot be sent
 */
export const createHttp1Driver: CreateDriver = (options, connections, payload, sink) =>
  new Http1Driver(options, connections, payload, sink, monotonicUs)

class Http1Driver implements Driver {
  readonly assignment = 'pooled'
  readonly depth: number
  readonly #endpoints: [Endpoint, ...Endpoint[]]
  readonly #connections: readonly HttpConnection[]

  constructor(
    options: DriverOptions,
    connections: number,
    payload: PayloadWriter,
    sink: DriverSink,
    clock: Clock,
  ) {
    if (options.url.protocol !== 'http:' && options.url.protocol !== 'https:') {
      throw new PlimsollError('UNSUPPORTED_TARGET', `${options.url.protocol}// is not HTTP.`)
    }
    this.#endpoints = endpointsOf(options.url, options.localAddresses, options.tls)
    const bodyFile = typeof options.bodyFile === 'string' ? new BodyFile(options.bodyFile) : null
    const writer = new RequestWriter(options, payload, bodyFile?.bytes ?? null)
    // A request that asks for the end of the connection is the last one on it.
    this.depth = writer.keepAlive ? (options.pipelining ?? 1) : 1
    const settings = {
      connectTimeoutMs: options.connectTimeoutMs,
      limits: {
        maxHeaderBytes: options.maxHeaderBytes,
        maxBodyBytes: options.maxMessageBytes,
        headOnly: writer.headOnly,
      },
      writer,
      bodyFile,
      depth: this.depth,
      sink,
      clock,
      deadlines: new DeadlineSet(deadlineResolutionMs, clock),
    }
    this.#connections = Array.from({ length: connections }, (_, index) => new HttpConnection(index, settings))
  }

  open(index: number): void {
    const endpoint = this.#endpoints[index % this.#endpoints.length] ?? this.#endpoints[0]
    this.#connections[index]!.open(endpoint)
  }

  canSend(index: number): boolean {
    return this.#connections[index]!.canSend
  }

  send(index: number, id: number): number {
    return this.#connections[index]!.send(id)
  }

  close(index: number): void {
    this.#connections[index]!.close()
  }

  destroy(index: number): void {
    this.#connections[index]!.destroy()
  }
}
