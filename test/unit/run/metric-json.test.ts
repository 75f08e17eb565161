import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { metricSchema } from '../../../src/report/run-json.js'
import { metricJson } from '../../../src/run/metric-json.js'

const none = { count: 0, minUs: Number.POSITIVE_INFINITY }

function histogramOf(count: number, us: (index: number) => number): Histogram {
  const histogram = new Histogram()
  for (let index = 1; index <= count; index++) histogram.record(us(index))
  return histogram
}

describe('metricJson', () => {
  it('turns µs into ms, within three digits', () => {
    const metric = metricJson(
      histogramOf(10_000, (index) => index * 10),
      none,
    )
    expect(metricSchema.parse(metric)).toEqual(metric)
    expect(metric).toMatchObject({ unit: 'ms', count: 10_000, censored: 0, bounds: [] })
    for (const [name, ms] of [
      ['p50', 50],
      ['p90', 90],
      ['p99', 99],
      ['p99.9', 99.9],
      ['max', 100],
    ] as const)
      expect(Math.abs(metric[name] / ms - 1)).toBeLessThan(0.002)
    expect(metric.min).toBeCloseTo(0.01, 5)
    expect(Math.abs(metric.mean / 50.005 - 1)).toBeLessThan(0.002)
  })

  it('marks percentiles with fewer than ten values beyond', () => {
    const unsure = (count: number): string[] =>
      metricJson(
        histogramOf(count, () => 1_000),
        none,
      ).unsure
    expect(unsure(100_000)).toEqual([])
    expect(unsure(99_999)).toEqual(['p99.99'])
    expect(unsure(1_000)).toEqual(['p99.9', 'p99.99'])
    expect(unsure(999)).toContain('p99')
    expect(unsure(20)).not.toContain('p50')
    expect(unsure(19)).toContain('p50')
  })

  it('marks what falls among messages without a reply as a bound', () => {
    const histogram = histogramOf(980, () => 2_000)
    for (let index = 0; index < 20; index++) histogram.record(1_000_000)
    const metric = metricJson(histogram, { count: 20, minUs: 1_000_000 })
    expect(metric).toMatchObject({ count: 1_000, censored: 20 })
    expect(metric.bounds).toEqual(['p99', 'p99.9', 'p99.99', 'max'])
  })

  it('is all zeros, not NaN, where nothing was measured', () => {
    const metric = metricJson(new Histogram(), none)
    expect(metric).toMatchObject({ count: 0, min: 0, mean: 0, p50: 0, p99: 0, max: 0, bounds: [] })
  })
})
