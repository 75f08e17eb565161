import type { CurvePoint } from '../../../report-data.js'

/**
 * The percentile axis of HdrHistogram's plots: position log10(1 / (1 − p)), so that 90, 99 and 99.9 lie at equal
 * steps and the tail gets the room that it deserves. `percentile` 0 … 100.
 */
export const percentilePosition = (percentile: number): number => -Math.log10(1 - percentile / 100)

/** The percentile at a position, 0 … 100. */
export const percentileAt = (position: number): number => 100 * (1 - 10 ** -position)

/** `p50`, `p97.3`, `p99.95`: as many digits as that part of the axis can tell apart. */
export function percentileLabel(position: number): string {
  const digits = Math.max(0, Math.ceil(position - 1e-9) - 1)
  return `p${Number(percentileAt(position).toFixed(digits))}`
}

/** The ticks that fit below the last position. */
export function percentileTicks(last: number): number[] {
  return [50, 90, 99, 99.9, 99.99, 99.999]
    .map(percentilePosition)
    .filter((position) => position <= last + 1e-9)
}

/** Where fewer than 10 of `count` values lie beyond: percentiles to the right of it are unsure. */
export const unsureFrom = (count: number): number => Math.log10(Math.max(1, count / 10))

/** The last position that `count` values can say anything about: one value lies beyond it. */
export const lastPosition = (count: number): number => Math.log10(Math.max(10, count))

/** Logarithms of the same percentile, reached in two ways, may differ by this. */
const rounding = 1e-9

/** Values of a curve at the given positions, between points by interpolation in log(value); `null` past its end. */
export function sampleCurve(points: readonly CurvePoint[], positions: readonly number[]): (number | null)[] {
  const known = points
    .filter((point) => point.percentile < 100)
    .map((point) => ({ position: percentilePosition(point.percentile), value: point.value }))
    .sort((a, b) => a.position - b.position)
  let next = 0
  return positions.map((position) => {
    while (next < known.length && known[next]!.position < position - rounding) next++
    const right = known[next]
    if (!right) return null
    const left = known[next - 1]
    if (!left || right.position <= position) return right.value
    return between(left, right, position)
  })
}

interface Located {
  readonly position: number
  readonly value: number
}

function between(left: Located, right: Located, position: number): number {
  const progress = (position - left.position) / (right.position - left.position)
  if (left.value <= 0 || right.value <= 0) return left.value + (right.value - left.value) * progress
  return left.value * (right.value / left.value) ** progress
}
