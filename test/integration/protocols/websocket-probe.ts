import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type {
  ConnectPhases,
  Driver,
  DriverOptions,
  DriverSink,
  PayloadWriter,
} from '../../../src/load/driver.js'
import { createWebSocketDriver } from '../../../src/protocols/websocket/driver.js'
import { acceptOf } from '../../../src/protocols/websocket/handshake.js'

/** A driver whose reports are kept, one line each, and can be awaited. */
export interface Probe {
  readonly driver: Driver
  readonly events: string[]
  readonly phases: ConnectPhases[]
  readonly bytes: { received: number; sent: number }
  /** Resolves with the first report, also of the past, that starts so. */
  seen(start: string): Promise<string>
  /** Called on each message, within the report. */
  onMessage: ((index: number, text: string) => void) | null
  /** Called on each closed connection, within the report. */
  onClosed: ((index: number) => void) | null
}

export interface ProbeOptions extends Partial<DriverOptions> {
  readonly connections?: number
  readonly payload?: PayloadWriter
}

/** A payload that is the same for each message. */
export const fixedPayload = (bytes: Buffer, binary: boolean): PayloadWriter => ({
  binary,
  prepare: () => bytes.length,
  write: (target, offset) => bytes.copy(target, offset),
})

export function probe(url: string, options: ProbeOptions = {}): Probe {
  const waiters = new Set<() => void>()
  const events: string[] = []
  const report = (event: string): void => {
    events.push(event)
    for (const waiter of waiters) waiter()
  }
  const sink: DriverSink = {
    opened(index, phases) {
      self.phases.push(phases)
      report(`opened ${index}`)
    },
    writable: (index) => report(`writable ${index}`),
    firstByte: (index) => report(`firstByte ${index}`),
    message(index, data, start, end, problem) {
      const text = data.toString('utf8', start, end)
      report(`message ${index} ${problem ?? 'ok'} ${text}`)
      self.onMessage?.(index, text)
    },
    received(bytes) {
      self.bytes.received += bytes
    },
    sent(bytes) {
      self.bytes.sent += bytes
    },
    closed(index, kind, detail) {
      report(`closed ${index} ${kind}: ${detail}`)
      self.onClosed?.(index)
    },
  }
  const driver = createWebSocketDriver(
    {
      url: new URL(url),
      headers: [],
      method: 'GET',
      subprotocols: [],
      compression: false,
      connectTimeoutMs: 5_000,
      maxMessageBytes: 1_000_000,
      maxHeaderBytes: 16_384,
      localAddresses: [],
      tls: null,
      ...options,
    },
    options.connections ?? 1,
    options.payload ?? fixedPayload(Buffer.from('hello'), false),
    sink,
  )
  const self: Probe = {
    driver,
    events,
    phases: [],
    bytes: { received: 0, sent: 0 },
    onMessage: null,
    onClosed: null,
    seen: (start) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = events.find((event) => event.startsWith(start))
          if (found === undefined) return
          waiters.delete(look)
          resolve(found)
        }
        waiters.add(look)
        look()
      }),
  }
  return self
}

/** A TCP server that does with each connection as it is told; `url` is its WebSocket address. */
export async function rawServer(
  serve: (socket: Socket) => void,
): Promise<{ url: string; server: Server; end(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    server,
    async end() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers the handshake and sends `bytes` in the same write; what comes later goes to `onBytes`. */
export const speaking =
  (bytes: Buffer, onBytes: (data: Buffer, socket: Socket) => void = () => {}) =>
  (socket: Socket): void => {
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(request.toString('latin1'))?.[1] ?? ''
      const head = `HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`
      socket.write(Buffer.concat([Buffer.from(head), bytes]))
      socket.on('data', (data: Buffer) => onBytes(data, socket))
    })
  }
