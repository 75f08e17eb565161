import type { Histogram } from '../measurement/histogram.js'
import type { MetricJson } from '../report/run-json.js'

/** Statistics and the share of values that do not exceed them. */
const quantiles = {
  p50: 0.5,
  p75: 0.75,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
  'p99.99': 0.9999,
} as const

/** With fewer values beyond it, a percentile is marked as unsure. */
const surelyBeyond = 10

/** A histogram of µs as run.json shows it, in ms. */
export function metricJson(
  histogram: Histogram,
  censored: { readonly count: number; readonly minUs: number },
): MetricJson {
  const ms = (us: number): number => us / 1_000
  const values = Object.fromEntries(
    Object.entries(quantiles).map(([name, q]) => [name, ms(histogram.valueAtQuantile(q))]),
  ) as Record<keyof typeof quantiles, number>
  const isBound = (valueMs: number): boolean => censored.count > 0 && valueMs >= ms(censored.minUs)
  const max = ms(histogram.max)
  const beyond = (q: number): number => Math.round(histogram.count * (1 - q) * 1e6) / 1e6
  return {
    unit: 'ms',
    count: histogram.count,
    censored: censored.count,
    min: ms(histogram.min),
    mean: ms(histogram.mean),
    ...values,
    max,
    unsure: Object.entries(quantiles)
      .filter(([, q]) => beyond(q) < surelyBeyond)
      .map(([name]) => name),
    bounds: [
      ...Object.entries(values)
        .filter(([, value]) => isBound(value))
        .map(([name]) => name),
      ...(isBound(max) ? ['max'] : []),
    ],
  }
}
