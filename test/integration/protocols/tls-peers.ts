import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { type Certificate, makeAuthority, makeCertificate } from '../../../labs/support/certificates.js'
import type { TlsSettings } from '../../../src/load/driver.js'
import {
  type Endpoint,
  endpointsOf,
  type OwnedSocket,
  openSocket,
  releaseSocket,
  type SocketOwner,
} from '../../../src/protocols/socket.js'

/** Two CAs, and certificates for every case. */
export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'plimsoll-tls-'))
  readonly ca = makeAuthority(this.folder)
  readonly otherCa = makeAuthority(this.folder, 'other-ca')
  readonly local = makeCertificate(this.folder, this.ca, 'local')
  readonly named = makeCertificate(this.folder, this.ca, 'named', { altNames: 'DNS:api.example.test' })
  readonly expired = makeCertificate(this.folder, this.ca, 'expired', { days: -1 })
  readonly client = makeCertificate(this.folder, this.ca, 'client')
  readonly stranger = makeCertificate(this.folder, this.otherCa, 'stranger')

  /** Settings of a client that trusts the CA; each call makes new ones, which share no ticket with others. */
  settings(changes: Partial<TlsSettings> = {}): TlsSettings {
    const ca = readFileSync(this.ca.cert, 'utf8')
    return { ca, cert: null, key: null, servername: null, insecure: false, resume: true, ...changes }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

export const pems = ({ cert, key }: Certificate): { cert: string; key: string } => ({
  cert: readFileSync(cert, 'utf8'),
  key: readFileSync(key, 'utf8'),
})

/** A server with its port, which ends with all its connections. */
export interface Listening<Kind extends Server> {
  readonly server: Kind
  readonly port: number
  end(): Promise<void>
}

export async function listen<Kind extends Server>(server: Kind): Promise<Listening<Kind>> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async end() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** @param serve is called with each connection whose handshake is done */
export const listenTls = (options: TlsOptions, serve: (socket: TLSSocket) => void = () => {}) =>
  listen(
    createServer(options, (socket) => {
      socket.on('error', () => {})
      serve(socket)
    }),
  )

/** A socket with all that it reports, which can be awaited. */
export class Dialled implements SocketOwner {
  readonly socket: OwnedSocket
  readonly events: string[] = []
  readonly chunks: Buffer[] = []
  readonly #waiters = new Set<() => void>()

  constructor(endpoint: Endpoint) {
    this.socket = openSocket(0, endpoint, this)
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  /** Resolves with the first report, also of the past, that starts so. */
  seen(start: string): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.events.find((event) => event.startsWith(start))
        if (found === undefined) return
        this.#waiters.delete(look)
        resolve(found)
      }
      this.#waiters.add(look)
      look()
    })
  }

  /** `connect`, or the kind and detail of the failure. */
  outcome(): Promise<string> {
    return Promise.race([this.seen('connect'), this.seen('close')])
  }

  release(): void {
    releaseSocket(this.socket)
  }

  onConnect(): void {
    this.#report('connect')
  }

  onData(_index: number, chunk: Buffer, length: number): void {
    this.chunks.push(Buffer.from(chunk.subarray(0, length)))
    this.#report('data')
  }

  onDrain(): void {
    this.#report('drain')
  }

  onEnd(): void {
    this.#report('end')
  }

  onClose(_index: number, kind: string, detail: string): void {
    this.#report(`close ${kind}: ${detail}`)
  }

  #report(event: string): void {
    this.events.push(event)
    for (const waiter of this.#waiters) waiter()
  }
}

export const dial = (url: string, settings: TlsSettings | null): Dialled =>
  new Dialled(endpointsOf(new URL(url), [], settings)[0])
