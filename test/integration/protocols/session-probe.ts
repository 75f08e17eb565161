import type { SessionSocket, SocketEvents } from '../../../src/load/session-transport.js'
import { openSessionSocket } from '../../../src/protocols/websocket/session-socket.js'

/** A socket of a session whose reports are kept, one line each, and can be awaited. */
export interface SessionProbe {
  readonly socket: SessionSocket
  readonly events: string[]
  readonly bytes: { received: number; sent: number }
  /** When messages arrived, where the socket told it. */
  readonly arrivalsUs: Array<number | undefined>
  /** Resolves with the first report, also of the past, that starts so. */
  seen(start: string): Promise<string>
  /** Called on each message, within the report. */
  onMessage: ((message: string | Buffer) => void) | null
}

export interface SessionProbeOptions {
  readonly headers?: ReadonlyArray<readonly [string, string]>
  readonly subprotocols?: readonly string[]
  readonly compression?: boolean
  readonly connectTimeoutMs?: number
  readonly maxMessageBytes?: number
}

export function sessionProbe(url: string, options: SessionProbeOptions = {}): SessionProbe {
  const waiters = new Set<() => void>()
  const events: string[] = []
  const report = (event: string): void => {
    events.push(event)
    for (const waiter of waiters) waiter()
  }
  const sink: SocketEvents = {
    opened: (_phases, subprotocol) => report(`opened ${subprotocol}`),
    message(data, start, end, binary, arrivedUs) {
      self.arrivalsUs.push(arrivedUs)
      report(`${binary ? 'binary' : 'text'} ${data.toString('utf8', start, end)}`)
      self.onMessage?.(binary ? Buffer.from(data.subarray(start, end)) : data.toString('utf8', start, end))
    },
    writable: () => report('writable'),
    received(bytes) {
      self.bytes.received += bytes
    },
    sent(bytes) {
      self.bytes.sent += bytes
    },
    closed: (kind, detail) => report(`closed ${kind}: ${detail}`),
  }
  const self: SessionProbe = {
    socket: openSessionSocket(
      {
        connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
        maxMessageBytes: options.maxMessageBytes ?? 1_000_000,
        maxHeaderBytes: 16_384,
        tls: null,
      },
      {
        url: new URL(url),
        headers: options.headers ?? [],
        subprotocols: options.subprotocols ?? [],
        compression: options.compression ?? false,
      },
      sink,
    ),
    events,
    bytes: { received: 0, sent: 0 },
    arrivalsUs: [],
    onMessage: null,
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
