import { describe, expect, it } from 'vitest'
import type { RunJson } from '../../../../src/report/run-json.js'
import { renderSummary } from '../../../../src/report/terminal/summary.js'
import { makeReportData } from '../../../fixtures/report-data.js'

const { run } = makeReportData()
const response = run.metrics.response!
const sessions: RunJson = {
  ...run,
  load: { ...run.load, sessions: { users: null, iterations: null }, offeredRate: 50, reply: 'session' },
  metrics: { ...run.metrics, session: { ...response, p50: 12_300, p99: 14_000 } },
  sessions: {
    started: 500,
    completed: 497,
    failed: 2,
    unfinished: 1,
    posted: 0,
    errors: [{ error: 'Error: no stock, at shop.ts:12:9', count: 2 }],
  },
  measures: { join: response, 'a name that is far too long for a column': response },
  groups: { browse: { response, errors: 3 }, buy: { response, errors: 0 } },
  checks: { 'cart is full': { passed: 490, failed: 7 }, 'signed in': { passed: 497, failed: 0 } },
}
const summaryOf = (some: RunJson, width = 80): string[] =>
  renderSummary(some, { colors: false, width, reportPath: null }).split('\n')
const lineWith = (lines: readonly string[], text: string): string =>
  lines.find((line) => line.includes(text)) ?? ''

describe('the summary of sessions', () => {
  it('counts them, and says how long they took', () => {
    const line = lineWith(summaryOf(sessions, 120), 'Sessions ')
    expect(line).toBe(
      'Sessions   500 started · 497 completed · 2 failed · 1 unfinished at the end · took p50 12.3 s, p99 14 s',
    )
  })

  it('has a line for each measure and group', () => {
    const lines = summaryOf(sessions)
    expect(lineWith(lines, 'Measures')).toMatch(/^Measures {3}join +p50 .+ {2}p99 .+ {2}of 150,000$/)
    expect(lineWith(lines, 'a name that is')).toMatch(/^ {11}a name that is far[^ ]*.*… {2}p50 /)
    expect(lineWith(lines, 'Groups')).toMatch(/browse +p50 .* · 3 errors$/)
    expect(lineWith(lines, ' buy ')).not.toContain('error')
  })

  it('names the checks that failed, and what was thrown', () => {
    const lines = summaryOf(sessions)
    expect(lineWith(lines, 'Checks')).toBe('Checks     cart is full: 7 of 497 failed')
    expect(lineWith(lines, '1 more holds')).not.toBe('')
    expect(lineWith(lines, 'Thrown')).toBe('Thrown     2 × Error: no stock, at shop.ts:12:9')
    const holding = summaryOf({ ...sessions, checks: { a: { passed: 3, failed: 0 } } })
    expect(lineWith(holding, 'Checks')).toBe('Checks     1 of 1 hold')
  })

  it('tells the rate of arrivals from that of messages', () => {
    expect(lineWith(summaryOf(sessions, 120), 'Rate ')).toMatch(
      /^Rate +sessions offered 50\/s · dispatched .* · messages achieved /,
    )
  })

  it('stays within the width', () => {
    for (const width of [40, 60, 80, 120]) {
      const widest = Math.max(...summaryOf(sessions, width).map((line) => [...line].length))
      expect(widest).toBeLessThanOrEqual(width)
    }
  })

  it('says nothing of sessions in a run without them', () => {
    expect(summaryOf(run).filter((line) => /^(Sessions|Measures|Groups|Checks|Thrown)/.test(line))).toEqual(
      [],
    )
  })
})
