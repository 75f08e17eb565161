import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseCsv } from 'csv-parse/sync'
import { HistogramLogReader } from 'hdr-histogram-js'
import { parse as parseJunit, type TestSuites } from 'junit2json'
import { marked } from 'marked'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunJson } from '../../../src/report/run-json.js'
import { type RunningProgram, startLab } from '../../integration/labs/lab-process.js'
import { brief, command, type Finished, runJson, stackTrace, temporaryFolder } from '../support/command.js'

let echo: RunningProgram
let url: string
let folder: string
let run: RunJson
beforeAll(async () => {
  echo = await startLab('echo')
  url = `ws://127.0.0.1:${echo.port}/`
  const slo = ['--slo', 'p99 < 30s', '--slo', 'errors < 50%', '--profile', 'none']
  const finished = await runJson([url, '-r', '200/s', '-d', '2s', '--warmup', '1s', ...slo])
  folder = finished.folder
  run = finished.run
})
afterAll(async () => {
  await echo.stop()
})

const report = (...args: string[]): Promise<Finished> => command(['report', folder, ...args])

describe('plimsoll report --format', () => {
  it('json is run.json', async () => {
    const { out, code } = await report('--format', 'json')
    expect(JSON.parse(out)).toEqual(run)
    expect(code).toBe(0)
  })

  it('html is the page that the run left', async () => {
    expect((await report('--format', 'html')).out).toBe(readFileSync(join(folder, 'report.html'), 'utf8'))
  })

  it('junit is read by a JUnit parser: a case for each objective', async () => {
    const suites = (await parseJunit((await report('--format', 'junit')).out)) as TestSuites
    expect(suites.testsuite![0]!.testcase!.map(({ name }) => name)).toEqual(['p99 < 30s', 'errors < 50%'])
    expect(suites).toMatchObject({ tests: 2, failures: 0, errors: 0 })
  })

  it('markdown begins with the verdict', async () => {
    const page = await marked.parse((await report('--format', 'markdown')).out, { gfm: true })
    expect(page).toMatch(/^<h2>✅ Pass: /)
    expect(page).toContain('<code>p99 &lt; 30s</code>')
  })

  it('csv has a row a second that adds up to run.json', async () => {
    const { out } = await report('--format', 'csv')
    const rows: Array<Record<string, string>> = parseCsv(out, { columns: true })
    expect(rows.map(({ phase }) => phase)).toEqual(['warmup', 'measured', 'measured'])
    const due = rows
      .filter(({ phase }) => phase === 'measured')
      .reduce((sum, row) => sum + Number(row.due), 0)
    expect(due).toBe(run.counters.due)
  })

  it('hdr is the interval log, of one metric without a tag', async () => {
    expect((await report('--format', 'hdr')).out).toBe(readFileSync(join(folder, 'latency.hlog'), 'utf8'))
    const reader = new HistogramLogReader((await report('--format', 'hdr', '--metric', 'service')).out)
    let count = 0
    for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram())
      count += next.totalCount
    expect(count).toBe(run.metrics.service!.count)
  })

  it('percentiles ends at the maximum and the count of run.json', async () => {
    const { out } = await report('--format', 'percentiles')
    const count = Number(/Total count +=\s+(\d+)/.exec(out)![1])
    const max = Number(/Max +=\s+([\d.]+)/.exec(out)![1])
    expect(count).toBe(run.metrics.response!.count)
    expect(max / run.metrics.response!.max).toBeCloseTo(1, 2)
    const slip = await report('--format', 'percentiles', '--metric', 'slip')
    expect(slip.out).not.toBe(out)
  })

  it('summary prints the statistics that are asked for, the same in every pipe', async () => {
    const { out } = await report('--summary-trend', 'min,p75')
    expect(out).toMatch(/^Response {3}min .+ p75 .+ p99 .+ p99\.9 /m)
    expect((await command(['report', folder, '--summary-trend', 'min,p75'], { COLUMNS: '200' })).out).toBe(
      out,
    )
    expect(out).not.toContain('\u001b')
  })
})

describe('plimsoll report', () => {
  it('writes to a file with --output, and nothing to standard output', async () => {
    const place = temporaryFolder()
    const { out, code } = await command(['report', folder, '--format', 'junit', '-o', 'load.xml'], {}, place)
    expect([out, code]).toEqual(['', 0])
    expect(readFileSync(join(place, 'load.xml'), 'utf8')).toBe((await report('--format', 'junit')).out)
  })

  it.each([
    ['a format that is not there', ['--format', 'junti'], /'junit'/],
    ['a metric that was not logged', ['--format', 'hdr', '--metric', 'respons'], /'response'/],
    ['a metric of a format without one', ['--format', 'junit', '--metric', 'slip'], /--metric has no effect/],
    [
      'a trend of another format',
      ['--format', 'csv', '--summary-trend', 'p50'],
      /--summary-trend has no effect/,
    ],
    ['a trend that cannot be', ['--summary-trend', 'p97'], /p99/],
    ['a file where none can be', ['--format', 'json', '-o', '/proc/x/y'], /cannot be written/],
    ['--open of another format', ['--format', 'csv', '--open'], /--open has no effect/],
  ])('ends with exit 2: %s', async (_, args, message) => {
    const { code, out, err } = await report(...args)
    expect(err).toMatch(message)
    expect(err).not.toMatch(stackTrace)
    expect([code, out]).toEqual([2, ''])
  })
})

describe('plimsoll report --open', () => {
  /** A folder whose `xdg-open` writes down what it is given, and ends with `code`. */
  function desktop(code: number): { bin: string; opened: string } {
    const place = temporaryFolder()
    const bin = join(place, 'bin')
    const opened = join(place, 'opened')
    mkdirSync(bin)
    const opener = join(bin, 'xdg-open')
    writeFileSync(opener, `#!/bin/sh\necho "$1" > '${opened}'\nexit ${code}\n`)
    chmodSync(opener, 0o755)
    return { bin, opened }
  }

  it.runIf(process.platform === 'linux')('gives the page to the opener of the desktop', async () => {
    const { bin, opened } = desktop(0)
    const { code, out } = await command(['report', folder, '--open'], { PATH: bin })
    expect([code, out]).toEqual([0, ''])
    expect(readFileSync(opened, 'utf8')).toBe(`${join(folder, 'report.html')}\n`)
    const other = join(temporaryFolder(), 'page.html')
    await command(['report', folder, '--open', '-o', other], { PATH: bin })
    expect(readFileSync(opened, 'utf8')).toBe(`${other}\n`)
    expect(readFileSync(other, 'utf8')).toContain('</html>')
  })

  it('writes the page anew where the run left none', async () => {
    const { bin } = desktop(0)
    const page = join(folder, 'report.html')
    rmSync(page)
    expect((await command(['report', folder, '--open'], { PATH: bin })).code).toBe(0)
    expect(existsSync(page)).toBe(true)
  })

  it('says what to do where there is no opener, or no browser', async () => {
    for (const bin of [temporaryFolder(), desktop(3).bin]) {
      const { code, err } = await command(['report', folder, '--open'], { PATH: bin })
      expect(err).toMatch(
        /No browser could be opened: xdg-open .*\n {2}Open it yourself: file:\/\/.*report\.html/,
      )
      expect(err).not.toMatch(stackTrace)
      expect(code).toBe(2)
    }
  })
})

describe('plimsoll run --export', { timeout: 30_000 }, () => {
  const rate = ['-r', '100/s', '-c', '2', '--slo', 'throughput > 1000000/s', '--slo', 'p99 < 30s']

  it('writes the result in several forms, also of a run that fails', async () => {
    const place = temporaryFolder()
    const exports = ['--export', 'junit=load.xml', '--export', 'markdown=load.md', '--export', 'csv=load.csv']
    const { code, err } = await command(['run', url, ...rate, ...brief, ...exports], {}, place)
    expect(code).toBe(1)
    expect(err).not.toContain('plimsoll:')
    const suites = (await parseJunit(readFileSync(join(place, 'load.xml'), 'utf8'))) as TestSuites
    expect(suites.failures).toBe(1)
    expect(readFileSync(join(place, 'load.md'), 'utf8')).toMatch(/^## ❌ Fail: /)
    expect(readFileSync(join(place, 'load.csv'), 'utf8')).toContain('measured')
  })

  it.each([
    ['without a file', 'junit', /format and a file/],
    ['of an unknown format', 'junti=load.xml', /'junit'/],
    ['to a folder that is not there', 'junit=no/such/load.xml', /cannot be written/],
  ])('is refused before the load starts: %s', async (_, text, message) => {
    const { code, err } = await command(['run', url, ...rate, ...brief, '--export', text])
    expect(err).toMatch(message)
    expect(err).not.toContain('connections to')
    expect(code).toBe(2)
  })
})
