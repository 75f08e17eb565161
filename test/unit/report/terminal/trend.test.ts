import { describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../../src/kernel/errors.js'
import { renderSummary } from '../../../../src/report/terminal/summary.js'
import { parseTrend, responseTrend } from '../../../../src/report/terminal/trend.js'
import { makeReportData } from '../../../fixtures/report-data.js'

describe('parseTrend', () => {
  it('reads a list, in its order, each once', () => {
    expect(parseTrend('p50,p95,p99,max')).toEqual(['p50', 'p95', 'p99', 'max'])
    expect(parseTrend(' max , p50, max')).toEqual(['max', 'p50'])
  })

  it('understands the names of other tools', () => {
    expect(parseTrend('avg,min,med,p(90),p(99.9)')).toEqual(['mean', 'min', 'p50', 'p90', 'p99.9'])
  })

  it.each([
    ['p97', /p9/],
    ['mx', /'max'/],
    ['', /p99\.99/],
    [',', /p99\.99/],
  ])("refuses '%s', with the near miss", (text, hint) => {
    expect(() => parseTrend(text)).toThrow(PlimsollError)
    try {
      parseTrend(text)
    } catch (error) {
      expect((error as PlimsollError).hint).toMatch(hint)
    }
  })

  it('never leaves p99 and p99.9 out of the response time', () => {
    expect(responseTrend(['p50', 'max'])).toEqual(['p50', 'max', 'p99', 'p99.9'])
    expect(responseTrend(['p99.9', 'p99'])).toEqual(['p99.9', 'p99'])
  })
})

describe('the summary', () => {
  const { run } = makeReportData()
  const options = { colors: false, width: 80, reportPath: null }
  const lineOf = (text: string, label: string): string =>
    text.split('\n').find((line) => line.startsWith(label))!

  it('prints the chosen statistics, in their order', () => {
    const text = renderSummary(run, { ...options, width: 120, trend: parseTrend('min,p75,p95') })
    expect(lineOf(text, 'Response')).toMatch(/^Response +min .+ p75 .+ p95 .+ p99 .+ p99\.9 /)
    expect(lineOf(text, 'Service')).toMatch(/^Service +min .+ p75 .+ p95 /)
    expect(lineOf(text, 'Service')).not.toContain('p99')
    expect(lineOf(text, 'Response')).not.toContain('p50')
  })

  it('stays within the width with all of them', () => {
    const all = parseTrend('min,mean,p50,p75,p90,p95,p99,p99.9,p99.99,max')
    for (const width of [40, 80]) {
      const lines = renderSummary(run, { ...options, width, trend: all }).split('\n')
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width)
    }
  })
})
