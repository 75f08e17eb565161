import { accessSync, closeSync, constants, openSync, readFileSync, statSync } from 'node:fs'
import { localPath } from './call-tree.js'

/** Of source maps, wherever they are read from. */
export const maxMapBytes = 50_000_000
const maxScriptBytes = 20_000_000
const maxAllBytes = 200_000_000
const maxFiles = 1_000

/** The text of a script or a source map by its URL or path; null where it cannot be had. */
export type ReadSource = (url: string) => string | null

/**
 * Reads scripts and source maps from the local disk: regular files of at most 20 MB (maps: 50 MB), 1,000 of them and
 * 200 MB together, each once. The text is looked at and never leaves: a profile from elsewhere may name any file.
 */
export function createDiskSource(): ReadSource {
  const cache = new Map<string, string | null>()
  let leftBytes = maxAllBytes
  return (url) => {
    const known = cache.get(url)
    if (known !== undefined) return known
    const path = localPath(url)
    const text =
      path === null || cache.size >= maxFiles
        ? null
        : readRegularFile(path, Math.min(limitBytesOf(path), leftBytes))
    cache.set(url, text)
    leftBytes -= text?.length ?? 0
    return text
  }
}

const limitBytesOf = (path: string): number => (path.endsWith('.map') ? maxMapBytes : maxScriptBytes)

/** Why `createDiskSource` has no text of a file, as far as the disk tells. */
export function whyUnread(path: string): string {
  try {
    const found = statSync(path)
    if (!found.isFile()) return 'it is no file'
    if (found.size > limitBytesOf(path)) return `it is larger than ${limitBytesOf(path) / 1e6} MB`
    if (found.size === 0) return 'it is empty'
    accessSync(path, constants.R_OK)
    return 'it cannot be read, or too much was read before it'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is missing' : 'it cannot be read'
  }
}

function readRegularFile(path: string, limitBytes: number): string | null {
  try {
    const found = statSync(path)
    // The kernel's own files have no length, and some of them (/proc/kmsg) never end.
    if (!found.isFile() || found.size === 0 || found.size > limitBytes) return null
    const descriptor = openSync(path, 'r')
    try {
      return readFileSync(descriptor, 'utf8')
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return null
  }
}
