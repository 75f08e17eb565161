import type { FlameFrame } from './data.js'
import type { FlameLayout } from './layout.js'

/** What a search found: `matches[i]` is 1 for a frame that fits. */
export interface SearchResult {
  readonly matches: Uint8Array
  /** Matching frames that have any width. */
  readonly frames: number
  /** Share of the root's total under matching frames; a match below a match counts once. */
  readonly share: number
  /** The widest match, or −1. */
  readonly widest: number
}

/** Says whether a frame is looked for. */
export type FrameMatcher = (frame: FlameFrame) => boolean

/** Fits frames whose name, file or `file:line` contains the text, in any case. `null` for an empty text. */
export function textMatcher(text: string): FrameMatcher | null {
  const needle = text.trim().toLowerCase()
  if (needle === '') return null
  const place = /^(.*):([0-9]+)$/.exec(needle)
  return ({ name, file, line }) => {
    if (name.toLowerCase().includes(needle) || file.toLowerCase().includes(needle)) return true
    return place !== null && line === Number(place[2]) && file.toLowerCase().endsWith(place[1]!)
  }
}

/**
 * Fits frames whose name or `file:line` fits a regular expression, in any case. `null` for an empty text.
 * @throws SyntaxError where the text is no regular expression
 */
export function patternMatcher(pattern: string): FrameMatcher | null {
  if (pattern === '') return null
  const expression = new RegExp(pattern, 'iu')
  return ({ name, file, line }) => expression.test(name) || expression.test(`${file}:${line}`)
}

export const categoryMatcher =
  (category: string): FrameMatcher =>
  (frame) =>
    frame.category === category

/** Looks through a laid-out tree. Each distinct frame is judged once. */
export function findFrames(layout: FlameLayout, fits: FrameMatcher): SearchResult {
  const { tree, left, right } = layout
  const hit = tree.frames.map(fits)
  const matches = new Uint8Array(tree.count)
  let frames = 0
  let share = 0
  let widest = -1
  let coveredUntil = 0
  for (let i = 0; i < tree.count; i++) {
    if (hit[tree.frame[i]!] !== true) continue
    matches[i] = 1
    const width = right[i]! - left[i]!
    if (width <= 0) continue
    frames++
    if (widest < 0 || width > right[widest]! - left[widest]!) widest = i
    if (i < coveredUntil) continue
    share += width
    coveredUntil = tree.end[i]!
  }
  return { matches, frames, share: Math.min(1, share), widest }
}

/** The next match with a width after `from` in the order of drawing, or before it; round the end. −1: none. */
export function nextMatch(layout: FlameLayout, matches: Uint8Array, from: number, direction: 1 | -1): number {
  const { count } = layout.tree
  const start = from < 0 && direction < 0 ? 0 : from
  for (let step = 1; step <= count; step++) {
    const i = (((start + direction * step) % count) + count) % count
    if (matches[i] === 1 && layout.right[i]! > layout.left[i]!) return i
  }
  return -1
}
