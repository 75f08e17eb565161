import { describe, expect, it } from 'vitest'
import type { TlsSettings } from '../../../src/load/driver.js'
import { defaultPort, protocolOf } from '../../../src/protocols/registry.js'
import { tlsEndpointOf, usesTls } from '../../../src/protocols/tls-endpoint.js'

const settings = (changes: Partial<TlsSettings> = {}): TlsSettings => ({
  ca: null,
  cert: null,
  key: null,
  servername: null,
  insecure: false,
  resume: true,
  ...changes,
})
const of = (url: string, given: TlsSettings | null = null) => {
  const { hostname, port } = new URL(url)
  return tlsEndpointOf(new URL(url), hostname, Number(port), given)
}

describe('tlsEndpointOf', () => {
  it('is null for plain TCP', () => {
    expect(of('ws://localhost:1')).toBeNull()
    expect(of('http://localhost:1', settings({ insecure: true }))).toBeNull()
  })

  it('asks for the name of the URL, but for no address', () => {
    expect(of('wss://localhost:1')?.servername).toBe('localhost')
    expect(of('wss://127.0.0.1:1')?.servername).toBeUndefined()
    expect(of('wss://127.0.0.1:1', settings({ servername: 'api.test' }))?.servername).toBe('api.test')
  })

  it('offers HTTP/1.1 by ALPN where it is HTTP', () => {
    expect(of('https://localhost:1')?.protocols).toEqual(['http/1.1'])
    expect(of('wss://localhost:1')?.protocols).toEqual([])
  })

  it('is one object for an address and settings, and one context for all addresses', () => {
    const given = settings()
    const endpoint = of('https://localhost:1', given)
    expect(of('https://localhost:1', given)).toBe(endpoint)
    const other = of('https://localhost:2', given)
    expect(other).not.toBe(endpoint)
    expect(other?.context).toBe(endpoint?.context)
    expect(of('https://localhost:1', settings())?.context).not.toBe(endpoint?.context)
    expect(of('wss://localhost:1', given)).not.toBe(endpoint)
  })
})

describe('schemes', () => {
  it.each([
    ['ws://localhost', 'websocket', 80, false],
    ['wss://localhost', 'websocket', 443, true],
    ['http://localhost', 'http1', 80, false],
    ['https://localhost', 'http1', 443, true],
    ['https://localhost:8443', 'http1', 8443, true],
  ])('%s is %s at port %i', (url, protocol, port, tls) => {
    expect(protocolOf(new URL(url))).toBe(protocol)
    expect(defaultPort(new URL(url))).toBe(port)
    expect(usesTls(new URL(url))).toBe(tls)
  })

  it('of other protocols are refused', () => {
    expect(() => protocolOf(new URL('ftp://localhost'))).toThrow(/ftp:/)
  })
})
