import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerOf, whatTheMeanHides } from '../../src/report/answer.js'
import { type PageAssets, renderReport } from '../../src/report/html/render-report.js'
import { formatObserved, formatStatistic } from '../../src/report/quantities.js'
import type { ReportData } from '../../src/report/run-json.js'
import { hostile, makeReportData } from '../fixtures/report-data.js'

const entry = fileURLToPath(new URL('../../src/report/html/page/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-report-'))
/** Set it to a folder to keep screenshots of the page in every size and colour scheme. */
const screenshots = process.env.REPORT_SCREENSHOTS

let browser: Browser
let assets: PageAssets

async function bundle(): Promise<PageAssets> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    loader: { '.css': 'css' },
    outdir: 'page',
    write: false,
  })
  const text = (ending: string): string => result.outputFiles.find((file) => file.path.endsWith(ending))!.text
  return { script: text('.js'), style: text('.css') }
}

interface Opened {
  readonly page: Page
  readonly problems: string[]
  readonly requests: string[]
}

interface Screen {
  readonly width: number
  readonly scheme: 'light' | 'dark'
}

async function open(
  name: string,
  data: ReportData,
  screen: Screen = { width: 1440, scheme: 'light' },
): Promise<Opened> {
  const file = join(folder, `${name}.html`)
  writeFileSync(file, renderReport(data, assets))
  const page = await browser.newPage({
    viewport: { width: screen.width, height: 900 },
    colorScheme: screen.scheme,
    reducedMotion: 'reduce',
  })
  const problems: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(pathToFileURL(file).href)
  await page.waitForSelector('.u-over')
  return { page, problems, requests }
}

// biome-ignore lint/performance/useDomNodeTextContent: what is hidden must not count as shown
const text = (page: Page, selector: string): Promise<string> => page.locator(selector).first().innerText()

/** The page keeps numbers and units together. */
const plainSpaces = (shown: string): string => shown.replaceAll('\u00a0', ' ')

beforeAll(async () => {
  assets = await bundle()
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
})

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the report page', () => {
  it('shows the numbers of run.json, silently and without a request', async () => {
    const data = makeReportData()
    const { page, problems, requests } = await open('plain', data)
    const { run } = data
    expect(await text(page, '.verdict-word')).toBe('Pass')
    expect(plainSpaces(await text(page, 'h1'))).toBe(answerOf(run).headline)
    expect(await page.locator('.objective-value').allInnerTexts()).toEqual(run.slo.map(formatObserved))
    const row = page.locator('#latency tbody tr', { hasText: 'response' }).first()
    const response = run.metrics.response!
    expect((await row.locator('td').allInnerTexts()).slice(1)).toEqual([
      ...(['p50', 'p90', 'p99', 'p99.9', 'max'] as const).map((name) => formatStatistic(response, name)),
      response.count.toLocaleString('en-US'),
    ])
    expect(plainSpaces(await text(page, '.statement'))).toBe(whatTheMeanHides(run))
    expect(await page.locator('#slowest tbody tr').count()).toBe(20)
    await page.locator('summary', { hasText: 'Counters' }).click()
    expect(await text(page, 'details[open] .facts')).toContain(run.counters.due.toLocaleString('en-US'))
    expect(await page.locator('.u-over').count()).toBeGreaterThanOrEqual(7)
    expect(problems).toEqual([])
    expect(requests.filter((url) => !url.startsWith('file:') && url !== 'data:,')).toEqual([])
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
    await page.locator('.category', { hasText: 'serialization' }).click()
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
    const plot = page.locator('.timeline .u-wrap').nth(2)
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

  it('opens a profile of 100,000 frames and a stack of 10,000 in seconds', async () => {
    const data = makeReportData()
    const deep = { name: 'deep', file: '', line: 0, category: 'node', total: 10, self: 10, children: [] }
    let stack: NonNullable<ReportData['flame']> = deep
    for (let i = 0; i < 10_000; i++) stack = { ...deep, self: 0, children: [stack] }
    const wide = Array.from({ length: 90_000 }, (_, i) => ({ ...deep, name: `f${i}`, total: 1, self: 1 }))
    const flame = {
      ...deep,
      name: '(root)',
      total: 100_010,
      self: 0,
      children: [{ ...stack, total: 10 }, ...wide],
    }
    const { page, problems } = await open('large', { ...data, flame })
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
