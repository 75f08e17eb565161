import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { TlsSettings } from '../load/driver.js'

/** How to speak TLS at one address; shared by all its connections. */
export interface TlsEndpoint {
  readonly context: SecureContext
  /** The name that the server is asked for (SNI) and checked against; undefined where the URL has an address. */
  readonly servername: string | undefined
  /** What is offered by ALPN; empty for no offer. */
  readonly protocols: readonly string[]
  readonly insecure: boolean
  /** Whether connections offer the ticket of an earlier one. */
  readonly resume: boolean
  /** The server's latest session ticket. */
  ticket: Buffer | undefined
}

/** Trust as Node has it, no certificate of our own. */
const defaultSettings: TlsSettings = {
  ca: null,
  cert: null,
  key: null,
  servername: null,
  insecure: false,
  resume: true,
}

const protocolsByScheme: Readonly<Record<string, readonly string[]>> = { 'https:': ['http/1.1'], 'wss:': [] }

export const usesTls = (url: URL): boolean => url.protocol in protocolsByScheme

/** Contexts hold parsed certificates, and endpoints the tickets: both live as long as the settings of the run. */
const endpoints = new WeakMap<TlsSettings, { context: SecureContext; byAddress: Map<string, TlsEndpoint> }>()

/** The TLS side of an address; the same object for the same settings and address. Null for plain TCP. */
export function tlsEndpointOf(
  url: URL,
  host: string,
  port: number,
  given: TlsSettings | null,
): TlsEndpoint | null {
  const protocols = protocolsByScheme[url.protocol]
  if (protocols === undefined) return null
  const settings = given ?? defaultSettings
  let known = endpoints.get(settings)
  if (known === undefined) {
    known = { context: secureContextOf(settings), byAddress: new Map() }
    endpoints.set(settings, known)
  }
  const address = `${url.protocol}${host} ${port}`
  let endpoint = known.byAddress.get(address)
  if (endpoint === undefined) {
    endpoint = {
      context: known.context,
      servername: settings.servername ?? (isIP(host) === 0 ? host : undefined),
      protocols,
      insecure: settings.insecure,
      resume: settings.resume,
      ticket: undefined,
    }
    known.byAddress.set(address, endpoint)
  }
  return endpoint
}

function secureContextOf({ ca, cert, key }: TlsSettings): SecureContext {
  return createSecureContext({
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  })
}
