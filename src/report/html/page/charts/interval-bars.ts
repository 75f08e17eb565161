import type uPlot from 'uplot'

/** A stretch of time, in seconds since the load started. */
export interface Stretch {
  readonly at: number
  readonly length: number
}

/**
 * Bars as wide as the interval that each stands for: for what happens in it, not for what is. The data begin with a
 * point that belongs to no interval.
 */
export function intervalBars(intervals: readonly Stretch[]): uPlot.Series.PathBuilder {
  return (plot, series, first, last) => {
    const fill = new Path2D()
    const base = plot.valToPos(0, 'y', true)
    for (let i = first; i <= last; i++) {
      const value = plot.data[series]?.[i]
      const interval = intervals[i - 1]
      if (!value || !interval) continue
      const left = Math.round(plot.valToPos(interval.at, 'x', true))
      const right = Math.round(plot.valToPos(interval.at + interval.length, 'x', true))
      const gap = right - left > 4 ? 1 : 0
      const top = Math.min(base - 1, plot.valToPos(value, 'y', true))
      fill.rect(left, top, Math.max(1, right - left - gap), base - top)
    }
    return { fill, flags: 0 }
  }
}
