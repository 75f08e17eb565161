import { marked, type Token, type Tokens } from 'marked'
import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../../src/report/markdown.js'
import type { RunJson } from '../../../src/report/run-json.js'
import { hostile, makeReportData } from '../../fixtures/report-data.js'

const { run } = makeReportData()
const tokensOf = (some: RunJson): Token[] => marked.lexer(renderMarkdown(some), { gfm: true })
const tablesOf = (some: RunJson): Tokens.Table[] =>
  tokensOf(some).filter((token): token is Tokens.Table => token.type === 'table')
const html = (some: RunJson): string => marked.parse(renderMarkdown(some), { gfm: true, async: false })
const texts = (cells: readonly Tokens.TableCell[]): string[] => cells.map(({ text }) => text)

describe('renderMarkdown', () => {
  it('begins with the verdict and the answer', () => {
    const [heading, , answer] = tokensOf(run)
    expect(heading).toMatchObject({ type: 'heading', depth: 2 })
    expect((heading as Tokens.Heading).text).toMatch(/^✅ Pass: /)
    expect((answer as Tokens.Paragraph).text).toMatch(/^\*\*Holds 5,000 messages\/s/)
  })

  it('renders objectives and percentiles as tables', () => {
    const [objectives, latency] = tablesOf(run)
    expect(objectives!.rows).toHaveLength(run.slo.length)
    expect(objectives!.rows[0]!.map(({ text }) => text)[1]).toBe(`\`${run.slo[0]!.expression}\``)
    expect(texts(latency!.header)).toEqual(['', 'p50', 'p90', 'p99', 'p99.9', 'max', 'values'])
    expect(texts(latency!.rows[0]!)[0]).toBe('**Response**')
    expect(latency!.rows.map((row) => row[0]!.text)).toEqual(['**Response**', 'Slip', 'Wait', 'Service'])
  })

  it('folds the rest away, and renders tables inside of it', () => {
    const page = html(run)
    const folded = page.match(/<details>[\s\S]*?<\/details>/g) ?? []
    expect(folded.length).toBeGreaterThanOrEqual(3)
    for (const part of folded) {
      expect(part).toMatch(/<summary>[^<]+<\/summary>/)
      expect(part).toContain('<table>')
    }
    expect(page).toContain('noise floor')
    expect(page.replace(/<details>[\s\S]*<\/details>/, '')).not.toContain('noise floor')
  })

  it('marks what was missed, and what was left open', () => {
    const slo = run.slo.map((objective, at) => ({ ...objective, ok: [true, false, null][at]! }))
    const [objectives] = tablesOf({ ...run, verdict: 'fail', slo: slo as RunJson['slo'] })
    expect(objectives!.rows.map((row) => row[0]!.text)).toEqual(['✅ met', '❌ missed', '❔ open'])
    const [invalid] = tablesOf({ ...run, verdict: 'invalid' })
    expect(new Set(invalid!.rows.map((row) => row[0]!.text))).toEqual(new Set(['–']))
  })

  it('shows sessions, their measures, groups and checks', () => {
    const response = run.metrics.response!
    const sessions: RunJson = {
      ...run,
      sessions: { started: 500, completed: 497, failed: 2, unfinished: 1, posted: 0, errors: [] },
      measures: { checkout: response },
      groups: { browse: { response, errors: 3 } },
      checks: { 'cart is full': { passed: 490, failed: 7 } },
    }
    const page = html(sessions)
    expect(page).toContain('500 sessions started, 497 completed, 2 failed, 1 unfinished.')
    const rows = tablesOf(sessions).flatMap((table) => table.rows.map(texts))
    expect(rows.find((row) => row[1] === 'cart is full')).toEqual(['❌', 'cart is full', '490', '7'])
    expect(rows.find((row) => row[0] === 'browse')!.at(-1)).toBe('3')
    expect(rows.some((row) => row[0] === 'checkout')).toBe(true)
  })

  it('takes no markup from the target or the scenario', () => {
    const bad = [
      '<img src=x onerror=alert(1)>',
      '</details>|`x`',
      '[a](javascript:x) ![b](c) *d* #1 @all',
      hostile.terminal,
    ]
    for (const text of bad) {
      const some: RunJson = {
        ...run,
        name: text,
        command: `plimsoll run ${text} \`\`\``,
        slo: [{ ...run.slo[0]!, expression: text, ok: null, note: text }],
        generator: { ...run.generator, reasons: [{ code: text, detail: text }] },
        counters: { ...run.counters, errors: { total: 1, byKind: { [text]: 1 } } },
        profile: { ...run.profile!, hottest: [{ ...run.profile!.hottest[0]!, function: text, file: text }] },
        measures: { [text]: run.metrics.response! },
      }
      const page = html(some)
      expect(page).not.toMatch(/<img|<a |<em>/)
      expect(page.match(/<details>/g)).toHaveLength(page.match(/<\/details>/g)!.length)
      const [objectives] = tablesOf(some)
      expect(objectives!.rows.map((row) => row.length)).toEqual([5])
    }
  })

  it('says so where no reply was timed', () => {
    const bare = { ...run, metrics: {}, slo: [], profile: null, verdict: 'exploratory' as const }
    expect(renderMarkdown(bare)).toContain('No replies were timed.')
  })
})
