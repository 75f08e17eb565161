import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FlameData, FlameSummary } from '../../src/report/flame-data.js'
import type { ReportData } from '../../src/report/report-data.js'
import { type ReportFlame, reportFlame } from '../../src/report/report-flame.js'
import { busyFlame } from '../fixtures/flame-data.js'
import { stall, stalledFlame } from '../fixtures/flame-streams.js'
import { hostile, makeReportData } from '../fixtures/report-data.js'
import {
  plainSpaces,
  ReportBrowser,
  type Screen,
  shown,
  tableRows,
  textOf,
} from './support/report-browser.js'

/** Set it to a folder to keep screenshots of the views. */
const screenshots = process.env.REPORT_SCREENSHOTS

let browser: ReportBrowser
beforeAll(async () => {
  browser = await ReportBrowser.launch()
})
afterAll(async () => {
  await browser?.close()
})

const figures: Omit<FlameSummary, 'flame'> = {
  seconds: stall.seconds,
  idleShare: 0.46,
  categories: { 'business-logic': 0.57, serialization: 0.43 },
  unattributed: 0,
  hottest: [{ function: 'encode', file: 'src/wire.js', line: 30, selfShare: 0.43, totalShare: 0.43 }],
}

const flameOf = (flame: FlameData, more: Partial<FlameSummary> = {}, title = 'CPU'): ReportFlame =>
  reportFlame({ title, how: 'inspector', analysis: { ...figures, ...more, flame } })

/** A run whose slow messages were open during the stall, and one a second later. */
function stalledRun(): ReportData {
  const data = makeReportData()
  const startUs = data.run.clock.monotonicUs + 35e6
  const at = (ms: number): number => startUs + ms * 1_000
  return {
    ...data,
    flames: [flameOf(stalledFlame(startUs))],
    slow: {
      messages: 100,
      of: 10_000,
      thresholdMs: 180,
      ranges: [
        [at(stall.fromMs - 20), at(stall.toMs)],
        [at(stall.toMs + 1_000), at(stall.toMs + 1_100)],
      ],
    },
  }
}

const strip = (page: Page) => page.locator('.strip-plot')
const view = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const busy = async (page: Page): Promise<string> => plainSpaces(await textOf(page, '.busy-bar'))
const legend = async (page: Page): Promise<string[]> =>
  (await page.locator('[aria-label="Categories"] .flame-category').allInnerTexts()).map((text) =>
    text.replaceAll(/\s+/g, ' '),
  )

async function dragOver(page: Page, fromShare: number, toShare: number): Promise<void> {
  await strip(page).scrollIntoViewIfNeeded()
  const box = (await strip(page).boundingBox())!
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * fromShare, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * toShare, y, { steps: 4 })
  await page.mouse.up()
}

async function picture(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return
  mkdirSync(screenshots, { recursive: true })
  await page.locator('#flame').screenshot({ path: join(screenshots, `flame-${name}.png`) })
}

describe('the time brush', () => {
  it('shows a stall as a block, and in the chosen time the function that caused it', async () => {
    const { page, problems } = await browser.open('brush', stalledRun())
    expect(await legend(page)).toEqual(['business logic 57.4 %', 'serialization 42.6 %'])
    const box = (await strip(page).boundingBox())!
    await dragOver(page, 2_000 / 5_000, 2_400 / 5_000)
    const pixelMs = 5_000 / box.width
    const text = await textOf(page, '.strip-text')
    const match = /^([0-9.]+) s – ([0-9.]+) s of the profile, ([0-9.]+) s – ([0-9.]+) s of the run$/.exec(
      text,
    )
    expect(match, text).not.toBeNull()
    const [from, to, runFrom] = match!.slice(1).map(Number)
    expect(Math.abs(from! * 1_000 - 2_000)).toBeLessThan(2 * pixelMs + 10)
    expect(Math.abs(to! * 1_000 - 2_400)).toBeLessThan(2 * pixelMs + 10)
    expect(runFrom).toBeCloseTo(35 + from!, 2)
    expect(await view(page, 'Chosen time').getAttribute('aria-pressed')).toBe('true')
    const [first] = await tableRows(page, '.hottest')
    expect(first![0]).toContain('compact')
    expect(Number.parseFloat(first![2]!)).toBeGreaterThan(95)
    await picture(page, 'chosen')
    await page.getByRole('button', { name: 'All of the profile' }).click()
    expect(await legend(page)).toEqual(['business logic 57.4 %', 'serialization 42.6 %'])
    expect((await tableRows(page, '.hottest'))[0]![0]).toContain('encode')
    expect(problems).toEqual([])
    await page.close()
  })

  it('moves by keys, and the shares are those of the data', async () => {
    const { page } = await browser.open('brush-keys', stalledRun())
    await page.getByRole('slider', { name: 'End of the chosen time' }).focus()
    for (let i = 0; i < 3; i++) await page.keyboard.press('PageDown')
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('Shift+ArrowRight')
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowLeft')
    // 0 to 2.38 s: 500 ms each of answer and encode in the first two seconds, then 380 ms of the stall.
    expect(await textOf(page, '.strip-text')).toContain('0 s – 2.38 s of the profile')
    expect(await legend(page)).toEqual(['business logic 63.8 %', 'serialization 36.2 %'])
    expect(await busy(page)).toBe('1.38 s of 2.38 s\n58 % on CPU, 42 % idle')
    const end = page.getByRole('slider', { name: 'End of the chosen time' })
    expect(await end.getAttribute('aria-valuetext')).toBe('2.38 s of the profile')
    await page.keyboard.press('Escape')
    expect(await textOf(page, '.strip-text')).toMatch(/^Drag over the strip/)
    await page.getByRole('slider', { name: 'Begin of the chosen time' }).focus()
    await page.keyboard.press('End')
    expect(await textOf(page, '.strip-text')).toContain('4.99 s – 5 s of the profile')
    await page.close()
  })

  it('answers to a finger', async () => {
    const { page } = await browser.open('brush-touch', stalledRun(), { width: 390, scheme: 'light' })
    await strip(page).scrollIntoViewIfNeeded()
    await strip(page).evaluate((plot) => {
      const { left, top, width } = plot.getBoundingClientRect()
      const send = (type: string, share: number): void => {
        const place = { clientX: left + width * share, clientY: top + 20, pointerId: 1, pointerType: 'touch' }
        // A made-up pointer cannot be captured.
        plot.setPointerCapture = () => {}
        plot.dispatchEvent(new PointerEvent(type, { ...place, button: 0, bubbles: true, isPrimary: true }))
      }
      send('pointerdown', 0.6)
      send('pointermove', 0.5)
      send('pointermove', 0.2)
      send('pointerup', 0.2)
    })
    expect(await textOf(page, '.strip-text')).toContain('1 s – 3 s of the profile')
    await page.close()
  })

  it('follows the zoom of the time line, and is marked in it', async () => {
    const { page } = await browser.open('brush-zoom', stalledRun())
    const chart = page.locator('.timeline .chart', { hasText: 'Rate' })
    const over = chart.locator('.u-over')
    await over.scrollIntoViewIfNeeded()
    const box = (await over.boundingBox())!
    const plain = await chart.locator('.plot').screenshot()
    // The time line is 45 s long, and the profile lies in 35 s to 40 s of it.
    await page.mouse.move(box.x + (box.width * 36) / 45, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + (box.width * 38) / 45, box.y + 20, { steps: 4 })
    await page.mouse.up()
    expect(await textOf(page, '.strip-text')).toMatch(
      /^(0\.9|1|1\.0)[0-9]* s – (2\.9|3|3\.0)[0-9]* s of the profile/,
    )
    await page.getByRole('button', { name: 'Show the whole run' }).click()
    expect(await textOf(page, '.strip-text')).toMatch(/^Drag over the strip/)
    await dragOver(page, 0.2, 0.8)
    await over.scrollIntoViewIfNeeded()
    await page.mouse.move(0, 0)
    expect((await chart.locator('.plot').screenshot()).equals(plain)).toBe(false)
    await page.close()
  })
})

describe('the slowest 1 % against the rest', () => {
  it('shows the function of the stall first, although its share of the whole is small', async () => {
    const { page, problems } = await browser.open('slow', stalledRun())
    await view(page, 'Slowest 1 % against the rest').click()
    const rows = await tableRows(page, '.changes')
    expect(rows[0]![0]).toContain('compact')
    // 400 ms of the stall, and half of the 120 ms beside it; none in the rest.
    expect(rows[0]!.slice(2)).toEqual(['0 %', '87 %', '+87'])
    expect(rows.at(-1)![4]).toMatch(/^−/)
    const note = plainSpaces(await shown(page.locator('.flame-note[role="status"]')))
    expect(note).toContain('100 slowest of 10,000 messages')
    expect(note).toContain('open for 520 ms, 10.4 % of the profile')
    expect((await page.locator('.busy-bar').allInnerTexts()).map(plainSpaces)).toEqual([
      'Slow messages open\n88.5 % on CPU, 11.5 % idle',
      'The rest\n50 % on CPU, 50 % idle',
    ])
    await picture(page, 'slow')
    expect(problems).toEqual([])
    await page.close()
  })

  it('is not offered where it cannot be, and says why', async () => {
    const why = 'the target runs on another host, whose clock is not the one of the messages'
    const { page } = await browser.open('slow-why', { ...stalledRun(), slow: { why } })
    expect(await view(page, 'Slowest 1 % against the rest').count()).toBe(0)
    expect(await page.locator('.flame-note').allInnerTexts()).toContain(
      `The slowest 1 % cannot be set against the rest: ${why}.`,
    )
    await page.close()
  })
})

describe('callers', () => {
  it('stand above what they call, in every view', async () => {
    const { page, problems } = await browser.open('callers', stalledRun())
    const canvas = page.locator('.flame-scroll canvas')
    const below = async (): Promise<string> => {
      await page.locator('.flame-scroll').focus()
      for (const key of ['Escape', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
      return await textOf(page, '.flame-status')
    }
    expect(await below()).toContain('encode')
    const callees = await canvas.screenshot()
    await view(page, 'Callers').click()
    expect(await below()).toContain('answer')
    expect((await canvas.screenshot()).equals(callees)).toBe(false)
    await view(page, 'Slowest 1 % against the rest').click()
    expect(await below()).toContain('compact')
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the search', () => {
  it('reads patterns where the reader wants it, and bears one that is half typed', async () => {
    const { page, problems } = await browser.open('pattern', stalledRun())
    const search = page.getByRole('searchbox', { name: 'Search functions and files' })
    const found = async (): Promise<string> => plainSpaces(await textOf(page, '.flame-found'))
    await search.fill('^(encode|compact)$')
    expect(await found()).toBe('nothing found')
    const pattern = page.getByRole('button', { name: 'Pattern', exact: true })
    const look = (): Promise<string> =>
      pattern.evaluate((button) => {
        const { backgroundColor, borderColor, boxShadow } = getComputedStyle(button)
        return [backgroundColor, borderColor, boxShadow].join()
      })
    const released = await look()
    await pattern.click()
    expect(await look()).not.toBe(released)
    await search.hover()
    expect(await look()).not.toBe(released)
    expect(await found()).toMatch(/^2 frames, 57.4 %/)
    await search.fill('^(encode')
    expect(await found()).toBe('no regular expression yet')
    expect(await search.getAttribute('aria-invalid')).toBe('true')
    await search.fill('^enc')
    expect(await found()).toMatch(/^1 frame, 42.6 %/)
    expect(await search.getAttribute('aria-invalid')).toBeNull()
    await page.locator('.hottest button', { hasText: 'encode' }).first().click()
    expect(await pattern.getAttribute('aria-pressed')).toBe('false')
    await search.hover()
    expect(await look()).toBe(released)
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('another run', () => {
  it('is set against this one by function, wherever edits have moved it', async () => {
    const data = stalledRun()
    const other = stalledFlame(0)
    const moved = {
      ...other,
      frames: other.frames.map((frame) => ({ ...frame, line: frame.line + 40 })),
      nodes: { ...other.nodes, self: Float64Array.of(0, 1_000_000, 3_000_000, 0) },
      streams: [],
    }
    const html = browser.render(data, {
      name: 'before',
      ownName: 'chat',
      notes: ['The load of the two differs.'],
      flames: [flameOf(moved)],
    })
    const { page, problems } = await browser.openHtml('against', html)
    expect(await page.title()).toBe('Pass: chat against before · Plimsoll')
    await view(page, 'Against before').click()
    const rows = await tableRows(page, '.changes')
    expect(rows.map(([name, , before, after]) => [name!.split('src/')[0], before, after])).toEqual([
      ['answer', '25 %', '42.6 %'],
      ['compact', '0 %', '14.8 %'],
      ['encode', '75 %', '42.6 %'],
    ])
    expect(await textOf(page, '.flame-note[role="status"]')).toContain('The load of the two differs.')
    await picture(page, 'against')
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('a page of a profile', () => {
  const startUs = 5e9
  const page = (flames: readonly ReportFlame[]) => ({
    title: 'node server.js, process 4242',
    subtitle: 'CPU for 5 s, by the inspector',
    version: '0.1.0',
    flames,
  })

  it('has the brush and nothing of a load', async () => {
    const html = browser.renderProfile(page([flameOf(stalledFlame(startUs))]))
    const opened = await browser.openHtml('profile', html)
    expect(await textOf(opened.page, 'h1')).toBe('node server.js, process 4242')
    expect(await opened.page.locator('#timeline, #latency').count()).toBe(0)
    await dragOver(opened.page, 0.2, 0.6)
    expect(await textOf(opened.page, '.strip-text')).toMatch(/^[0-9.]+ s – [0-9.]+ s of the profile$/)
    expect(opened.problems).toEqual([])
    expect(opened.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([])
    await opened.page.close()
  })

  it('tells threads, causes of collections, problems and several profiles, hostile texts as texts', async () => {
    const threads = ['main', 'worker 1'].map((thread, i) => ({
      pid: 4_242,
      thread,
      seconds: 5,
      onCpuSeconds: 2 - i,
      idleShare: 0.6 + 0.2 * i,
    }))
    const first = flameOf(stalledFlame(startUs), {
      threads,
      categories: { 'garbage-collection': 0.2, 'business-logic': 0.8 },
      gcCausedBy: { serialization: 0.15, 'business-logic': 0.05 },
      problems: [`The source map of ${hostile.file} does not fit.`],
    })
    const native = flameOf({ ...stalledFlame(startUs), streams: [] }, {}, hostile.functionName)
    const { page: opened, problems } = await browser.openHtml(
      'several',
      browser.renderProfile(page([first, native])),
    )
    expect(await textOf(opened, '.flame-problems')).toContain(hostile.file)
    expect(plainSpaces((await opened.locator('#flame').textContent())!)).toContain(
      'Garbage collection takes 20 %; the code that ran before each collection was serialization 15 %, business logic 5 %.',
    )
    await opened.locator('summary', { hasText: '2 threads' }).click()
    expect(await tableRows(opened, '#flame details')).toEqual([
      ['main', '4242', '2 s of 5 s', '60 %'],
      ['worker 1', '4242', '1 s of 5 s', '80 %'],
    ])
    await opened.locator('.flame-profiles .segment', { hasText: 'script' }).click()
    expect(await opened.locator('.flame-panel:visible .time-strip').count()).toBe(0)
    expect(await opened.locator('.flame-panel:visible canvas').first().isVisible()).toBe(true)
    expect(await opened.evaluate(() => 'pwned' in globalThis)).toBe(false)
    expect(problems).toEqual([])
    await opened.close()
  })

  it('says so where a profile is damaged, and shows the others', async () => {
    const good = flameOf(stalledFlame(startUs))
    const damaged = { ...good, title: 'Damaged', flame: { ...good.flame, nodes: 'AAAA' } }
    const opened = await browser.openHtml('damaged', browser.renderProfile(page([good, damaged])))
    await opened.page.locator('.segment', { hasText: 'Damaged' }).click()
    expect(await shown(opened.page.locator('.empty'))).toMatch(/^This profile cannot be shown: /)
    expect(opened.problems).toEqual([])
    await opened.page.close()
  })
})

describe('a busy minute with deep stacks', () => {
  it('makes a report under 5 MB that opens and answers', async () => {
    const data = makeReportData()
    const flames = [flameOf(busyFlame(60, 100_000))]
    const html = browser.render({ ...data, flames })
    expect(Buffer.byteLength(html)).toBeLessThan(5_000_000)
    const { page, problems } = await browser.openHtml('busy', html)
    const readyMs = await page.evaluate(() => performance.getEntriesByName('plimsoll-ready')[0]!.startTime)
    process.stdout.write(
      `report of a busy minute: ${(html.length / 1e6).toFixed(2)} MB, ready in ${readyMs.toFixed(0)} ms\n`,
    )
    expect(readyMs).toBeLessThan(20_000)
    await dragOver(page, 0.3, 0.5)
    expect(await textOf(page, '.strip-text')).toMatch(/of the profile/)
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('on every screen', () => {
  const screens: Screen[] = [
    { width: 1440, scheme: 'dark' },
    { width: 390, scheme: 'light' },
  ]
  for (const screen of screens) {
    it(`fits ${screen.width} px with a comparison open`, async () => {
      const { page } = await browser.open(`flame-${screen.width}`, stalledRun(), screen)
      await view(page, 'Slowest 1 % against the rest').click()
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow).toBe(0)
      await picture(page, `${screen.width}-${screen.scheme}`)
      await page.close()
    })
  }
})
