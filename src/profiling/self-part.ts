import type { Category } from './categories.js'
import type { LineWork } from './source-line.js'

/** A part of the self time of a node. */
export interface SelfPart {
  readonly category: Category
  readonly us: number
  /** 1-based line of the source; 0 where the part is not told by its line. */
  readonly line: number
  readonly work: LineWork
}

/** So many lines of a function are told apart; nobody reads more, and a profile of a stranger may name any number. */
const maxParts = 32

/** The same before it is known how much time there is. */
export interface Share {
  readonly category: Category
  readonly line: number
  readonly work: LineWork
  readonly share: number
}

/** Shares to whole µs that add up to `us`, by rounding the running sum. */
export function joinParts(shares: readonly Share[], us: number): readonly SelfPart[] {
  const parts: SelfPart[] = []
  let sum = 0
  let given = 0
  const merged = mergeShares(shares)
  merged.forEach(({ category, line, work, share }, position) => {
    sum += share
    const until = position === merged.length - 1 ? us : Math.min(us, Math.round(sum * us))
    if (until > given) parts.push({ category, line, work, us: until - given })
    given = Math.max(given, until)
  })
  return parts
}

/** One share for each line and category; past `maxParts` lines, the small ones go to the largest of their category. */
function mergeShares(shares: readonly Share[]): readonly Share[] {
  if (shares.length === 1) return shares
  const merged = new Map<string, Share>()
  const add = (key: string, share: Share): void => {
    const known = merged.get(key)
    merged.set(key, known ? { ...known, share: known.share + share.share } : share)
  }
  for (const share of shares) add(`${share.category} ${share.line}`, share)
  if (merged.size <= maxParts) return [...merged.values()]
  const sorted = [...merged.values()].sort((a, b) => b.share - a.share)
  merged.clear()
  for (const share of sorted.slice(0, maxParts)) add(`${share.category} ${share.line}`, share)
  for (const share of sorted.slice(maxParts)) {
    const largest = sorted.find(({ category }) => category === share.category)!
    add(`${largest.category} ${largest.line}`, { ...largest, share: share.share })
  }
  return [...merged.values()]
}
