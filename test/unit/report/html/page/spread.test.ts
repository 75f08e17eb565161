import { describe, expect, it } from 'vitest'
import { spreadPosition, spreadScale } from '../../../../../src/report/html/page/spread.js'
import { makeReportData } from '../../../../fixtures/report-data.js'

const { metrics } = makeReportData().run
const response = metrics.response!
const slip = metrics.slip!

describe('the spread of a metric', () => {
  it('has every row of the table on one scale', () => {
    const scale = spreadScale([response, slip])!
    for (const metric of [response, slip]) {
      const places = [metric.p50, metric.p99, metric.max].map((ms) => spreadPosition(ms, scale))
      expect(places).toEqual(places.toSorted((a, b) => a - b))
      expect(places[0]).toBeGreaterThanOrEqual(0)
      expect(places[2]).toBeLessThanOrEqual(1)
    }
  })

  it('is logarithmic', () => {
    const scale = { lowMs: 1, highMs: 1_000 }
    expect([1, 10, 100, 1_000].map((ms) => Number(spreadPosition(ms, scale).toFixed(6)))).toEqual([
      0, 0.333333, 0.666667, 1,
    ])
    expect(spreadPosition(0, scale)).toBe(0)
  })

  it('is nothing where nothing was measured', () => {
    expect(spreadScale([{ ...response, count: 0, max: 0 }])).toBeNull()
  })
})
