/*
 * The rows of /proc/net/tcp and tcp6 that belong to some ports. With 50,000 connections such a table has 15 MB, so
 * it is read piece by piece and only the fields of the rows that count are decoded.
 *
 * Of a LISTEN row the receive queue is the number of connections that wait to be accepted (sk_ack_backlog); it is full
 * at one more than the backlog. The send queue, where netlink would tell the backlog, is always 0 here
 * (get_tcp4_sock in net/ipv4/tcp_ipv4.c).
 */

/** Sums over the sockets whose local port is one of the target's. Bytes, unless a name says otherwise. */
export interface SocketSums {
  /** Listening sockets; 0 means that the target listens in another namespace, or no more. */
  readonly listeners: number
  /** Connections that wait to be accepted. */
  readonly listenQueue: number
  readonly established: number
  /** Requests to connect whose handshake is not over. */
  readonly halfOpen: number
  /** The peer has closed, and the target has not yet. */
  readonly closeWait: number
  /** The target closed first, and the kernel keeps the pair of addresses for a while. */
  readonly timeWait: number
  /** All other states: on the way to being closed. */
  readonly closing: number
  /** Received and not yet read by the target. */
  readonly receiveQueueBytes: number
  readonly receiveQueueMaxBytes: number
  /** Sent by the target and not yet acknowledged by its peer, or not yet on the wire. */
  readonly sendQueueBytes: number
  readonly sendQueueMaxBytes: number
}

const newline = 10
const colon = 58
const state = { established: 0x01, halfOpen: 0x03, timeWait: 0x06, closeWait: 0x08, listen: 0x0a } as const

/** Adds up a table that comes in pieces, cut anywhere. Rows that it cannot read are left out. */
export class TcpTableScan {
  readonly #ports: ReadonlySet<number>
  readonly #sums: { -readonly [Name in keyof SocketSums]: number } = emptySums()
  #rest = Buffer.alloc(0)
  #sawConnection = false

  constructor(ports: Iterable<number>) {
    this.#ports = new Set(ports)
  }

  get sums(): SocketSums {
    return this.#sums
  }

  /** True once a row came that does not listen: the kernel prints those that do first. */
  get pastListeners(): boolean {
    return this.#sawConnection
  }

  add(piece: Buffer): void {
    const text = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece
    let at = 0
    for (;;) {
      const end = text.indexOf(newline, at)
      if (end < 0) break
      this.#addRow(text, at, end)
      at = end + 1
    }
    // The piece is the caller's buffer, which the next read overwrites. A longer rest is no row of such a table.
    this.#rest = text.length - at > longestRow ? Buffer.alloc(0) : Buffer.from(text.subarray(at))
  }

  #addRow(text: Buffer, start: number, end: number): void {
    const slot = text.indexOf(colon, start)
    if (slot < 0 || slot >= end) return
    const address = slot + 2
    const portColon = text.indexOf(colon, address)
    const width = portColon - address
    if (width !== 8 && width !== 32) return
    // local:port remote:port state tx:rx, each of a fixed width
    const stateAt = portColon + 6 + width + 6
    if (stateAt + 20 > end) return
    const port = hex(text, portColon + 1, 4)
    const kind = hex(text, stateAt, 2)
    const sendQueue = hex(text, stateAt + 3, 8)
    const receiveQueue = hex(text, stateAt + 12, 8)
    if (port < 0 || kind < 0 || sendQueue < 0 || receiveQueue < 0) return
    if (kind !== state.listen) this.#sawConnection = true
    if (this.#ports.has(port)) this.#count(kind, sendQueue, receiveQueue)
  }

  #count(kind: number, sendQueue: number, receiveQueue: number): void {
    const sums = this.#sums
    if (kind === state.listen) {
      sums.listeners++
      sums.listenQueue += receiveQueue
      return
    }
    if (kind === state.established) sums.established++
    else if (kind === state.halfOpen) sums.halfOpen++
    else if (kind === state.closeWait) sums.closeWait++
    else if (kind === state.timeWait) sums.timeWait++
    else sums.closing++
    sums.receiveQueueBytes += receiveQueue
    sums.sendQueueBytes += sendQueue
    sums.receiveQueueMaxBytes = Math.max(sums.receiveQueueMaxBytes, receiveQueue)
    sums.sendQueueMaxBytes = Math.max(sums.sendQueueMaxBytes, sendQueue)
  }
}

const longestRow = 512

/** Of several tables, such as those of IPv4 and IPv6. */
export function joinSums(all: readonly SocketSums[]): SocketSums {
  const joined = emptySums()
  for (const sums of all) {
    for (const name of Object.keys(joined) as (keyof SocketSums)[]) {
      joined[name] = name.endsWith('MaxBytes')
        ? Math.max(joined[name], sums[name])
        : joined[name] + sums[name]
    }
  }
  return joined
}

const emptySums = (): { -readonly [Name in keyof SocketSums]: number } => ({
  listeners: 0,
  listenQueue: 0,
  established: 0,
  halfOpen: 0,
  closeWait: 0,
  timeWait: 0,
  closing: 0,
  receiveQueueBytes: 0,
  receiveQueueMaxBytes: 0,
  sendQueueBytes: 0,
  sendQueueMaxBytes: 0,
})

/** Upper-case or lower-case digits; -1 where there are others. */
function hex(text: Buffer, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index++) {
    const code = text[index]!
    const digit =
      code >= 48 && code <= 57
        ? code - 48
        : code >= 65 && code <= 70
          ? code - 55
          : code >= 97 && code <= 102
            ? code - 87
            : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}
