import type { Values } from './track.js'

/**
 * Columns one on top of the other: each becomes the sum of itself and of all that come after it, so that the first,
 * drawn first, is the highest, and each later one covers the part that is not the former's.
 */
export function stackColumns(columns: readonly Values[]): (number | null)[][] {
  const stacked: (number | null)[][] = []
  let below: readonly number[] = []
  for (const column of columns.toReversed()) {
    below = column.map((value, i) => (value ?? 0) + (below[i] ?? 0))
    stacked.unshift(below.map((sum) => (sum > 0 ? sum : null)))
  }
  return stacked
}
