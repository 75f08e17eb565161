import { closeSync, openSync, readSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { linkOf } from '../../target/read-proc.js'
import type { ProcessLook } from './look-at-process.js'

const maxBytes = 8_000_000

/**
 * The script that a Node process was started with, if its text names SIGUSR1: the second best sign of a listener, for
 * processes whose memory may not be read. Modules that the script loads are not looked at.
 */
export function scriptNamingSigusr1(look: ProcessLook): string | null {
  const script = look.args.slice(1).find((word) => !word.startsWith('-'))
  const folder = linkOf(`/proc/${look.pid}/cwd`)
  if (script === undefined || folder === null) return null
  const path = resolve(folder, script)
  // Through the root of the process, which may be another one than ours.
  for (const candidate of [path, `${path}.js`, join(path, 'index.js')])
    if (fileNames(`/proc/${look.pid}/root${candidate}`, 'SIGUSR1')) return candidate
  return null
}

function fileNames(path: string, word: string): boolean {
  try {
    const file = openSync(path, 'r')
    try {
      const text = Buffer.allocUnsafe(maxBytes)
      return text.subarray(0, readSync(file, text, 0, maxBytes, 0)).includes(word)
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}
