import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { categoryFill } from '../../packages/flame-graph/src/palette.js'
import { formatMs } from '../../src/kernel/units.js'
import type { ExemplarJson } from '../../src/report/report-data.js'
import { makeReportData } from '../fixtures/report-data.js'
import { withSessions } from '../fixtures/report-sessions.js'
import { boxesInPdf } from './support/pdf.js'
import { ReportBrowser, type Screen, tableRows } from './support/report-browser.js'

let browser: ReportBrowser
beforeAll(async () => {
  browser = await ReportBrowser.launch()
})
afterAll(async () => {
  await browser?.close()
})

const screens: Screen[] = [1440, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
)

describe('messages one by one', () => {
  const data = makeReportData()
  const slow = data.exemplars.filter(({ kind }) => kind === 'slow')
  const times = (exemplars: readonly ExemplarJson[], read: (exemplar: ExemplarJson) => number) =>
    exemplars
      .toSorted((a, b) => read(b) - read(a))
      .slice(0, 20)
      .map((exemplar) => formatMs(read(exemplar)))

  it('come slowest first, in the order of any column, and all of them where asked for', async () => {
    const { page } = await browser.open('exemplars', data)
    const column = async (index: number) => (await tableRows(page, '#slowest')).map((row) => row[index])
    expect(await column(3)).toEqual(times(slow, ({ response }) => response))
    await page.getByRole('button', { name: 'Wait' }).click()
    expect(await column(6)).toEqual(times(slow, ({ wait }) => wait))
    const head = page.locator('#slowest th', { hasText: 'Wait' })
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    await page.getByRole('button', { name: 'Wait' }).click()
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    expect((await column(6))[0]).toBe(formatMs(Math.min(...slow.map(({ wait }) => wait))))
    await page.getByRole('button', { name: 'Show all 100' }).click()
    expect(await page.locator('#slowest tbody tr').count()).toBe(100)
    expect(await column(8)).toContain('timeout')
    await page.getByRole('button', { name: 'Random 1' }).click()
    expect(await page.locator('#slowest tbody tr').count()).toBe(1)
    await page.close()
  })

  it('show their phases as shares of the longest', async () => {
    const { page } = await browser.open('phases', data)
    const slowest = slow.toSorted((a, b) => b.response - a.response)[0]!
    const row = page.locator('#slowest tbody tr').first()
    const box = (await row.locator('.stacked').boundingBox())!
    const width = async (name: string) =>
      (await row.locator(`.part-${name}`).boundingBox())!.width / box.width
    expect(await width('wait')).toBeCloseTo(slowest.wait / slowest.response, 1)
    expect(await width('service')).toBeCloseTo(slowest.service / slowest.response, 1)
    await page.close()
  })
})

describe('the command that repeats the run', () => {
  it('goes to the clipboard', async () => {
    const data = makeReportData()
    const { page } = await browser.open('copy', data)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(data.run.command)
    await page.close()
  })

  it('is marked for the reader to copy where the browser lends no clipboard', async () => {
    const data = makeReportData()
    const { page } = await browser.open('no-clipboard', data)
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined })
      delete (Navigator.prototype as { clipboard?: unknown }).clipboard
    })
    await page.evaluate(() => delete (navigator as { clipboard?: unknown }).clipboard)
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Press Ctrl + C' }).waitFor()
    expect(await page.evaluate(() => String(getSelection()))).toBe(data.run.command)
    await page.close()
  })
})

/** Every piece of text whose contrast with what lies behind it is below what WCAG 2.2 asks for (AA). */
function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
    const rgb = (color: string): number[] => {
      context.clearRect(0, 0, 1, 1)
      context.fillStyle = color
      context.fillRect(0, 0, 1, 1)
      return [...context.getImageData(0, 0, 1, 1).data]
    }
    const luminance = (color: number[]): number => {
      const [red, green, blue] = color.slice(0, 3).map((part) => {
        const share = part / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
    }
    const behind = (element: Element | null): number[] => {
      for (let at = element; at; at = at.parentElement) {
        const color = rgb(getComputedStyle(at).backgroundColor)
        if (color[3] === 255) return color
      }
      return [255, 255, 255, 255]
    }
    const faint: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!
      if (!node.textContent!.trim() || !element.checkVisibility({ visibilityProperty: true })) continue
      const style = getComputedStyle(element)
      const [a, b] = [luminance(rgb(style.color)), luminance(behind(element))]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      const size = Number.parseFloat(style.fontSize)
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5))
        faint.push(`${ratio.toFixed(2)} ${node.textContent!.trim().slice(0, 40)}`)
    }
    return faint
  })
}

for (const screen of screens) {
  describe(`at ${screen.width} px, ${screen.scheme}`, () => {
    it('every text stands out from its background, with everything unfolded', async () => {
      const plain = makeReportData()
      const data = makeReportData({ run: withSessions(plain.run) })
      const { page } = await browser.open(`contrast-${screen.width}-${screen.scheme}`, data, screen)
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      await page.waitForSelector('#timeline tbody tr')
      expect(await faintTexts(page)).toEqual([])
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow).toBe(0)
      await page.close()
    })

    it('nothing jumps while the page comes up, or while its charts are read', async () => {
      const data = makeReportData()
      const errorsByKind = Object.fromEntries(
        ['timeout', 'connection-reset', 'http-503', 'protocol-error', 'http-429'].map((kind) => [kind, 7]),
      )
      const timeline = data.timeline.map((second, i) =>
        i % 3 === 0 ? { ...second, errorsByKind, errors: 35 } : second,
      )
      const name = `still-${screen.width}-${screen.scheme}`
      const { page } = await browser.open(name, { ...data, timeline }, screen)
      const shifted = await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            let sum = 0
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value
            }).observe({ type: 'layout-shift', buffered: true })
            setTimeout(() => resolve(sum), 300)
          }),
      )
      expect(shifted).toBeLessThan(0.01)
      const places = () =>
        page.locator('.plot, .table-scroll, h2, .keys li').evaluateAll((all) =>
          all.map((element) => {
            const { left, top } = element.getBoundingClientRect()
            return { left, top: top + scrollY }
          }),
        )
      for (const [chart, over] of (await page.locator('.u-over').all()).entries()) {
        await over.scrollIntoViewIfNeeded()
        const before = await places()
        const box = (await over.boundingBox())!
        for (const share of [0.1, 0.35, 0.6, 0.9]) {
          await page.mouse.move(box.x + box.width * share, box.y + box.height * share)
          for (const [index, place] of (await places()).entries()) {
            const title = `place ${index}, chart ${chart} at ${share}`
            expect(Math.abs(place.left - before[index]!.left), title).toBeLessThan(1)
            expect(Math.abs(place.top - before[index]!.top), title).toBeLessThan(1)
          }
        }
      }
      await page.close()
    })
  })
}

describe('readers who do not see the page', () => {
  it('find names on everything that they can use, and headings in their order', async () => {
    const { page } = await browser.open('names', makeReportData())
    const nameless = await page.evaluate(() => {
      const usable = document.querySelectorAll('a, button, input, summary, [tabindex="0"], [role="img"]')
      return [...usable]
        .filter((element) => {
          const name = element.getAttribute('aria-label') ?? element.textContent
          return !name?.trim()
        })
        .map((element) => element.outerHTML.slice(0, 120))
    })
    expect(nameless).toEqual([])
    const levels = await page
      .locator('h1, h2, h3')
      .evaluateAll((all) => all.map((heading) => Number(heading.tagName[1])))
    expect(levels[0]).toBe(1)
    expect(levels.filter((level) => level === 1).length).toBe(1)
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1)
    expect(await page.locator('main').count()).toBe(1)
    expect(await page.locator('html[lang=en]').count()).toBe(1)
    await page.close()
  })

  it('get everywhere by the keyboard, to the answer at once', async () => {
    const { page } = await browser.open('keyboard', makeReportData())
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the answer')
    const reached = new Set<string>()
    for (let i = 0; i < 120; i++) {
      await page.keyboard.press('Tab')
      const section = await page.evaluate(
        () => document.activeElement?.closest('section')?.id ?? document.activeElement?.tagName ?? '',
      )
      reached.add(section)
    }
    for (const id of [
      'latency',
      'timeline',
      'flame',
      'slowest',
      'connections',
      'generator',
      'repeat',
      'details',
    ]) {
      expect(reached).toContain(id)
    }
    await page.close()
  })
})

describe('on paper', () => {
  it('the page is light, unfolded and no wider than the sheet, and comes back as it was', async () => {
    const { page } = await browser.open('print', makeReportData(), { width: 1440, scheme: 'dark' })
    const state = () =>
      page.evaluate(() => ({
        surface: getComputedStyle(document.documentElement).backgroundColor,
        open: document.querySelectorAll('#details details[open]').length,
        widest: Math.max(...[...document.querySelectorAll('canvas')].map((canvas) => canvas.clientWidth)),
      }))
    const before = await state()
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    const printed = await state()
    expect(printed.surface).toBe('rgb(255, 255, 255)')
    expect(printed.open).toBe(await page.locator('#details details').count())
    expect(printed.widest).toBeLessThanOrEqual(680)
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    expect(await state()).toEqual(before)
    const pdf = await page.pdf({ format: 'A4' })
    expect(boxesInPdf(pdf).get(categoryFill('transport'))).toBeGreaterThan(1)
    await page.close()
  })
})
