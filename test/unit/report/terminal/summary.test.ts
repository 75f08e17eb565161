import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunJson } from '../../../../src/report/run-json.js'
import { renderSummary } from '../../../../src/report/terminal/summary.js'
import { hostile, makeReportData } from '../../../fixtures/report-data.js'

const { run } = makeReportData()
const plain = { colors: false, width: 80, reportPath: '.plimsoll/chat/report.html' }
const linesOf = (text: string): string[] => text.split('\n').slice(0, -1)
const lineWith = (text: string, start: string): string | undefined =>
  linesOf(text).find((line) => line.startsWith(start))
const withResponse = (response: Partial<RunJson['metrics'][string]>): RunJson => ({
  ...run,
  metrics: { ...run.metrics, response: { ...run.metrics.response!, ...response } },
})

describe('renderSummary', () => {
  it('says the answer first, then objectives, then evidence', () => {
    const lines = linesOf(renderSummary(run, plain))
    expect(lines[0]).toMatch(/^✓ PASS {2}Holds 5,000 messages\/s on 1,000 connections with p99\.9 /)
    const order = [
      '✓ p99 ',
      'Response',
      'Slip',
      'Wait',
      'Service',
      'Rate',
      'Errors',
      'Generator',
      'Target',
      'CPU time',
      'Hottest',
      'Warm-up',
      'Replies',
      'Report',
    ]
    const places = order.map((start) => lines.findIndex((line) => line.startsWith(start)))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(Math.min(...places)).toBeGreaterThan(0)
  })

  it('stays within the width, whatever the width', () => {
    const hostileRun = makeReportData({ hostileTexts: true }).run
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 200 }), fc.constantFrom(run, hostileRun), (width, some) => {
        const widest = Math.max(
          ...linesOf(renderSummary(some, { ...plain, width })).map((line) => [...line].length),
        )
        expect(widest).toBeLessThanOrEqual(width)
      }),
      { numRuns: 60 },
    )
  })

  it('marks objectives as met, missed or undecided', () => {
    const slo = run.slo.map((objective, i) => ({ ...objective, ok: [true, false, null][i]! }))
    const text = renderSummary({ ...run, verdict: 'fail', slo: slo as RunJson['slo'] }, plain)
    expect(lineWith(text, '✓ p99 <')).toContain('limit 50 ms')
    expect(lineWith(text, '✗ p99.9 <')).toContain('limit 80 ms')
    expect(lineWith(text, '? errors <')).toContain('limit 0.1 %')
  })

  it('marks unsure statistics with ~ and bounds with ≥, and says what that means', () => {
    const text = renderSummary(
      withResponse({
        'p99.9': 10_000,
        max: 10_000,
        unsure: ['p99'],
        bounds: ['p99.9', 'max'],
        censored: 400,
      }),
      plain,
    )
    expect(lineWith(text, 'Response')).toMatch(/p99 ~[0-9.]+ ms +p99\.9 ≥ 10 s +max ≥ 10 s/)
    expect(text).toContain('400 without a reply')
    expect(text).toContain('~ fewer than 10 beyond')
    expect(text).toContain('≥ a lower bound')
  })

  it('explains no mark that it does not use', () => {
    const text = renderSummary(withResponse({ unsure: ['p99.99'], bounds: [] }), plain)
    expect(text).not.toMatch(/[~≥]/)
  })

  it('names errors by kind, hottest functions with their place, and how replies were matched', () => {
    const text = renderSummary(run, plain)
    expect(lineWith(text, 'Errors')).toContain('12 (0.00795 %): timeout 12')
    expect(lineWith(text, 'Hottest')).toMatch(/26\.5 % {2}encode .*src\/room\.js:61$/)
    expect(lineWith(text, 'Replies')).toBe('Replies    matched by JSON field id')
    expect(lineWith(text, 'Warm-up')).toContain('steady state was reached')
  })

  it('says what CPU time went into, with what could not be attributed, and the first caveats', () => {
    const profile = {
      ...run.profile!,
      categories: { serialization: 0.61, transport: 0.386, regex: 0.001 },
      unattributed: 0.003,
      problems: ['a map is missing', 'samples are few', 'and more'],
    }
    const text = renderSummary({ ...run, profile }, plain)
    expect(lineWith(text, 'CPU time')).toBe(
      'CPU time   serialization 61 % · transport 38.6 % · unattributed 0.3 %',
    )
    expect(linesOf(text).filter((line) => line.startsWith('Caveat'))).toEqual([
      'Caveat     a map is missing',
      'Caveat     samples are few',
    ])
    const idle = { ...profile, categories: { transport: 0 }, unattributed: 0, hottest: [] }
    expect(lineWith(renderSummary({ ...run, profile: idle }, plain), 'CPU time')).toBe(
      'CPU time   nothing ran',
    )
  })

  it('says which objective fails by how much, and what gave way', () => {
    const slo = [{ ...run.slo[0]!, limit: 5, expression: 'p99 < 5ms', ok: false }]
    const text = renderSummary({ ...run, verdict: 'fail', slo }, { ...plain, width: 200 })
    expect(text).toMatch(/^✗ FAIL {2}Does not hold .*: p99 15\.1 ms \(objective 5 ms\)\./)
    expect(text).toContain('First to give way: serialization in encode, src/room.js:61.')
    expect(lineWith(text, '✗ p99')).toContain('3.02 times')
  })

  it('says why there is no profile, and that an exploratory run is not judged', () => {
    const bare = makeReportData({
      profile: false,
      run: { verdict: 'exploratory', slo: [], diagnosis: [] },
    }).run
    const text = renderSummary(bare, { ...plain, width: 200 })
    expect(lineWith(text, 'Profile')).toContain('none: the target’s inspector could not be opened')
    expect(text).toContain('No objective was set, so nothing is judged.')
  })

  it('gives an invalid run no verdict on the target', () => {
    const generator = {
      ...run.generator,
      verdict: 'invalid' as const,
      reasons: [{ code: 'slip', detail: 'slip p99 is 31 ms' }],
    }
    const text = renderSummary({ ...run, verdict: 'invalid', generator }, plain)
    expect(linesOf(text)[0]).toBe('! INVALID  No verdict on the target: slip p99 is 31 ms.')
    expect(lineWith(text, 'Generator')).toContain('invalid')
  })

  it('lets no control character through from the target or the scenario', () => {
    const bad = hostile.terminal
    const text = renderSummary(
      {
        ...run,
        slo: [{ ...run.slo[0]!, expression: `p99 < 5ms${bad}`, ok: null, note: bad }],
        counters: { ...run.counters, errors: { total: 1, byKind: { [bad]: 1 } } },
        generator: { ...run.generator, reasons: [{ code: bad, detail: bad }] },
        diagnosis: [{ ...run.diagnosis[0]!, where: { function: bad, file: bad, line: 1 } }],
        profile: {
          ...run.profile!,
          categories: { [bad]: 1 },
          hottest: [{ ...run.profile!.hottest[0]!, function: bad, file: bad }],
          problems: [bad],
        },
        measures: { [bad]: run.metrics.response! },
      },
      { ...plain, reportPath: `x${bad}` },
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
    expect(text).toContain('plain')
  })

  it('colours only where it is asked to, and never changes a character of the text', () => {
    const colored = renderSummary(run, { ...plain, colors: true })
    expect(colored).toContain('\u001b[')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes
    expect(colored.replaceAll(/\u001b\[[0-9;]*m/g, '').replaceAll(/ +\n/g, '\n')).toBe(
      renderSummary(run, plain),
    )
  })
})
