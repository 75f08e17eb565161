import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { localPath } from './call-tree.js'

const maxFileBytes = 5_000_000
const maxAllBytes = 60_000_000
const maxFiles = 300

/** The text of a script by the URL that the profile names; null where it cannot be had. */
export type ReadSource = (url: string) => string | null

/**
 * Reads scripts from the local disk: regular files of at most 5 MB, 300 of them and 60 MB together, each once. The text is looked at and
 * never leaves: a profile from elsewhere may name any file.
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
        : readRegularFile(path, Math.min(maxFileBytes, leftBytes))
    cache.set(url, text)
    leftBytes -= text?.length ?? 0
    return text
  }
}

function readRegularFile(path: string, limitBytes: number): string | null {
  try {
    const found = statSync(path)
    if (!found.isFile() || found.size > limitBytes) return null
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
