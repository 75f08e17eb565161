/*
 * Pure readers of the text that Linux prints under /proc (proc(5)). Each takes the whole text of one file and
 * answers null, or an empty list, where the text is not of the shape that the kernel writes.
 */

/** One row of /proc/net/tcp or tcp6 in the state LISTEN. */
export interface ListenRow {
  /** Dotted IPv4, or eight groups of IPv6 without shortening; IPv4-mapped IPv6 comes as dotted IPv4. */
  readonly address: string
  readonly port: number
  /** The inode of the socket, as `/proc/PID/fd/N` names it: `socket:[INODE]`. */
  readonly inode: string
}

const listenState = '0A'

/** LISTEN rows of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(text: string): ListenRow[] {
  const rows: ListenRow[] = []
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (fields[3] !== listenState) continue
    const [hexAddress, hexPort] = fields[1]!.split(':')
    const address = decodeAddress(hexAddress ?? '')
    const port = Number.parseInt(hexPort ?? '', 16)
    const inode = fields[9]
    if (address === null || !Number.isInteger(port) || inode === undefined || inode === '0') continue
    rows.push({ address, port, inode })
  }
  return rows
}

/** The kernel prints an address as 32-bit words of the host's byte order; every platform of Node is little-endian. */
function decodeAddress(hex: string): string | null {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return null
  const octets: number[] = []
  for (let word = 0; word < hex.length; word += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) {
      octets.push(Number.parseInt(hex.slice(word + byte, word + byte + 2), 16))
    }
  }
  if (octets.length === 4) return octets.join('.')
  const mapped = octets.slice(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255
  if (mapped) return octets.slice(12).join('.')
  const groups: string[] = []
  for (let at = 0; at < 16; at += 2) groups.push(((octets[at]! << 8) | octets[at + 1]!).toString(16))
  return groups.join(':')
}

/** True if a connect to the loopback interface can reach a socket that is bound to `address`. */
export const reachableFromLoopback = (address: string): boolean =>
  address === '0.0.0.0' ||
  address === '0:0:0:0:0:0:0:0' ||
  address === '0:0:0:0:0:0:0:1' ||
  address.startsWith('127.')

export interface ProcStat {
  /** One letter: R running, S sleeping, T stopped, Z zombie … */
  readonly state: string
  readonly parentPid: number
  /** User and system time in clock ticks (USER_HZ, 100 a second). */
  readonly cpuTicks: number
  /** Page faults that had to read from disk; threads that ended count. */
  readonly majorFaults: number
}

/** /proc/PID/stat. The name in parentheses may itself hold spaces and parentheses, so reading starts after the last. */
export function parseStat(text: string): ProcStat | null {
  const end = text.lastIndexOf(')')
  if (end < 0) return null
  const fields = text
    .slice(end + 1)
    .trim()
    .split(/\s+/)
  const parentPid = Number(fields[1])
  const majorFaults = Number(fields[9])
  const cpuTicks = Number(fields[11]) + Number(fields[12])
  if (!fields[0] || !Number.isInteger(parentPid) || !Number.isFinite(cpuTicks + majorFaults)) return null
  return { state: fields[0], parentPid, cpuTicks, majorFaults }
}

export interface SchedStat {
  /** Nanoseconds on a core. */
  readonly cpuNs: number
  /** Nanoseconds ready to run, waiting in a run queue. */
  readonly runQueueWaitNs: number
}

/** /proc/PID/task/TID/schedstat: on CPU, waiting in the run queue (both ns), time slices. */
export function parseSchedStat(text: string): SchedStat | null {
  const match = /^(\d+) (\d+) \d+\s*$/.exec(text)
  return match ? { cpuNs: Number(match[1]), runQueueWaitNs: Number(match[2]) } : null
}

export interface Switches {
  /** The thread gave its core away, mostly to wait. */
  readonly voluntary: number
  /** The core was taken from it: its turn was over, or another came first. */
  readonly involuntary: number
}

/** Context switches of one thread, from /proc/PID/task/TID/status. */
export function parseSwitches(text: string): Switches | null {
  const voluntary = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(text)
  const involuntary = /^nonvoluntary_ctxt_switches:\s*(\d+)$/m.exec(text)
  return voluntary && involuntary
    ? { voluntary: Number(voluntary[1]), involuntary: Number(involuntary[1]) }
    : null
}

/** Cores that a thread may run on, from /proc/PID/status (`Cpus_allowed_list: 0-3,8`). */
export function parseAllowedCores(text: string): number | null {
  const match = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(text)
  return match ? countCores(match[1]!) : null
}

/** How many cores a list such as `0-3,8` names; null where it is none. */
export function countCores(list: string): number | null {
  let count = 0
  for (const part of list.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (!range) return null
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])]
    if (to < from) return null
    count += to - from + 1
  }
  return count
}

export interface StorageBytes {
  readonly readBytes: number
  readonly writtenBytes: number
}

/** /proc/PID/io: what came from and went to storage, not what a cache answered. */
export function parseStorage(text: string): StorageBytes | null {
  const read = /^read_bytes: (\d+)$/m.exec(text)
  const written = /^write_bytes: (\d+)$/m.exec(text)
  return read && written ? { readBytes: Number(read[1]), writtenBytes: Number(written[1]) } : null
}

/** /proc/PID/statm: resident pages, the second field. 0 for a zombie, which has no memory left. */
export function parseResidentPages(text: string): number | null {
  const match = /^\d+ (\d+) /.exec(text)
  return match ? Number(match[1]) : null
}

const auxvPageSize = 6n

/** The page size from /proc/self/auxv of a 64-bit system: pairs of 64-bit words, tag and value (getauxval(3)). */
export function parsePageSize(auxv: Buffer): number | null {
  for (let at = 0; at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === auxvPageSize) return Number(auxv.readBigUInt64LE(at + 8))
  }
  return null
}

/** /proc/PID/cmdline: arguments that each end in NUL (a process may have overwritten them with one title). */
export const parseCommandLine = (text: string): string => text.replace(/\0+$/, '').replaceAll('\0', ' ')
