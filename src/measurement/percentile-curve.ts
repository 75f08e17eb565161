import type { Histogram } from './histogram.js'

/** One point of the percentile curve: `percentile` 0 … 100, `value` in ms. */
export interface CurvePoint {
  readonly percentile: number
  readonly value: number
}

/** Past this the steps would drown in the rounding of doubles; it is reached by 10^12 values. */
const mostHalvings = 40

/**
 * The percentile curve of a histogram of µs, for an axis of 1/(1 − p): the same number of points on each half of
 * the way that is left to 100 % (0 … 50, 50 … 75, 75 … 87.5 …), until the count behind it is used up; the last
 * point is 100 with the highest value. These are the levels of HdrHistogram's `PercentileIterator`: about a hundred
 * points for a million values, none for an empty histogram.
 */
export function percentileCurve(histogram: Histogram, pointsPerHalving = 5): CurvePoint[] {
  const points: CurvePoint[] = []
  const total = histogram.count
  let reached = 0
  let level = 0
  histogram.forEachBucket((_low, high, count) => {
    reached += count
    const value = high / 1_000
    const share = (100 * reached) / total
    while (level < 100 && share >= level) {
      points.push({ percentile: level, value })
      level = nextLevel(level, pointsPerHalving)
      if (reached === total) break
    }
    if (reached === total) points.push({ percentile: 100, value })
  })
  return points
}

function nextLevel(level: number, pointsPerHalving: number): number {
  const halvings = Math.min(mostHalvings, Math.floor(Math.log2(100 / (100 - level))) + 1)
  return level + 100 / (pointsPerHalving * 2 ** halvings)
}
