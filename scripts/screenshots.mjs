// Makes the pictures in docs/images from a real run of the demo. Needs Chromium and a build; nothing else should run meanwhile.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { launchChromium } from '../bench/support/chromium.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const images = join(root, 'docs/images')
const mostBytes = 400_000
const attempts = 5

/** Runs the demo until the machine was quiet enough for a verdict that stands; returns its folder. */
function demoRun(folder) {
  for (let attempt = 1; ; attempt++) {
    const out = join(folder, `demo-${attempt}`)
    try {
      const options = ['demo', '--quiet', '--out', out]
      execFileSync(process.execPath, [join(root, 'bin/plimsoll.js'), ...options], { cwd: folder })
    } catch {
      // It missed its objectives on a busy machine: the next attempt may not.
    }
    const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    if (run.verdict === 'pass' && run.generator.verdict === 'valid') return out
    process.stdout.write(`attempt ${attempt}: ${run.verdict}, generator ${run.generator.verdict}\n`)
    if (attempt === attempts) throw new Error('The machine is too busy for a picture of a demo that passes.')
  }
}

async function picture(browser, report, name, { width, height, scale, scheme, prepare }) {
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: scale,
    colorScheme: scheme,
    reducedMotion: 'reduce',
  })
  await page.goto(pathToFileURL(report).href)
  await page.waitForSelector('.u-over')
  if (prepare) await prepare(page)
  const path = join(images, name)
  await page.screenshot({ path })
  await page.close()
  const bytes = statSync(path).size
  process.stdout.write(`${name}: ${Math.round(bytes / 1e3)} KB\n`)
  if (bytes > mostBytes) throw new Error(`${name} is larger than ${mostBytes} bytes.`)
}

/** The time line, with the cursor on a second of it. */
async function readTimeline(page) {
  await page.evaluate(() => {
    const section = document.querySelector('#timeline')
    scrollTo(0, section.getBoundingClientRect().top + scrollY - 54)
  })
  const heat = page.locator('.timeline .chart', { hasText: 'every message' }).locator('.u-over')
  const box = await heat.boundingBox()
  await page.mouse.move(box.x + box.width * 0.52, box.y + box.height * 0.9)
}

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-screenshots-'))
try {
  const report = join(demoRun(folder), 'report.html')
  mkdirSync(images, { recursive: true })
  const browser = await launchChromium()
  const desk = { width: 1200, height: 1300, scale: 1.5 }
  await picture(browser, report, 'report.png', { ...desk, scheme: 'light' })
  await picture(browser, report, 'report-dark.png', { ...desk, scheme: 'dark', prepare: readTimeline })
  await picture(browser, report, 'report-phone.png', { width: 390, height: 1500, scale: 2, scheme: 'light' })
  await browser.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
