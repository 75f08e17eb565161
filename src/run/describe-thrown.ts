import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageFolder = fileURLToPath(new URL('../../..', import.meta.url))
const place = /(?:\s|\(|file:\/\/)(\/[^()\s]+|[A-Za-z]:[\\/][^()\s]+):(\d+):(\d+)\)?$/

/**
 * What a script threw, in one line, with the place in its own source: `TypeError: x is undefined (shop.ts:12:7)`.
 * Needs source maps to be on for the place to be that of the source.
 * @param ownFolder of Plimsoll: its frames are left out, as they run and as source maps show them
 */
export function describeThrown(error: unknown, ownFolder = packageFolder): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`
  const text = `${error.name}: ${error.message}`.split('\n')[0]!
  for (const line of (error.stack ?? '').split('\n')) {
    const found = /^\s+at /.test(line) ? place.exec(line.trim()) : null
    if (!found || line.includes('node_modules')) continue
    if (found[1]!.startsWith(`${ownFolder}dist/`) || found[1]!.startsWith(`${ownFolder}src/`)) continue
    return `${text} (${basename(found[1]!)}:${found[2]}:${found[3]})`
  }
  return text
}
