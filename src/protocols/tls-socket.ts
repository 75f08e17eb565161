import type { Socket, TcpNetConnectOpts } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { monotonicUs } from '../kernel/clock.js'
import type { OwnedSocket } from './socket.js'
import type { TlsEndpoint } from './tls-endpoint.js'

/** What a socket knows of its TLS. */
export class TlsState {
  readonly endpoint: TlsEndpoint
  /** When TCP stood, in µs; 0 before. */
  tcpAtUs = 0
  /** Length of the handshake in µs; NaN before its end. */
  handshakeUs = Number.NaN
  resumed = false
  /** Told of every write that has reached the kernel. */
  readonly written: () => void
  /** Bytes were queued, and their owner is to hear when they are gone. */
  queued = false
  /** Number of the turn of the event loop in which what is queued began. */
  turn = 0

  constructor(endpoint: TlsEndpoint, written: () => void) {
    this.endpoint = endpoint
    this.written = written
  }

  secured(resumed: boolean): void {
    this.handshakeUs = monotonicUs() - this.tcpAtUs
    this.resumed = resumed
  }

  /** Should the ticket be what the server fails on, the next connection does without. */
  failed(): void {
    if (Number.isNaN(this.handshakeUs)) this.endpoint.ticket = undefined
  }
}

/**
 * Begins a connection with TLS. The server's name is asked for where there is one, and checked in any case: it is
 * `servername`, else the address to connect to.
 */
export function connectTls(options: TcpNetConnectOpts, tls: TlsEndpoint): TLSSocket {
  return connect({
    ...options,
    secureContext: tls.context,
    rejectUnauthorized: !tls.insecure,
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...(tls.protocols.length === 0 ? {} : { ALPNProtocols: [...tls.protocols] }),
    ...(tls.resume && tls.ticket !== undefined ? { session: tls.ticket } : {}),
  })
}

/** @param secured told when the handshake is done and the server verified */
export function followTls(socket: OwnedSocket, tls: TlsEndpoint, secured: (this: Socket) => void): TlsState {
  socket.on('connect', noteTcp).on('session', keepTicket).on('secureConnect', noteSecure)
  socket.on('secureConnect', secured)
  const state = new TlsState(tls, () => {
    if (socket.writableLength > 0 || socket.destroyed) return
    if (!socket.backedUp && !state.queued) return
    socket.backedUp = false
    state.queued = false
    socket.owner.onDrain(socket.ownerIndex)
  })
  return state
}

/** Longer writes are cut into several TLS records. */
const recordBytes = 16_384
/** So much may wait in user space for the end of the turn. */
const turnBytes = 65_536

/**
 * Node tells of a write under TLS only when the turn of the event loop ends, even if the kernel took it at once, and
 * until then it holds further writes back. That is no fault of the peer, so within a turn more may be written. The
 * first short write counts as taken: it was encrypted on the spot, and its bytes are free. What the peer has not made
 * room for is known when the turn has ended (`noteTurnsEnd`); only of a write longer than a record it is not supposed
 * that there was room.
 * @returns as `writeNow`
 */
export function writeTls(socket: OwnedSocket, tls: TlsState, bytes: Uint8Array): boolean {
  const isFirst = socket.writableLength === 0
  socket.write(bytes, tls.written)
  if (isFirst) watchTurn(socket, tls)
  if (isFirst && bytes.length <= recordBytes) return true
  tls.queued = true
  if (bytes.length > recordBytes || socket.writableLength > turnBytes) socket.backedUp = true
  return false
}

/** The turn that ends with the next immediate, and the sockets that were first written to in it and in the next. */
let turn = 0
let endingTurn: OwnedSocket[] = []
let nextTurn: OwnedSocket[] = []

/**
 * Callbacks of writes run before immediates do. But a socket that is first written to when the immediate was already
 * asked for may be so from another immediate, in front of it and behind those callbacks: it has one more turn.
 */
function watchTurn(socket: OwnedSocket, tls: TlsState): void {
  if (endingTurn.length > 0) {
    tls.turn = turn + 1
    nextTurn.push(socket)
    return
  }
  tls.turn = turn
  endingTurn.push(socket)
  setImmediate(noteTurnsEnd)
}

/** What was written in the turn and has not reached the kernel by now waits for the peer. */
function noteTurnsEnd(): void {
  for (const socket of endingTurn) {
    if (socket.tls!.turn === turn && socket.writableLength > 0) socket.backedUp = true
  }
  turn++
  endingTurn = nextTurn
  nextTurn = []
  if (endingTurn.length > 0) setImmediate(noteTurnsEnd)
}

function noteTcp(this: Socket): void {
  const socket = this as OwnedSocket
  socket.setNoDelay(true)
  socket.tls!.tcpAtUs = monotonicUs()
}

function noteSecure(this: Socket): void {
  const socket = this as OwnedSocket & TLSSocket
  socket.tls!.secured(socket.isSessionReused())
}

/** A resumed session is not verified anew; but Node gives no ticket away before the server was verified. */
function keepTicket(this: Socket, ticket: Buffer): void {
  const socket = this as OwnedSocket
  socket.tls!.endpoint.ticket = ticket
}
