import { connect, type Socket } from 'node:net'
import { monotonicUs } from '../src/kernel/clock.js'
import { microseconds } from '../src/kernel/units.js'
import type { CreateDriver, Driver, DriverOptions, DriverSink, PayloadWriter } from '../src/load/driver.js'

const newline = 0x0a
const none = microseconds(0)

/** A protocol of lines over TCP, as small as a driver can be: a message is a line, and so is its reply. */
export const createLinesDriver: CreateDriver = (options, connections, payload, sink) =>
  new LinesDriver(options, connections, payload, sink)

class LinesDriver implements Driver {
  readonly assignment = 'owned'
  readonly #options: DriverOptions
  readonly #payload: PayloadWriter
  readonly #sink: DriverSink
  readonly #sockets: Array<Socket | null>

  constructor(options: DriverOptions, connections: number, payload: PayloadWriter, sink: DriverSink) {
    this.#options = options
    this.#payload = payload
    this.#sink = sink
    this.#sockets = Array.from({ length: connections }, () => null)
  }

  open(index: number): void {
    const { hostname, port } = this.#options.url
    const startUs = monotonicUs()
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    let kind = 'connection-closed'
    let rest: Buffer = Buffer.alloc(0)
    this.#sockets[index] = socket
    socket.on('connect', () => {
      const total = microseconds(monotonicUs() - startUs)
      this.#sink.opened(index, { tcp: total, tls: none, handshake: none, total })
    })
    socket.on('data', (chunk) => {
      this.#sink.received(chunk.length)
      rest = this.#readLines(index, Buffer.concat([rest, chunk]))
    })
    socket.on('drain', () => this.#sink.writable(index))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      kind = error.code === 'ECONNREFUSED' ? 'connect-refused' : 'connection-reset'
    })
    socket.on('close', () => {
      this.#sockets[index] = null
      this.#sink.closed(index, kind, '')
    })
  }

  canSend(index: number): boolean {
    const socket = this.#sockets[index]
    return socket?.readyState === 'open' && !socket.writableNeedDrain
  }

  send(index: number, id: number): number {
    const line = Buffer.allocUnsafe(this.#payload.prepare(id) + 1)
    const length = this.#payload.write(line, 0)
    line[length] = newline
    this.#sockets[index]!.write(line.subarray(0, length + 1))
    return length + 1
  }

  close(index: number): void {
    this.#sockets[index]?.end()
  }

  destroy(index: number): void {
    this.#sockets[index]?.destroy()
  }

  /** Hands on every whole line; returns what is left. */
  #readLines(index: number, data: Buffer): Buffer {
    let start = 0
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
      this.#sink.message(index, data, start, end, null)
      start = end + 1
    }
    return data.subarray(start)
  }
}
