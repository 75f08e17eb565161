import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FlameDemo } from './support/flame-demo.js'

let demo: FlameDemo
beforeAll(async () => {
  demo = await FlameDemo.launch()
})
afterAll(async () => {
  await demo?.close()
})

const status = async (page: Page): Promise<string> => (await page.locator('.flame-status').textContent())!
const view = (page: Page): Promise<{ from: number; to: number }> =>
  page.evaluate(() => ({ ...flameGraph.view }))
const selected = (page: Page): Promise<string | undefined> => page.evaluate(() => flameGraph.selected?.name)
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  await page.locator('.flame-scroll').focus()
  for (const key of keys) await page.keyboard.press(key)
}
const whole = { from: 0, to: 1 }

/** The middle of a frame on the page, in pixels of the window. */
const middleOf = (page: Page, index: number): Promise<{ x: number; y: number }> =>
  page.evaluate((at) => {
    const { layout, view } = flameGraph
    const box = document.querySelector('.flame-scroll canvas')!.getBoundingClientRect()
    const scrolled = document.querySelector('.flame-scroll')!.scrollTop
    const share = (layout.left[at]! + layout.right[at]!) / 2
    return {
      x: box.left + ((share - view.from) / (view.to - view.from)) * box.width,
      y: box.top + layout.tree.depth[at]! * 20 + 10 - scrolled,
    }
  }, index)

/** Index of the widest frame of the third row. */
const inThirdRow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { tree, left, right } = flameGraph.layout
    const row = Array.from(tree.depth.keys()).filter((i) => tree.depth[i] === 2)
    return row.reduce((a, b) => (right[b]! - left[b]! > right[a]! - left[a]! ? b : a))
  })

describe('the keyboard', () => {
  it('walks, zooms into a frame, goes back and shows all again', async () => {
    const { page, problems } = await demo.open()
    await press(page, 'ArrowDown')
    expect(await selected(page)).toBe('all')
    await press(page, 'ArrowDown', 'ArrowDown')
    const deep = await selected(page)
    expect(await status(page)).toContain(`${deep}  src/file`)
    await press(page, 'ArrowUp')
    const above = await selected(page)
    expect(above).not.toBe(deep)
    await press(page, 'ArrowRight')
    const beside = await selected(page)
    expect(beside).not.toBe(above)
    await press(page, 'ArrowLeft')
    expect(await selected(page)).toBe(above)

    await press(page, 'ArrowRight', 'Enter')
    const zoomed = await view(page)
    const edges = await page.evaluate(() => {
      const { index } = flameGraph.selected!
      return { from: flameGraph.layout.left[index]!, to: flameGraph.layout.right[index]! }
    })
    expect(zoomed.from).toBeCloseTo(edges.from, 9)
    expect(zoomed.to).toBeCloseTo(edges.to, 9)
    expect(zoomed.to - zoomed.from).toBeLessThan(0.9)
    await press(page, 'Backspace')
    expect(await view(page)).toEqual(whole)
    await press(page, 'Enter', 'Escape')
    expect(await view(page)).toEqual(whole)
    expect(await selected(page)).toBeUndefined()
    expect(problems).toEqual([])
    await page.close()
  })

  it('zooms by + and - around the middle', async () => {
    const { page } = await demo.open()
    await press(page, '+', '+')
    const { from, to } = await view(page)
    expect(to - from).toBeCloseTo(0.25, 9)
    expect((from + to) / 2).toBeCloseTo(0.5, 9)
    await press(page, '-')
    expect((await view(page)).to - (await view(page)).from).toBeCloseTo(0.5, 9)
    await press(page, '-', '-')
    expect(await view(page)).toEqual(whole)
    await page.close()
  })

  it('reaches the search and the switches by Tab, and leaves the graph again', async () => {
    const { page } = await demo.open()
    const reached: string[] = []
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab')
      reached.push(
        await page.evaluate(() => document.activeElement!.id || document.activeElement!.classList[0] || ''),
      )
    }
    expect(reached.slice(0, 3)).toEqual(['search', 'callers', 'second'])
    expect(reached.filter((name) => name === 'flame-category')).toHaveLength(5)
    const graph = reached.indexOf('flame-scroll')
    expect(graph).toBe(8)
    expect(reached[graph + 1]).not.toBe('flame-scroll')
    await page.close()
  })
})

describe('the pointer', () => {
  it('zooms by click and wheel, pans by drag, and back leads to each place', async () => {
    const { page } = await demo.open()
    const index = await inThirdRow(page)
    const { x, y } = await middleOf(page, index)
    await page.mouse.click(x, y)
    const zoomed = await view(page)
    expect(zoomed.from).toBeCloseTo(await page.evaluate((i) => flameGraph.layout.left[i]!, index), 9)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x - 200, y, { steps: 4 })
    await page.mouse.up()
    const panned = await view(page)
    expect(panned.from).toBeGreaterThan(zoomed.from)
    expect(panned.to - panned.from).toBeCloseTo(zoomed.to - zoomed.from, 9)
    await page.evaluate(() => flameGraph.back())
    expect(await view(page)).toEqual(whole)
    await page.mouse.move(x, y)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -200)
    await page.keyboard.up('Control')
    await expect.poll(async () => (await view(page)).to - (await view(page)).from).toBeLessThan(0.6)
    await page.close()
  })

  it('shows what a frame holds beside the pointer, and hides it again', async () => {
    const { page } = await demo.open()
    const tooltip = page.locator('.flame-tooltip')
    expect(await tooltip.isVisible()).toBe(false)
    const index = await inThirdRow(page)
    const { x, y } = await middleOf(page, index)
    await page.mouse.move(x, y)
    const { name, file, line, totalShare } = await page.evaluate((i) => flameGraph.info(i), index)
    expect(await tooltip.locator('.flame-tooltip-name').textContent()).toBe(name)
    expect(await tooltip.locator('.flame-tooltip-place').textContent()).toBe(`${file}:${line}`)
    const amounts = await tooltip.locator('.flame-tooltip-amount').allTextContents()
    expect(amounts[0]).toMatch(/^total [0-9.]+ .?s, [0-9.]+ %$/)
    expect(Number(/, ([0-9.]+) %/.exec(amounts[0]!)![1])).toBeCloseTo(totalShare * 100, 0)
    expect(amounts[1]).toMatch(/^self /)
    const box = (await tooltip.boundingBox())!
    expect(box.x + box.width).toBeLessThanOrEqual(1280)
    await page.mouse.move(5, 5)
    expect(await tooltip.isVisible()).toBe(false)
    await page.close()
  })
})

describe('the search', () => {
  it('finds by text in any case, n walks through the matches, and an empty text lights up all', async () => {
    const { page } = await demo.open()
    const canvas = page.locator('.flame-scroll canvas')
    const plain = await canvas.screenshot()
    await page.locator('#search').fill('FUNCTION1')
    // function1 itself has HTML for a name; function10 … function19 are left.
    expect(await page.evaluate(() => flameGraph.found?.frames)).toBe(10)
    expect((await canvas.screenshot()).equals(plain)).toBe(false)
    const seen = new Set<string | undefined>()
    for (let i = 0; i < 10; i++) {
      await press(page, 'n')
      seen.add(await selected(page))
    }
    expect([...seen].sort()).toEqual(Array.from({ length: 10 }, (_, i) => `function1${i}`))
    await press(page, 'Escape')
    await page.locator('#search').fill('')
    expect(await page.evaluate(() => flameGraph.found)).toBeNull()
    await page.mouse.move(5, 5)
    await page.locator('#search').blur()
    expect((await canvas.screenshot()).equals(plain)).toBe(true)
    await page.close()
  })

  it('finds by pattern, and refuses one that is none', async () => {
    const { page } = await demo.open()
    const found = (pattern: string): Promise<number | undefined> =>
      page.evaluate((text) => flameGraph.search(text, 'pattern')?.frames, pattern)
    expect(await found('^function[23]$')).toBe(2)
    expect(await found('^nothing$')).toBe(0)
    expect(
      await page.evaluate(() => {
        try {
          flameGraph.search('(', 'pattern')
          return 'no error'
        } catch (error) {
          return (error as Error).name
        }
      }),
    ).toBe('SyntaxError')
    await page.close()
  })
})

describe('callers and differences', () => {
  it('turns the stacks round', async () => {
    const { page } = await demo.open()
    await press(page, 'ArrowDown', 'ArrowDown')
    const widest = await selected(page)
    await page.locator('#callers').click()
    expect(await page.locator('#callers').getAttribute('aria-pressed')).toBe('true')
    await press(page, 'ArrowDown', 'ArrowDown')
    expect(await selected(page)).not.toBe(widest)
    expect(await page.evaluate(() => flameGraph.selected!.total)).toBe(
      await page.evaluate(() => Math.max(...flameGraph.data.self)),
    )
    await page.close()
  })

  it('says by text and arrows, not by colour alone, what has changed', async () => {
    const { page } = await demo.open()
    await page.locator('#second').click()
    const legend = await page.locator('.flame-legend .flame-category').allInnerTexts()
    expect(legend.map((text) => text.trim())).toEqual([
      '▼▼ halved or gone',
      '▼ less',
      'about the same',
      '▲ more',
      '▲▲ doubled or new',
    ])
    await press(page, 'ArrowDown', 'ArrowDown')
    const { before, after } = await page.evaluate(() => flameGraph.selected!.change!)
    const text = await status(page)
    const told = /total before ([0-9.]+) %, after ([0-9.]+) %: [+−±][0-9.]+ points/.exec(text)
    expect(told, text).not.toBeNull()
    expect(Number(told![1])).toBeCloseTo(before * 100, 0)
    expect(Number(told![2])).toBeCloseTo(after * 100, 0)
    const { x, y } = await middleOf(page, await page.evaluate(() => flameGraph.selected!.index))
    await page.mouse.move(x, y)
    expect(await page.locator('.flame-tooltip-change').allTextContents()).toHaveLength(2)
    await page.close()
  })
})

describe('a stack of 10,000 frames', () => {
  it('opens at once, and its end can be reached, read and zoomed to', async () => {
    const { page, problems } = await demo.open('/demo/index.html?data=deep')
    const rows = await page.evaluate(() => flameGraph.layout.tree.maxDepth + 1)
    expect(rows).toBeGreaterThan(10_000)
    await page.locator('.flame-scroll').evaluate((box) => {
      box.scrollTop = box.scrollHeight
    })
    const last = rows - 1
    await page.evaluate((index) => flameGraph.zoomTo(index), last)
    expect(await status(page)).toContain('function10000 ')
    const box = (await page.locator('.flame-scroll canvas').boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 8)
    expect(await page.locator('.flame-tooltip-name').textContent()).toBe('function10000')
    await press(page, 'Escape')
    expect(await page.locator('.flame-scroll').evaluate((element) => element.scrollTop)).toBe(0)
    await page.locator('#callers').click()
    expect(await page.evaluate(() => flameGraph.mode)).toBe('callers')
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('a page that trusts nobody', () => {
  it('shows HTML in names as text', async () => {
    const { page, problems } = await demo.open()
    const index = await page.evaluate(() => {
      const { tree } = flameGraph.layout
      return tree.frame.findIndex((frame) => tree.frames[frame]!.name.startsWith('<b'))
    })
    const { x, y } = await middleOf(page, index)
    await page.evaluate((i) => flameGraph.zoomTo(i), index)
    await page.mouse.move(x, y)
    expect(await status(page)).toContain('<b id="injected">bold</b>')
    await page.locator('.flame-tooltip').waitFor()
    const inMiddle = await middleOf(page, index)
    await page.mouse.move(inMiddle.x, inMiddle.y)
    expect(await page.locator('.flame-tooltip-name').textContent()).toBe('<b id="injected">bold</b>')
    expect(await page.locator('#injected').count()).toBe(0)
    expect(problems).toEqual([])
    await page.close()
  })

  it('asks nobody but its own server for anything, whatever is done', async () => {
    const { page, problems, requests } = await demo.open('/demo/index.html', 'dark')
    await press(page, 'ArrowDown', 'ArrowDown', 'Enter', 'Backspace', '+', 'Escape')
    await page.locator('#search').fill('function')
    await page.locator('#callers').click()
    await page.locator('#second').click()
    expect(requests.length).toBeGreaterThan(3)
    expect(requests.filter((url) => !url.startsWith(`${demo.origin}/`))).toEqual([])
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the README', () => {
  it('has an example that works as it stands', async () => {
    const { page, problems } = await demo.open('/readme.html')
    expect(await page.locator('.flame-legend .flame-category').allInnerTexts()).toHaveLength(2)
    await press(page, 'ArrowDown', 'ArrowDown')
    expect(await status(page)).toBe('broadcast  src/room.js:88 · total 1 ms, 100 % · self 400 µs, 40 %')
    expect(problems).toEqual([])
    await page.close()
  })
})
