import { PlimsollError } from '../kernel/errors.js'
import type { CreateDriver } from '../load/driver.js'
import { usesTls } from './tls-endpoint.js'

export const protocols = ['websocket', 'http1'] as const
export type Protocol = (typeof protocols)[number]

const byScheme: Readonly<Record<string, Protocol>> = {
  'ws:': 'websocket',
  'wss:': 'websocket',
  'http:': 'http1',
  'https:': 'http1',
}

/** Default port by scheme. */
export const defaultPort = (url: URL): number =>
  url.port === '' ? (usesTls(url) ? 443 : 80) : Number(url.port)

/**
 * The protocol that a URL's scheme asks for.
 * @throws PlimsollError UNSUPPORTED_TARGET
 */
export function protocolOf(url: URL): Protocol {
  const protocol = byScheme[url.protocol]
  if (protocol) return protocol
  throw new PlimsollError(
    'UNSUPPORTED_TARGET',
    `${url.protocol}// is not a protocol that Plimsoll can load yet.`,
  )
}

/** Loads the driver of a protocol; a worker needs only one of them. */
export async function loadDriver(protocol: Protocol): Promise<CreateDriver> {
  if (protocol === 'websocket') return (await import('./websocket/driver.js')).createWebSocketDriver
  return (await import('./http1/driver.js')).createHttp1Driver
}
