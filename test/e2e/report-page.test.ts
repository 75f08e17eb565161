import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReportData } from '../../src/report/report-data.js'
import { reportFlame } from '../../src/report/report-flame.js'
import { hostile, makeReportData } from '../fixtures/report-data.js'
import { ReportBrowser, textOf as text } from './support/report-browser.js'

/** Set it to a folder to keep screenshots of the page in every size and colour scheme. */
const screenshots = process.env.REPORT_SCREENSHOTS

let browser: ReportBrowser
beforeAll(async () => {
  browser = await ReportBrowser.launch()
})
afterAll(async () => {
  await browser?.close()
})
const open: ReportBrowser['open'] = (...args) => browser.open(...args)

describe('the report page', () => {
  it('works silently and without a request', async () => {
    const { page, problems, requests } = await open('plain', makeReportData())
    expect(await text(page, '.verdict-word')).toBe('Pass')
    expect(await page.locator('.u-over').count()).toBeGreaterThanOrEqual(9)
    expect(problems).toEqual([])
    expect(requests.filter((url) => !/^(file|data):/.test(url))).toEqual([])
    await page.close()
  })

  it('reads a value under the shared cursor in every track', async () => {
    const data = makeReportData()
    const { page } = await open('cursor', data)
    await page.locator('.timeline').focus()
    for (let i = 0; i < 18; i++) await page.keyboard.press('ArrowRight')
    expect(await text(page, '.cursor-time')).toBe('17 s to 18 s · measured · errors: timeout 9')
    const values = await page.locator('.timeline .value:not(:empty)').allInnerTexts()
    expect(values).toContain('9/s')
    expect(values.length).toBeGreaterThanOrEqual(10)
    const spoken = await page.locator('.cursor-bar [aria-live]').textContent()
    expect(spoken).toMatch(
      /^17 s to 18 s · measured .*Response time: p50 [0-9.]+ ms, p99 .*; Errors by kind: timeout 9\/s/,
    )
    await page.close()
  })

  it('searches, zooms and resets the flame graph by pointer and by keyboard', async () => {
    const { page, problems } = await open('flame', makeReportData())
    const canvas = page.locator('.flame-scroll canvas')
    await page.getByPlaceholder('Search functions and files').fill('src/room.js')
    expect(await text(page, '.flame-found')).toMatch(/^3 frames, [0-9.]+ % of on-CPU time$/)
    await page.getByPlaceholder('Search functions and files').fill('no such function')
    expect(await text(page, '.flame-found')).toBe('nothing found')
    const before = await canvas.screenshot()
    await canvas.click({ position: { x: 60, y: 50 } })
    const zoomed = await text(page, '.flame-status')
    expect(zoomed).toContain('Receiver.getData')
    expect((await canvas.screenshot()).equals(before)).toBe(false)
    await page.getByRole('button', { name: 'Reset' }).click()
    expect(await text(page, '.flame-status')).toContain('Click a frame')
    await page.locator('.flame-scroll').focus()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter']) await page.keyboard.press(key)
    expect(await text(page, '.flame-status')).toContain('(garbage collector)')
    await page.locator('[aria-label="Categories"] .flame-category', { hasText: 'serialization' }).click()
    expect(await text(page, '.flame-found')).toMatch(/^2 frames/)
    await canvas.hover({ position: { x: 60, y: 30 } })
    expect(await page.locator('.flame-tooltip').isVisible()).toBe(true)
    expect(problems).toEqual([])
    await page.close()
  })

  it('runs nothing that the target named', async () => {
    const { page, problems } = await open('hostile', makeReportData({ hostileTexts: true }))
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
    expect(await page.title()).toBe(`Pass: ${hostile.runName} · Plimsoll`)
    expect(
      await page
        .locator('.hottest, .findings')
        .allInnerTexts()
        .then((texts) => texts.join(' ')),
    ).toContain(hostile.functionName)
    await page.locator('summary', { hasText: 'Errors by kind' }).click()
    expect(await page.locator('details[open] code').allTextContents()).toContain(hostile.errorKind)
    expect(await page.locator('main img, main script, main b').count()).toBe(0)
    expect(problems).toEqual([])
    await page.close()
  })

  it('draws its canvases again when the colour scheme changes', async () => {
    const { page } = await open('scheme', makeReportData())
    const corner = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.flame-scroll canvas')!
        return [...canvas.getContext('2d')!.getImageData(canvas.width - 3, canvas.height - 3, 1, 1).data]
      })
    expect(await corner()).toEqual([255, 255, 255, 255])
    const plot = page.locator('.timeline .u-wrap').nth(3)
    const light = await plot.screenshot()
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    expect(await corner()).toEqual([12, 13, 15, 255])
    expect((await plot.screenshot()).equals(light)).toBe(false)
    await page.close()
  })

  it('finds a hot function in the flame graph', async () => {
    const { page } = await open('hottest', makeReportData())
    await page.locator('.hottest .link', { hasText: 'parseMessage' }).click()
    expect(await text(page, '.flame-found')).toBe('1 frame, 7.25 % of on-CPU time')
    await page.close()
  })

  it('says plainly why there is no profile', async () => {
    const { page, problems } = await open('no-profile', makeReportData({ profile: false }))
    expect(await text(page, '#flame .empty')).toBe(
      'No profile: the target’s inspector could not be opened (pid 4242 is not Node.js).',
    )
    expect(problems).toEqual([])
    await page.close()
  })

  it('of a run that reached nothing says so', async () => {
    const { run, ...data } = makeReportData({ profile: false })
    const counters = { ...run.counters, due: 0, sent: 0, received: 0, connectionsOpened: 0 }
    const errors = { total: 1_000, byKind: { 'connect-refused': 1_000 } }
    const metrics = Object.fromEntries(
      Object.entries(run.metrics).map(([name, metric]) => [
        name,
        { ...metric, count: 0, p50: 0, p99: 0, max: 0 },
      ]),
    )
    const empty: ReportData = {
      ...data,
      run: {
        ...run,
        verdict: 'inconclusive',
        slo: run.slo.map((objective) => ({ ...objective, observed: null, interval: null, ok: null })),
        metrics,
        counters: { ...counters, connectionsFailed: 1_000, errors },
        generator: { ...run.generator, floor: null, workers: [] },
        targets: [],
        diagnosis: [],
      },
      timeline: [],
      curves: {},
      heatMap: null,
      exemplars: [],
    }
    const { page, problems } = await open('nothing', empty)
    expect(await text(page, 'h1')).toContain('No connection to ws://127.0.0.1:8080/chat could be opened')
    expect(await text(page, '#latency .empty')).toBe('No replies were timed, so there is no curve.')
    expect(await page.locator('#timeline, #slowest, .statement').count()).toBe(0)
    expect(await page.locator('.objective-value').allInnerTexts()).toEqual(['no data', 'no data', 'no data'])
    expect(problems).toEqual([])
    await page.close()
  })

  it('opens a profile of 100,000 frames and a stack of 10,000 in seconds', async () => {
    const data = makeReportData()
    const frames = Array.from({ length: 100_001 }, (_, i) => ({
      name: `f${i}`,
      file: '',
      line: 0,
      category: 'transport',
    }))
    const flame = {
      unit: 'us' as const,
      frames,
      nodes: {
        frame: Int32Array.from(frames, (_, i) => i),
        parent: Int32Array.from(frames, (_, i) => (i <= 10_000 ? i - 1 : 0)),
        self: Float64Array.from(frames, (_, i) => (i > 10_000 ? 1 : i === 10_000 ? 10 : 0)),
      },
      streams: [],
    }
    const flames = [
      reportFlame({ title: 'CPU', how: 'inspector', analysis: { ...data.run.profile!, flame } }),
    ]
    const { page, problems } = await open('large', { ...data, flames })
    const readyMs = await page.evaluate(() => performance.now())
    expect(readyMs).toBeLessThan(15_000)
    expect(await page.evaluate(() => document.querySelector('.flame-scroll')!.scrollHeight)).toBeGreaterThan(
      200_000,
    )
    expect(problems).toEqual([])
    await page.close()
  })

  for (const width of [1440, 390]) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`fits ${width} px in ${scheme}`, async () => {
        const { page, problems } = await open(`fit-${width}-${scheme}`, makeReportData(), { width, scheme })
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        expect(overflow).toBe(0)
        const background = await page.evaluate(
          () => getComputedStyle(document.documentElement).backgroundColor,
        )
        expect(background).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(12, 13, 15)')
        expect(problems).toEqual([])
        if (screenshots !== undefined) {
          mkdirSync(screenshots, { recursive: true })
          await page.screenshot({ path: join(screenshots, `report-${width}-${scheme}.png`), fullPage: true })
        }
        await page.close()
      })
    }
  }
})
