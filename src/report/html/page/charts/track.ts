import { formatBytes, formatMs, formatNumber, formatRate } from '../../../../kernel/units.js'
import type { PageSecond } from '../../page-data.js'
import { percent } from '../format.js'
import type { HeatPainter } from './heat-map.js'
import type { LineStyle } from './readout.js'

export type TrackUnit = 'ms' | '/s' | 'percent' | 'ratio' | 'count' | 'bytes'
export type Values = readonly (number | null)[]
export type TrackLine = LineStyle & { readonly values: Values }

/** One of the small multiples: its lines over the points of the time line, and how to print a value. */
export interface Track {
  readonly title: string
  readonly unit: TrackUnit
  readonly log: boolean
  readonly lines: readonly TrackLine[]
  /** Shown instead of a chart where there is nothing to plot. */
  readonly quiet: string | null
  /** `bars` and `stack`: one for each interval, for what happens and not for what is. */
  readonly shape?: 'line' | 'bars' | 'stack'
  /** Smallest top of the value axis. */
  readonly atLeast?: number
  /** Of the first line, where a point stands for several seconds. */
  readonly band?: { readonly low: Values; readonly high: Values; readonly fill: string }
  /** A latency objective, as a line across. */
  readonly limit?: { readonly ms: number; readonly text: string }
  readonly heat?: HeatPainter
  /** What to call it in the sentence about all that stayed at zero; a track without it is shown anyway. */
  readonly zeroName?: string
}

/** One value for each point; what is missing or no number is null. */
export function valuesOf(
  timeline: readonly PageSecond[],
  read: (second: PageSecond) => number | null | undefined,
): (number | null)[] {
  return timeline.map((second) => {
    const value = read(second)
    return value === null || value === undefined || !Number.isFinite(value) ? null : value
  })
}

export const ratesOf = (
  timeline: readonly PageSecond[],
  read: (second: PageSecond) => number | undefined,
): (number | null)[] =>
  valuesOf(timeline, (second) => (second.length > 0 ? (read(second) ?? Number.NaN) / second.length : null))

/** One number for the measured window, or the whole run where it has none: of a mean, each point by its length. */
export function measured(
  timeline: readonly PageSecond[],
  values: Values,
  take: 'mean' | 'highest' | 'last',
): number | null {
  const window = timeline.some(({ phase }) => phase === 'measured') ? 'measured' : null
  let sum = 0
  let length = 0
  let highest: number | null = null
  let last: number | null = null
  for (const [i, value] of values.entries()) {
    const second = timeline[i]!
    if (value === null || (window !== null && second.phase !== window)) continue
    sum += value * second.length
    length += second.length
    highest = Math.max(highest ?? value, value)
    last = value
  }
  if (take === 'mean') return length > 0 ? sum / length : null
  return take === 'highest' ? highest : last
}

export const isZero = ({ values }: TrackLine): boolean =>
  values.every((value) => value === null || value === 0)

export function formatTrackValue(unit: TrackUnit, value: number | null): string {
  if (value === null) return '–'
  switch (unit) {
    case 'ms':
      return formatMs(value)
    case '/s':
      return formatRate(value)
    case 'percent':
      return percent(value)
    case 'bytes':
      return formatBytes(value)
    case 'ratio':
    case 'count':
      return formatNumber(value)
  }
}
