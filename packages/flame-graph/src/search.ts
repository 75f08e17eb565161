import type { FlatFlame } from '../../../src/report/html/flat-flame.js'
import type { FlameLayout } from './layout.js'

/** What a search found: `matches[i]` is 1 for a frame that fits. */
export interface SearchResult {
  readonly matches: Uint8Array
  readonly frames: number
  /** Share of the root's time under matching frames; a match below a match counts once. */
  readonly share: number
  /** The widest match, or -1. */
  readonly widest: number
}

/** Finds frames whose name, file or `file:line` contains the text, whatever its case. `null` for an empty text. */
export function searchFlame(flame: FlatFlame, layout: FlameLayout, text: string): SearchResult | null {
  const needle = text.trim().toLowerCase()
  if (needle === '') return null
  const hit = flame.strings.map((string) => string.toLowerCase().includes(needle))
  const place = /^(.*):([0-9]+)$/.exec(needle)
  return collect(layout, (i) => {
    if (hit[flame.name[i]!] === true || hit[flame.file[i]!] === true) return true
    if (!place || flame.line[i] !== Number(place[2])) return false
    return (flame.strings[flame.file[i]!] ?? '').toLowerCase().endsWith(place[1]!)
  })
}

/** Finds the frames of one category. */
export function searchCategory(flame: FlatFlame, layout: FlameLayout, category: string): SearchResult {
  const index = flame.strings.indexOf(category)
  return collect(layout, (i) => flame.category[i] === index)
}

function collect(layout: FlameLayout, fits: (index: number) => boolean): SearchResult {
  const matches = new Uint8Array(layout.count)
  let frames = 0
  let share = 0
  let widest = -1
  let coveredUntil = 0
  for (let i = 0; i < layout.count; i++) {
    if (!fits(i)) continue
    matches[i] = 1
    frames++
    if (widest < 0 || layout.width[i]! > layout.width[widest]!) widest = i
    if (i >= coveredUntil) {
      share += layout.width[i]!
      coveredUntil = layout.end[i]!
    }
  }
  return { matches, frames, share, widest }
}
