import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'

/*
 * Synchronous reads: a file of /proc is answered from memory, and going through the thread pool would cost ten
 * times what the read does. Everything answers null or empty where the process is gone or belongs to someone else.
 */

const scratch = Buffer.allocUnsafe(16_384)

/** Up to 16 KiB of a small file such as `/proc/PID/stat`; null if it cannot be read. */
export function readSmall(path: string): string | null {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    return scratch.toString('latin1', 0, readSync(descriptor, scratch, 0, scratch.length, 0))
  } catch {
    return null
  } finally {
    closeSync(descriptor)
  }
}

/** A whole file; null if it cannot be read. */
export function readWhole(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

/** Names in a folder; empty if it cannot be read. */
export function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** What a symbolic link names; null if it cannot be read. */
export function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

/** Pids of all processes that /proc shows, ascending. */
export const allPids = (): number[] =>
  list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)

/** Where the system has no /proc: what a report says in place of figures. */
export const procUnavailable = (platform: string): string =>
  `Processes are watched through /proc, which this system (${platform}) does not have.`

export const hasProc = process.platform === 'linux'
