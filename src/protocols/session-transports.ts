import type { TlsSettings } from '../load/driver.js'
import type { SessionTransports } from '../load/session-transport.js'
import { createHttpSessionClient } from './http1/session-client.js'
import { openSessionSocket } from './websocket/session-socket.js'

/** The limits of a run that sessions' connections keep to. */
export interface TransportOptions {
  readonly connectTimeoutMs: number
  readonly maxMessageBytes: number
  readonly maxHeaderBytes: number
  readonly tls: TlsSettings | null
}

/** The protocols that sessions speak. */
export function createSessionTransports(options: TransportOptions): SessionTransports {
  const { connectTimeoutMs, maxHeaderBytes, maxMessageBytes, tls } = options
  const clientOptions = { connectTimeoutMs, maxHeaderBytes, maxBodyBytes: maxMessageBytes, tls }
  return {
    openSocket: (request, events) => openSessionSocket(options, request, events),
    createHttpClient: (events) => createHttpSessionClient(clientOptions, events),
  }
}
