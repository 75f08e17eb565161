import type { MetricJson } from '../../run-json.js'
import { el } from './dom.js'

/** A logarithmic axis that the rows of a table share, in ms. */
export interface SpreadScale {
  readonly lowMs: number
  readonly highMs: number
}

/** Shorter times are steps of the clock; they would cost the axis decades. */
const finestMs = 0.005

/** The scale that all of the metrics fit on; `null` where there is nothing to see. */
export function spreadScale(metrics: readonly MetricJson[]): SpreadScale | null {
  const known = metrics.filter(({ count, max }) => count > 0 && max > finestMs)
  if (known.length === 0) return null
  const lowMs = Math.min(...known.map(({ p50 }) => Math.max(finestMs, p50)))
  const highMs = Math.max(...known.map(({ max }) => max))
  return { lowMs: lowMs / 1.25, highMs: Math.max(highMs, lowMs * 2) * 1.1 }
}

/** Where a time stands on the scale, 0 … 1. */
export function spreadPosition(ms: number, { lowMs, highMs }: SpreadScale): number {
  const position = Math.log(Math.max(ms, lowMs) / lowMs) / Math.log(highMs / lowMs)
  return Math.min(1, Math.max(0, position))
}

/** From the median to p99 as a bar, on to the maximum as a line: how far the worst are from the usual. */
export function spreadBar(metric: MetricJson, scale: SpreadScale | null): HTMLElement | null {
  if (scale === null || metric.count === 0 || metric.max <= finestMs) return null
  const place = (fromMs: number, toMs: number, name: string): HTMLElement => {
    const from = spreadPosition(fromMs, scale)
    const part = el('span', { class: name })
    part.style.left = `${from * 100}%`
    part.style.width = `${(spreadPosition(toMs, scale) - from) * 100}%`
    return part
  }
  return el(
    'div',
    { class: 'spread', 'aria-hidden': true },
    place(metric.p99, metric.max, 'spread-tail'),
    place(metric.p50, metric.p99, 'spread-bar'),
    place(metric.p50, metric.p50, 'spread-median'),
  )
}
