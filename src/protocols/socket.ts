import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import type { Clock } from '../kernel/clock.js'
import { PlimsollError } from '../kernel/errors.js'
import { microseconds, msToUs } from '../kernel/units.js'
import type { ConnectPhases, TlsSettings } from '../load/driver.js'
import { errorDetail, errorKind, type SocketPhase } from './socket-errors.js'
import { type TlsEndpoint, tlsEndpointOf } from './tls-endpoint.js'
import { connectTls, followTls, type TlsState, writeTls } from './tls-socket.js'

/**
 * TCP sockets, plain or under TLS, for drivers that hold thousands of them. All sockets of the process read into one
 * buffer, listeners are shared functions that find their connection on the socket, and timeouts share a timer: an
 * idle connection costs its `net.Socket` and little more, and under TLS what OpenSSL keeps of it.
 */

/** Where a socket reports to; one owner serves all connections of a driver, told apart by their index. */
export interface SocketOwner {
  /** The connection is there, and its TLS handshake done. */
  onConnect(index: number): void
  /** `chunk[0, length)` was read. The buffer is shared by all sockets: copy what outlives the call. */
  onData(index: number, chunk: Buffer, length: number): void
  /** All that `writeNow` had to queue is in the kernel's hands. */
  onDrain(index: number): void
  /** The peer ended its side. The socket closes by itself only when its queued writes are flushed. */
  onEnd(index: number): void
  /** The socket is gone; reported once, last. `kind` is an error kind, `connection-closed` where no error occurred. */
  onClose(index: number, kind: string, detail: string): void
}

/** Where to connect to, and from. Endpoints are shared by connections. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly localAddress?: string
  /** The address that `host` turned out to be, kept so that a name is looked up once and not for every connection. */
  resolved?: string | undefined
  /** Absent for plain TCP. */
  readonly tls?: TlsEndpoint
}

/** A socket that knows its connection. */
export interface OwnedSocket extends Socket {
  ownerIndex: number
  owner: SocketOwner
  endpoint: Endpoint
  /** `open` from the connect on. An owner with a handshake of its own sets it back to `connect` until that is done. */
  phase: SocketPhase
  /** Null for plain TCP. */
  tls: TlsState | null
  /** Bytes wait in user space and `onDrain` will follow. */
  backedUp: boolean
  failure: NodeJS.ErrnoException | null
}

const readBuffer = Buffer.allocUnsafeSlow(65_536)
const nothing = Buffer.alloc(0)

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 }

/**
 * One endpoint for each local address, to be used in turn; a single one where there are none. For `wss:` and `https:`
 * they speak TLS, by the defaults where no settings are given.
 * @throws PlimsollError BAD_VALUE for a local address that is no IP address
 */
export function endpointsOf(
  url: URL,
  localAddresses: readonly string[],
  settings: TlsSettings | null = null,
): [Endpoint, ...Endpoint[]] {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (defaultPorts[url.protocol] ?? 80) : Number(url.port)
  const tls = tlsEndpointOf(url, host, port, settings)
  const shared = { host, port, ...(tls === null ? {} : { tls }) }
  const endpoints = localAddresses.map((localAddress): Endpoint => {
    if (isIP(localAddress) === 0) {
      throw new PlimsollError('BAD_VALUE', `'${localAddress}' is not an IP address to connect from.`, {
        hint: 'Write a local address like 127.0.0.2.',
      })
    }
    return { ...shared, localAddress }
  })
  const [first, ...others] = endpoints
  return first === undefined ? [shared] : [first, ...others]
}

/**
 * Opens a socket without Nagle's delay, with TLS where the endpoint has it. Never throws for what the network does;
 * that ends in `owner.onClose`.
 */
export function openSocket(index: number, endpoint: Endpoint, owner: SocketOwner): OwnedSocket {
  const options: TcpNetConnectOpts = {
    host: endpoint.resolved ?? endpoint.host,
    port: endpoint.port,
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback(length) {
        socket.owner.onData(socket.ownerIndex, readBuffer, length)
        return true
      },
    },
  }
  if (endpoint.localAddress !== undefined) {
    options.localAddress = endpoint.localAddress
    options.family = isIP(endpoint.localAddress)
  }
  const { tls } = endpoint
  const socket = (tls === undefined ? connect(options) : connectTls(options, tls)) as OwnedSocket
  socket.ownerIndex = index
  socket.owner = owner
  socket.endpoint = endpoint
  socket.phase = 'connect'
  socket.backedUp = false
  socket.failure = null
  socket.tls = tls === undefined ? null : followTls(socket, tls, reportConnect)
  if (tls === undefined) socket.on('connect', reportConnect)
  socket.on('end', reportEnd)
  socket.on('error', keepFailure)
  socket.on('close', reportClose)
  return socket
}

/**
 * Writes to a connected socket. False when the kernel did not take all of it: the bytes are then still referenced
 * and must not be overwritten, and `onDrain` follows.
 */
export function writeNow(socket: OwnedSocket, bytes: Uint8Array): boolean {
  if (socket.tls !== null) return writeTls(socket, socket.tls, bytes)
  socket.write(bytes)
  if (socket.writableLength === 0) return true
  if (!socket.backedUp) {
    socket.backedUp = true
    awaitDrain(socket)
  }
  return false
}

/**
 * The phases of a connect that the owner began at `openedAtUs`, heard of in `onConnect` at `connectedAtUs`, and can
 * use from `usableAtUs` on.
 */
export function connectPhases(
  socket: OwnedSocket,
  openedAtUs: number,
  connectedAtUs: number,
  usableAtUs: number,
): ConnectPhases {
  const tlsUs = socket.tls?.handshakeUs ?? 0
  return {
    tcp: microseconds(connectedAtUs - openedAtUs - tlsUs),
    tls: microseconds(tlsUs),
    ...(socket.tls?.resumed ? { tlsResumed: true } : {}),
    handshake: microseconds(usableAtUs - connectedAtUs),
    total: microseconds(usableAtUs - openedAtUs),
  }
}

/** What a socket that has not connected yet is waiting for. */
export const awaitedBy = (socket: OwnedSocket): string =>
  socket.tls !== null && socket.tls.tcpAtUs > 0 ? 'TLS handshake' : 'TCP connection'

/** Destroys a socket and hears no more of it: its owner is told nothing, so its index may be used anew at once. */
export function releaseSocket(socket: OwnedSocket): void {
  socket.owner = nobody
  socket.destroy()
}

/**
 * Hears no more of a socket, but leaves the peer the time to end it (one to two seconds, then it is destroyed).
 * Who closes first keeps the port in TIME_WAIT for a minute, and a generator needs its ports more than a server.
 */
export function lingerSocket(socket: OwnedSocket): void {
  socket.owner = nobody
  if (socket.destroyed) return
  lingering.add(socket)
  lingerTimer ??= setInterval(endLingering, 1_000).unref()
}

/**
 * Deadlines of connections on one timer, which runs only while there are any. They are met late by up to
 * `resolutionMs`.
 */
export class Deadlines {
  readonly #atUs: Float64Array
  readonly #resolutionMs: number
  readonly #expired: (index: number) => void
  readonly #clock: Clock
  #pending = 0
  #timer: NodeJS.Timeout | null = null

  constructor(connections: number, resolutionMs: number, clock: Clock, expired: (index: number) => void) {
    this.#atUs = new Float64Array(connections).fill(Number.POSITIVE_INFINITY)
    this.#resolutionMs = resolutionMs
    this.#clock = clock
    this.#expired = expired
  }

  /** Replaces the deadline that the connection had. */
  set(index: number, delayMs: number): void {
    if (this.#atUs[index] === Number.POSITIVE_INFINITY) this.#pending++
    this.#atUs[index] = this.#clock() + msToUs(delayMs)
    this.#timer ??= setInterval(() => this.#scan(), this.#resolutionMs).unref()
  }

  clear(index: number): void {
    if (this.#atUs[index] === Number.POSITIVE_INFINITY) return
    this.#atUs[index] = Number.POSITIVE_INFINITY
    this.#pending--
  }

  #scan(): void {
    if (this.#pending === 0) {
      if (this.#timer) clearInterval(this.#timer)
      this.#timer = null
      return
    }
    const now = this.#clock()
    for (let index = 0; index < this.#atUs.length; index++) {
      if (this.#atUs[index]! > now) continue
      this.clear(index)
      this.#expired(index)
    }
  }
}

const nobody: SocketOwner = {
  onConnect() {},
  onData() {},
  onDrain() {},
  onEnd() {},
  onClose() {},
}

const lingering = new Set<OwnedSocket>()
let lingeredBefore = new Set<OwnedSocket>()
let lingerTimer: NodeJS.Timeout | null = null

function endLingering(): void {
  for (const socket of lingeredBefore) socket.destroy()
  lingeredBefore = new Set(lingering)
  lingering.clear()
  if (lingeredBefore.size > 0 || !lingerTimer) return
  clearInterval(lingerTimer)
  lingerTimer = null
}

// An empty write behind the queued ones: its callback tells of the flush, where `drain` would stay silent below the
// high-water mark.
function awaitDrain(socket: OwnedSocket): void {
  socket.write(nothing, (error) => {
    if (error) return
    if (socket.writableLength > 0) {
      awaitDrain(socket)
      return
    }
    socket.backedUp = false
    socket.owner.onDrain(socket.ownerIndex)
  })
}

function reportConnect(this: Socket): void {
  const socket = this as OwnedSocket
  socket.phase = 'open'
  socket.endpoint.resolved ??= socket.remoteAddress
  socket.owner.onConnect(socket.ownerIndex)
}

function reportEnd(this: Socket): void {
  const socket = this as OwnedSocket
  socket.owner.onEnd(socket.ownerIndex)
}

function keepFailure(this: Socket, error: NodeJS.ErrnoException): void {
  const socket = this as OwnedSocket
  socket.failure = error
  if (socket.phase === 'connect') socket.endpoint.resolved = undefined
  socket.tls?.failed()
  // Node leaves a socket open whose TLS broke down after the handshake.
  socket.destroy()
}

function reportClose(this: Socket): void {
  const socket = this as OwnedSocket
  lingering.delete(socket)
  lingeredBefore.delete(socket)
  const { failure } = socket
  if (failure === null) {
    socket.owner.onClose(socket.ownerIndex, 'connection-closed', 'the server ended the TCP connection')
    return
  }
  socket.owner.onClose(
    socket.ownerIndex,
    errorKind(failure, socket.phase),
    errorDetail(failure, socket.phase),
  )
}
