import { readFileSync } from 'node:fs'
import { parse, type TestCase, type TestSuites } from 'junit2json'
import { describe, expect, it } from 'vitest'
import { validateXML } from 'xmllint-wasm'
import { renderJunit } from '../../../src/report/junit.js'
import type { RunJson } from '../../../src/report/run-json.js'
import { hostile, makeReportData } from '../../fixtures/report-data.js'

const { run } = makeReportData()

/** The schema by which the xUnit plugin of Jenkins judges JUnit reports. */
const schema = readFileSync(new URL('../../fixtures/junit/junit-10.xsd', import.meta.url), 'utf8')

async function read(some: RunJson): Promise<{ suites: TestSuites; cases: TestCase[] }> {
  const text = renderJunit(some)
  const { valid, errors } = await validateXML({ xml: text, schema })
  expect(errors).toEqual([])
  expect(valid).toBe(true)
  const suites = (await parse(text)) as TestSuites
  return { suites, cases: suites.testsuite![0]!.testcase ?? [] }
}

const outcomeOf = ({ failure, error, skipped }: TestCase): string =>
  failure ? 'failure' : error ? 'error' : skipped ? 'skipped' : 'passed'

const judged = (...oks: Array<boolean | null>): RunJson['slo'] =>
  oks.map((ok, at) => ({ ...run.slo[at % run.slo.length]!, expression: `p99 < ${at}ms`, ok }))

describe('renderJunit', () => {
  it('has a case for each objective, and is valid by the schema of a CI server', async () => {
    const { suites, cases } = await read(run)
    expect(cases.map(({ name }) => name)).toEqual(run.slo.map(({ expression }) => expression))
    expect(cases.map(outcomeOf)).toEqual(run.slo.map(() => 'passed'))
    expect(suites.testsuite![0]).toMatchObject({
      name: run.name,
      tests: run.slo.length,
      failures: 0,
      errors: 0,
      skipped: 0,
    })
    const seconds = cases.reduce((sum, { time }) => sum + (time ?? 0), 0)
    expect(seconds).toBeCloseTo(run.load.measuredSeconds, 1)
  })

  it('is held against a schema that refuses what is none', async () => {
    const wrong = renderJunit(run).replaceAll('testcase', 'test')
    expect((await validateXML({ xml: wrong, schema })).valid).toBe(false)
  })

  it('tells a miss from what could not be decided', async () => {
    const { suites, cases } = await read({ ...run, verdict: 'fail', slo: judged(true, false, null) })
    expect(cases.map(outcomeOf)).toEqual(['passed', 'failure', 'error'])
    expect(cases[1]!.failure![0]).toMatchObject({ type: 'missed' })
    expect(cases[1]!.failure![0]!.message).toMatch(/^observed .+, limit /)
    expect(cases[2]!.error![0]).toMatchObject({ type: 'inconclusive' })
    expect(suites).toMatchObject({ tests: 3, failures: 1, errors: 1 })
  })

  it('lets nothing pass of an invalid measurement, whatever its numbers say', async () => {
    const { cases } = await read({ ...run, verdict: 'invalid', slo: judged(true, false) })
    expect(cases.map(outcomeOf)).toEqual(['error', 'error'])
    expect(cases[0]!.error![0]!.message).toContain('No verdict on the target')
  })

  it('skips what is not judged, and has a case even without an objective', async () => {
    const explored = await read({ ...run, verdict: 'exploratory', slo: judged(true) })
    expect(explored.cases.map(outcomeOf)).toEqual(['skipped'])
    const bare = await read({ ...run, verdict: 'exploratory', slo: [] })
    expect(bare.cases.map(outcomeOf)).toEqual(['skipped'])
    expect(bare.suites.tests).toBe(1)
  })

  it('says in a case of its own that a run broke off', async () => {
    const interrupted = await read({ ...run, interrupted: true })
    expect(interrupted.cases.at(-1)!.error![0]).toMatchObject({ type: 'interrupted' })
    const gone = await read({ ...run, settings: { ...run.settings, targetGone: true } })
    expect(gone.cases.at(-1)!.error![0]).toMatchObject({ type: 'target-gone' })
    expect(gone.cases).toHaveLength(run.slo.length + 1)
  })

  it('escapes whatever texts hold', async () => {
    const texts = ['</testsuite><x y="', '&amp; ]]> <!--', hostile.terminal, '\u0000\ufffe\ud800', 'a\n\tb']
    for (const text of texts) {
      const slo = judged(false).map((objective) => ({ ...objective, expression: text, note: text }))
      const { cases, suites } = await read({ ...run, name: text, command: text, verdict: 'fail', slo })
      expect(cases).toHaveLength(1)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
      const shown = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\ud800]/g, '\ufffd')
      expect(cases[0]!.name).toBe(shown.replaceAll(/[\t\n\r]+/g, ' '))
      expect(suites.testsuite![0]!.testcase).toHaveLength(1)
    }
  })
})
