import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatBytes, formatMs, formatNumber, formatRate, formatShare } from '../../src/kernel/units.js'
import { answerOf, whatTheMeanHides } from '../../src/report/answer.js'
import { formatMargin, formatObserved, formatStatistic } from '../../src/report/quantities.js'
import { type MetricJson, type RunJson, runSchema } from '../../src/report/run-json.js'
import { makeReportData } from '../fixtures/report-data.js'
import { withSessions } from '../fixtures/report-sessions.js'
import { startLab } from '../integration/labs/lab-process.js'
import { command, temporaryFolder } from './support/command.js'
import { plainSpaces, ReportBrowser, tableRows, termsOf, textOf } from './support/report-browser.js'

let browser: ReportBrowser
beforeAll(async () => {
  browser = await ReportBrowser.launch()
})
afterAll(async () => {
  await browser?.close()
})

const statistics = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const
const exact = (count: number): string => count.toLocaleString('en-US')
const count = ({ count: all, censored }: MetricJson): string =>
  censored > 0 ? `${exact(all)} (${exact(censored)} unanswered)` : exact(all)
/** Behind the name and the picture of the spread. */
const numbers = (metric: MetricJson): string[] => [
  ...statistics.map((name) => formatStatistic(metric, name)),
  count(metric),
]
const metricsOf = (run: RunJson, pick: (name: string) => boolean): string[][] =>
  Object.entries(run.metrics)
    .filter(([name, metric]) => pick(name) && (metric.count > 0 || !isConnect(name)))
    .map(([, metric]) => numbers(metric))
const isConnect = (name: string): boolean => ['connect', 'tcp', 'tls', 'handshake'].includes(name)

async function expectNumbersOf(run: RunJson, page: Awaited<ReturnType<ReportBrowser['open']>>['page']) {
  expect(plainSpaces(await textOf(page, 'h1'))).toBe(answerOf(run).headline)
  expect(plainSpaces(await textOf(page, '.statement'))).toBe(whatTheMeanHides(run))
  const response = run.metrics.response!
  expect(await termsOf(page, '#answer')).toEqual({
    p50: formatStatistic(response, 'p50'),
    p99: formatStatistic(response, 'p99'),
    'p99.9': formatStatistic(response, 'p99.9'),
    Achieved: formatRate(run.load.achievedRate),
    Errors: exact(run.counters.errors.total),
    Generator: run.generator.verdict,
  })
  expect(await page.locator('.objective-value').allInnerTexts()).toEqual(run.slo.map(formatObserved))
  expect(await page.locator('.objective-limit span').allInnerTexts()).toEqual(run.slo.map(formatMargin))
  expect((await tableRows(page, '#latency')).map((row) => row.slice(2))).toEqual(
    metricsOf(run, (name) => !isConnect(name)),
  )
  const connects = (await tableRows(page, '#connections')).map((row) => row.slice(2)).toSorted()
  expect(connects).toEqual(metricsOf(run, isConnect).toSorted())
  expect((await tableRows(page, '#generator')).map((row) => [row[0], row[3], row[4], row[9]])).toEqual(
    run.generator.workers.map((worker) => [
      formatNumber(worker.index),
      exact(worker.connections),
      `${formatNumber(worker.cpuPercent)} %`,
      formatBytes(worker.rssBytes),
    ]),
  )
  expect(await termsOf(page, '#generator')).toMatchObject({
    'Slip p99': formatStatistic(run.metrics.slip!, 'p99'),
    'Noise floor p99': formatMs(run.generator.floor!.p99),
    'Noise floor p99.9': formatMs(run.generator.floor!['p99.9']),
  })
  expect(await textOf(page, '#repeat code')).toBe(run.command)
  await expectDetails(run, page)
}

async function expectDetails(run: RunJson, page: Awaited<ReturnType<ReportBrowser['open']>>['page']) {
  for (const summary of await page.locator('#details summary').all()) await summary.click()
  const { counters } = run
  expect(await termsOf(page, '#details')).toMatchObject({
    'Messages due': exact(counters.due),
    Sent: exact(counters.sent),
    Received: exact(counters.received),
    Unmatched: exact(counters.unmatched),
    Pushed: exact(counters.pushed),
    Shed: exact(counters.shed),
    Timeouts: exact(counters.timeouts),
    Errors: exact(counters.errors.total),
    'Bytes received': formatBytes(counters.bytesReceived),
    'Connections opened': exact(counters.connectionsOpened),
    'Dispatched rate': formatRate(run.load.dispatchedRate),
    Seed: String(run.load.seed),
  })
  const cells = await tableRows(page, '#details')
  const attempts = counters.due + counters.connectionsOpened + counters.connectionsFailed
  for (const [kind, number] of Object.entries(counters.errors.byKind)) {
    expect(cells).toContainEqual([kind, exact(number), formatShare(number / attempts)])
  }
  expect(cells.slice(-Object.keys(run.settings).length).map(([name]) => name)).toEqual(
    Object.keys(run.settings),
  )
}

describe('the numbers on the report page', () => {
  it('are those of run.json, of a run that loses replies', { timeout: 60_000 }, async () => {
    const lab = await startLab('forgetful')
    const folder = join(temporaryFolder(), 'run')
    const options = ['-c', '5', '-r', '200/s', '-d', '3s', '--warmup', '1s', '--timeout', '500ms']
    await command(['run', `ws://127.0.0.1:${lab.port}/`, ...options, '--slo', 'p99 < 100ms', '--out', folder])
    await lab.stop()
    const run = runSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')))
    expect(run.counters.errors.byKind.timeout).toBeGreaterThan(0)
    const { page, problems } = await browser.openFile(join(folder, 'report.html'))
    await expectNumbersOf(run, page)
    // Every message of the time line is in the heat map that the run left behind.
    const { heatMap } = JSON.parse(readFileSync(join(folder, 'report-data.json'), 'utf8'))
    const cells = (heatMap.columns as { cells: number[] }[]).flatMap(({ cells: column }) => column)
    const drawn = cells.filter((_, i) => i % 2 === 1).reduce((sum, value) => sum + value, 0)
    const rows = readFileSync(join(folder, 'timeline.ndjson'), 'utf8').trim().split('\n')
    const due = rows.map((row) => JSON.parse(row).response.count as number)
    expect(drawn).toBe(due.reduce((sum, value) => sum + value, 0))
    expect(problems).toEqual([])
    await page.close()
  })

  it('are those of run.json, of a larger run', async () => {
    const data = makeReportData()
    const { page, problems } = await browser.open('plain', data)
    await expectNumbersOf(data.run, page)
    expect(problems).toEqual([])
    await page.close()
  })

  it('of sessions are there where a run has them, and only there', async () => {
    const plain = makeReportData()
    const without = await browser.open('without-sessions', plain)
    expect(await without.page.locator('#sessions').count()).toBe(0)
    await without.page.close()
    const { run, ...data } = makeReportData({ run: withSessions(plain.run) })
    const { page, problems } = await browser.open('sessions', { ...data, run })
    const sessions = run.sessions!
    expect(await termsOf(page, '#sessions')).toEqual({
      Started: exact(sessions.started),
      Completed: exact(sessions.completed),
      Failed: exact(sessions.failed),
      Unfinished: exact(sessions.unfinished),
    })
    const rows = await tableRows(page, '#sessions')
    expect(rows.slice(0, 2).map((row) => row.slice(2))).toEqual(Object.values(run.measures).map(numbers))
    expect(rows.slice(2, 4).map((row) => row.slice(2))).toEqual(
      Object.values(run.groups).map(({ response, errors }) => [...numbers(response), exact(errors)]),
    )
    expect(rows.slice(4, 6).map((row) => row.slice(2))).toEqual(
      Object.values(run.checks!).map(({ passed, failed }) => [
        exact(passed),
        exact(failed),
        formatShare(passed / (passed + failed)),
      ]),
    )
    expect(rows[6]).toEqual([sessions.errors[0]!.error, '3'])
    expect((await tableRows(page, '#latency')).length).toBe(5)
    expect((await tableRows(page, '#connections')).length).toBe(4)
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
    expect(problems).toEqual([])
    await page.close()
  })
})
