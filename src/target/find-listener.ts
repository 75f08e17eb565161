import { type ListenRow, parseListeners, reachableFromLoopback } from './proc-parsing.js'
import { allPids, linkOf, list, readWhole } from './read-proc.js'

/*
 * Who listens on a port: the inodes of the LISTEN rows in /proc/net/tcp and tcp6, looked up among the descriptors
 * of each process. Only processes that we may read are seen, and only those of the same network namespace: the
 * answer for a port that a container publishes is the proxy, or nobody. Without /proc everything answers empty.
 */

/**
 * Pids that hold a listening socket which a connect to loopback on `port` reaches; ascending. More than one where
 * processes share a socket (a pre-forking server) or the port (SO_REUSEPORT).
 * @param among look at these processes only, which is quicker on a machine with many descriptors.
 */
export function findListeners(port: number, among: readonly number[] = allPids()): number[] {
  const inodes = new Set<string>()
  for (const row of listenRows('self')) {
    if (row.port === port && reachableFromLoopback(row.address)) inodes.add(row.inode)
  }
  if (inodes.size === 0) return []
  return among.filter((pid) => socketInodesOf(pid).some((inode) => inodes.has(inode)))
}

export interface ListeningPort {
  readonly port: number
  readonly address: string
}

/** The TCP ports that a process listens on and that loopback reaches, those bound to loopback alone first. */
export function listeningPortsOf(pid: number): ListeningPort[] {
  const owned = new Set(socketInodesOf(pid))
  const loopbackOnly = (row: ListeningPort): number => (row.address.startsWith('127.') ? 0 : 1)
  return listenRows(pid)
    .filter((row) => owned.has(row.inode) && reachableFromLoopback(row.address))
    .map(({ port, address }) => ({ port, address }))
    .sort((a, b) => loopbackOnly(a) - loopbackOnly(b) || a.port - b.port)
}

function listenRows(pid: number | 'self'): ListenRow[] {
  const rows: ListenRow[] = []
  for (const family of ['tcp', 'tcp6'])
    rows.push(...parseListeners(readWhole(`/proc/${pid}/net/${family}`) ?? ''))
  return rows
}

function socketInodesOf(pid: number): string[] {
  const inodes: string[] = []
  for (const descriptor of list(`/proc/${pid}/fd`)) {
    const name = linkOf(`/proc/${pid}/fd/${descriptor}`)
    if (name?.startsWith('socket:[')) inodes.push(name.slice(8, -1))
  }
  return inodes
}
