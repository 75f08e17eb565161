import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heatMapRow } from '../../src/measurement/heat-map.js'
import { formatStatistic } from '../../src/report/quantities.js'
import type { HeatMapJson, ReportData } from '../../src/report/report-data.js'
import type { TimelineSecond } from '../../src/report/timeline-second.js'
import { makeReportData } from '../fixtures/report-data.js'
import { ReportBrowser, shown, textOf } from './support/report-browser.js'

let browser: ReportBrowser
beforeAll(async () => {
  browser = await ReportBrowser.launch()
})
afterAll(async () => {
  await browser?.close()
})

const track = (page: Page, title: string) => page.locator('.timeline .chart', { hasText: title })

async function pointAt(page: Page, title: string, share: number, height = 0.5): Promise<void> {
  const over = track(page, title).locator('.u-over')
  await over.scrollIntoViewIfNeeded()
  const box = (await over.boundingBox())!
  await page.mouse.move(box.x + box.width * share, box.y + box.height * height)
}

/** The colour of the plot of a track at a share of its width and height. */
const pixel = (page: Page, title: string, x: number, y: number): Promise<number[]> =>
  track(page, title)
    .locator('.plot')
    .evaluate(
      (plot, [left, top]) => {
        const canvas = plot.querySelector('canvas')!
        const over = plot.querySelector<HTMLElement>('.u-over')!
        const scale = canvas.width / canvas.clientWidth
        const at = [over.offsetLeft + over.clientWidth * left!, over.offsetTop + over.clientHeight * top!]
        const [red, green, blue] = canvas
          .getContext('2d')!
          .getImageData(Math.round(at[0]! * scale), Math.round(at[1]! * scale), 1, 1).data
        return [red!, green!, blue!]
      },
      [x, y],
    )

/** A heat map of four seconds: all fast, but the third, which is slow. */
function withHeatMap(data: ReportData): ReportData {
  const fast = [heatMapRow(1_000), 5_000]
  const slow = [heatMapRow(1_000), 1, heatMapRow(64_000), 4_000]
  const columns = [fast, fast, slow, fast].map((cells, at) => ({ at, length: 1, cells }))
  const heatMap: HeatMapJson = { rowsPerDoubling: 8, columns }
  const timeline = data.timeline.slice(8, 12).map((second, at) => ({ ...second, at }))
  return { ...data, heatMap, timeline }
}

describe('the heat map', () => {
  it('is dark where messages are many, and says how many', async () => {
    const { page } = await browser.open('heat', withHeatMap(makeReportData()))
    const title = 'every message'
    const dark = [6, 37, 79]
    const third = 2.5 / 4
    // The highest row is that of 64 ms, the lowest that of 1 ms.
    expect(await pixel(page, title, 0.5 / 4, 0.997)).toEqual(dark)
    const slow = await pixel(page, title, third, 0.01)
    expect(slow[2]! - slow[0]!).toBeGreaterThan(60)
    expect(await pixel(page, title, 1.5 / 4, 0.01)).not.toEqual(slow)
    await pointAt(page, title, third, 0.004)
    expect(await textOf(page, '.heat-pointer')).toMatch(/^4,000 messages of 6[0-9.]+ ms to 6[0-9.]+ ms$/)
    await pointAt(page, title, third, 0.4)
    expect(await textOf(page, '.heat-pointer')).toMatch(/^no messages of/)
    await page.close()
  })

  it('is left out of runs that have none', async () => {
    const { page, problems } = await browser.open('no-heat', { ...makeReportData(), heatMap: null })
    expect(await track(page, 'every message').count()).toBe(0)
    expect(problems).toEqual([])
    await page.close()
  })
})

function withErrors(data: ReportData): ReportData {
  const timeline = data.timeline.map((second, i): TimelineSecond => {
    const errorsByKind: Record<string, number> = i === 20 ? { timeout: 30, 'http-503': 10 } : {}
    return {
      ...second,
      errorsByKind,
      errors: i === 20 ? 40 : 0,
      connections: 1_000 - i,
      connectionsLost: 1,
      arrived: i === 20 ? 2_000 : second.arrived,
    }
  })
  return { ...data, timeline }
}

describe('the tracks', () => {
  it('stack the errors of a second by kind, and share one cursor', async () => {
    const { page } = await browser.open('errors', withErrors(makeReportData()))
    const title = 'Errors by kind'
    const at = 20.5 / 45
    const bottom = await pixel(page, title, at, 0.9)
    const top = await pixel(page, title, at, 0.3)
    expect(bottom).toEqual([0, 114, 178])
    expect(top).toEqual([213, 94, 0])
    expect(await pixel(page, title, 21.5 / 45, 0.9)).not.toEqual(bottom)
    await pointAt(page, title, at)
    const legend = (name: string) => track(page, name).locator('.keys li').allInnerTexts()
    const oneLine = async (name: string) => (await legend(name)).map((item) => item.replaceAll(/\s+/g, ' '))
    expect(await oneLine(title)).toEqual(['timeout 30/s', 'http-503 10/s'])
    expect((await oneLine('Rate'))[0]).toBe('achieved 2,000/s')
    expect(await oneLine('Connections')).toEqual(['open 980', 'lost 1'])
    expect(await textOf(page, '.cursor-time')).toBe(
      '20 s to 21 s · measured · errors: timeout 30, http-503 10',
    )
    await page.close()
  })

  it('say what the whole window was while nobody points at them', async () => {
    const { run, ...data } = makeReportData()
    const { page } = await browser.open('rest', { run, ...data })
    const values = async (title: string) =>
      (await track(page, title).first().locator('.value').allInnerTexts()).map((text) => text.trim())
    const response = run.metrics.response!
    expect(await values('Response time')).toEqual([
      formatStatistic(response, 'p50'),
      formatStatistic(response, 'p99'),
      formatStatistic(response, 'p99.9'),
    ])
    expect(await values('Errors by kind')).toEqual(['12'])
    expect(await textOf(page, '#latency .value')).toBe(formatStatistic(response, 'p99'))
    await page.close()
  })

  it('zoom together, and back by a button or by Escape', async () => {
    const { page } = await browser.open('zoom', makeReportData())
    const button = page.getByRole('button', { name: 'Show the whole run' })
    const over = track(page, 'Rate').locator('.u-over')
    const cpu = track(page, 'Target CPU').locator('.plot')
    const whole = await cpu.screenshot()
    for (const back of ['button', 'Escape']) {
      expect(await button.isVisible()).toBe(false)
      await over.scrollIntoViewIfNeeded()
      const box = (await over.boundingBox())!
      await page.mouse.move(box.x + box.width * 0.4, box.y + 30)
      await page.mouse.down()
      await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 4 })
      await page.mouse.up()
      expect(await button.isVisible()).toBe(true)
      await page.mouse.move(0, 0)
      expect((await cpu.screenshot()).equals(whole)).toBe(false)
      if (back === 'button') await button.click()
      else {
        await page.locator('.timeline').focus()
        await page.keyboard.press('Escape')
      }
    }
    expect(await button.isVisible()).toBe(false)
    await page.close()
  })

  it('can be read as a table', async () => {
    const data = makeReportData()
    const { page } = await browser.open('table', data)
    const summary = page.locator('summary', { hasText: 'as a table' })
    expect(await page.locator('#timeline tbody tr').count()).toBe(0)
    await summary.click()
    await page.waitForSelector('#timeline tbody tr')
    expect(await page.locator('#timeline tbody tr').count()).toBe(data.timeline.length)
    await summary.click()
    await summary.click()
    expect(await page.locator('#timeline tbody tr').count()).toBe(data.timeline.length)
    await page.close()
  })
})

describe('the percentile curve', () => {
  it('is walked along by the keyboard', async () => {
    const { page } = await browser.open('walk', makeReportData())
    const title = page.locator('#latency .chart-title')
    expect(await shown(title)).toBe('Time at p99')
    await page.locator('#latency .plot').focus()
    await page.keyboard.press('End')
    expect(await shown(title)).toBe('Time at p99.99933')
    await page.keyboard.press('Home')
    expect(await shown(title)).toBe('Time at p25')
    expect(await page.locator('#latency [aria-live]').textContent()).toMatch(
      /^Time at p25: response [0-9.]+ ms/,
    )
    await page.close()
  })
})

describe('the page of a run of one hour', () => {
  it('is small, and opens at once', async () => {
    const data = makeReportData()
    const timeline = Array.from({ length: 3_615 }, (_, at): TimelineSecond => {
      const phase = at < 5 ? 'warmup' : at < 3_605 ? 'measured' : 'profiled'
      return { ...data.timeline[5 + (at % 30)]!, at, phase }
    })
    const { heatMap } = makeReportData({ timeline })
    const hour = { ...data, timeline, heatMap }
    const bytes = Buffer.byteLength(browser.render(hour))
    expect(bytes).toBeLessThan(5e6)
    const { page, problems } = await browser.open('hour', hour)
    const readyMs = await page.evaluate(() => performance.getEntriesByName('plimsoll-ready')[0]!.startTime)
    process.stdout.write(`one hour: ${(bytes / 1e6).toFixed(2)} MB, ready after ${Math.round(readyMs)} ms\n`)
    // The aim is a second; machines and their loads differ.
    expect(readyMs).toBeLessThan(10_000)
    expect(await textOf(page, '#timeline .caption')).toContain(
      'A point stands for up to 4 s of these 60.3 min',
    )
    expect(problems).toEqual([])
    await page.close()
  })
})
