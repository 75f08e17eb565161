import { closeSync, openSync, readSync } from 'node:fs'
import { joinSums, type SocketSums, TcpTableScan } from './tcp-table.js'

/** What one read of the kernel returns is at most a page, whatever room there is. */
const piece = Buffer.allocUnsafe(65_536)
/** About one row. The kernel stops after the row that fills the room, so it does not go on to look for connections. */
const rowBytes = 150

/**
 * Reads the TCP tables of a process’s network namespace. Walking a whole table costs some ms however few connections
 * there are, since the kernel goes through its hash table, and 50,000 connections some 50 ms; the listening sockets
 * come first and cost far less.
 */
export class SocketReader {
  readonly #files: readonly string[]
  readonly #ports: readonly number[]
  /** The tables in which the ports were listened on at the last look; null: in none. */
  #listenedIn: readonly string[] | null = null

  constructor(pid: number, ports: readonly number[]) {
    this.#files = [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`]
    this.#ports = ports
  }

  /** Connections that wait to be accepted, over all listening sockets of the ports; null where there is none. */
  listenQueue(): number | null {
    const sums = this.#listening(this.#listenedIn ?? this.#files)
    return sums.size === 0 ? null : joinSums([...sums.values()]).listenQueue
  }

  /**
   * Everything, in turns: after each piece of the table it yields, so that whoever waits is not kept waiting for long.
   * The table may change meanwhile. Returns null where nobody listens on the ports.
   */
  *all(): Generator<void, SocketSums | null> {
    const sums: SocketSums[] = []
    for (const file of this.#listening(this.#files).keys()) {
      const scan = new TcpTableScan(this.#ports)
      const descriptor = openOrNull(file)
      if (descriptor === null) continue
      try {
        for (
          let got = readPiece(descriptor, piece.length);
          got > 0;
          got = readPiece(descriptor, piece.length)
        ) {
          scan.add(piece.subarray(0, got))
          yield
        }
      } finally {
        closeSync(descriptor)
      }
      sums.push(scan.sums)
    }
    return sums.length === 0 ? null : joinSums(sums)
  }

  #listening(files: readonly string[]): Map<string, SocketSums> {
    const found = new Map<string, SocketSums>()
    for (const file of files) {
      const scan = this.#scanListeners(file)
      if (scan && scan.sums.listeners > 0) found.set(file, scan.sums)
    }
    this.#listenedIn = found.size > 0 ? [...found.keys()] : null
    return found
  }

  #scanListeners(file: string): TcpTableScan | null {
    const descriptor = openOrNull(file)
    if (descriptor === null) return null
    const scan = new TcpTableScan(this.#ports)
    try {
      while (!scan.pastListeners) {
        const got = readPiece(descriptor, rowBytes)
        if (got === 0) break
        scan.add(piece.subarray(0, got))
      }
    } finally {
      closeSync(descriptor)
    }
    return scan
  }
}

function openOrNull(file: string): number | null {
  try {
    return openSync(file, 'r')
  } catch {
    return null
  }
}

/** 0 at the end, or where the process has ended meanwhile. */
function readPiece(descriptor: number, bytes: number): number {
  try {
    return readSync(descriptor, piece, 0, bytes, null)
  } catch {
    return 0
  }
}
