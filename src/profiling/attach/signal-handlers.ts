import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readWhole } from '../../target/read-proc.js'

/*
 * Whether a program listens for SIGUSR1 itself cannot be told by /proc: Node's own handler looks the same. libuv keeps
 * every signal that JavaScript listens for in one tree, `uv__signal_tree` (libuv, src/unix/signal.c), whose nodes are
 * public structures (uv.h, `uv_signal_t`) that do not change within libuv 1. Node's own binaries have the symbol, and
 * whoever may debug the process may read its memory; nothing is written, and nothing stops.
 */

export type SignalListening = 'listens' | 'does not' | 'unknown'

const sigusr1 = 10
const treeSymbol = Buffer.from('\0uv__signal_tree')
/** Offsets in uv_signal_t where pointers have 64 bits. */
const offset = { signum: 104, left: 112, right: 120, size: 128 }
const maxNodes = 1_000
const maxTableBytes = 256_000_000

/** Whether the program itself listens for SIGUSR1: `process.on('SIGUSR1', …)` in the main thread or in a worker. */
export function listensForSigusr1(pid: number): SignalListening {
  try {
    const address = symbolAddress(pid)
    return address === null ? 'unknown' : walkTree(pid, address)
  } catch {
    return 'unknown'
  }
}

function walkTree(pid: number, treeAt: bigint): SignalListening {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    const node = Buffer.alloc(offset.size)
    const read = (at: bigint, length: number): Buffer | null =>
      readSync(memory, node, 0, length, at) === length ? node : null
    const root = read(treeAt, 8)
    if (!root) return 'unknown'
    const open = [root.readBigUInt64LE(0)]
    for (let seen = 0; open.length > 0; seen++) {
      const at = open.pop()!
      if (at === 0n) continue
      if (seen > maxNodes || !read(at, offset.size)) return 'unknown'
      const signum = node.readInt32LE(offset.signum)
      // No signal has such a number: the memory is not what it was taken for.
      if (signum < 1 || signum > 64) return 'unknown'
      if (signum === sigusr1) return 'listens'
      open.push(node.readBigUInt64LE(offset.left), node.readBigUInt64LE(offset.right))
    }
    return 'does not'
  } finally {
    closeSync(memory)
  }
}

/** Where `uv__signal_tree` lies in the memory of the process; null where its executable does not tell. */
function symbolAddress(pid: number): bigint | null {
  const file = openSync(`/proc/${pid}/exe`, 'r')
  try {
    const { dev, ino } = fstatSync(file)
    const key = `${dev}:${ino}`
    const found = known.get(key) ?? findSymbol(file)
    known.set(key, found)
    if (found === null) return null
    return found.relocatable ? found.value + loadAddress(pid) : found.value
  } finally {
    closeSync(file)
  }
}

interface Found {
  readonly value: bigint
  readonly relocatable: boolean
}
/** By device and inode of the executable: the tables of symbols have some 20 MB. */
const known = new Map<string, Found | null>()

const relocatableType = 3
const symbolTableType = 2
const symbolSize = 24

/** Looks through the symbol table of a 64-bit ELF file (elf(5)). */
function findSymbol(file: number): Found | null {
  const header = readAt(file, 0, 64)
  const isElf64 = header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1
  if (!isElf64) return null
  const sections = readAt(file, Number(header.readBigUInt64LE(40)), 64 * header.readUInt16LE(60))
  const section = (index: number) => {
    const at = index * 64
    return {
      type: sections.readUInt32LE(at + 4),
      read: () =>
        readAt(file, Number(sections.readBigUInt64LE(at + 24)), Number(sections.readBigUInt64LE(at + 32))),
      link: sections.readUInt32LE(at + 40),
    }
  }
  for (let index = 0; index * 64 < sections.length; index++) {
    const table = section(index)
    if (table.type !== symbolTableType) continue
    const names = section(table.link).read()
    const nameAt = symbolNameAt(names)
    if (nameAt < 0) return null
    const symbols = table.read()
    for (let at = 0; at + symbolSize <= symbols.length; at += symbolSize) {
      if (symbols.readUInt32LE(at) === nameAt)
        return {
          value: symbols.readBigUInt64LE(at + 8),
          relocatable: header.readUInt16LE(16) === relocatableType,
        }
    }
  }
  return null
}

/** The compiler may add a suffix to a static variable: `uv__signal_tree.0`. */
function symbolNameAt(names: Buffer): number {
  for (let from = 0; ; ) {
    const at = names.indexOf(treeSymbol, from)
    if (at < 0) return -1
    const after = names[at + treeSymbol.length]
    if (after === 0 || after === 0x2e) return at + 1
    from = at + 1
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  if (length > maxTableBytes) throw new Error('the table is too large')
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const bytes = readSync(file, buffer, done, length - done, position + done)
    if (bytes === 0) throw new Error('the file ends early')
    done += bytes
  }
  return buffer
}

/** Where the kernel put a position-independent executable: the start of its first mapping. */
function loadAddress(pid: number): bigint {
  const first = /^([0-9a-f]+)-/.exec(readWhole(`/proc/${pid}/maps`) ?? '')?.[1]
  if (first === undefined) throw new Error('the process has no memory')
  return BigInt(`0x${first}`)
}
