import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Against, ProfilePage } from '../../../src/report/html/page-data.js'
import { renderProfilePage } from '../../../src/report/html/render-profile-page.js'
import { type PageAssets, renderReport } from '../../../src/report/html/render-report.js'
import type { ReportData } from '../../../src/report/report-data.js'
import { launchChromium } from './chromium.js'

const entry = fileURLToPath(new URL('../../../src/report/html/page/main.ts', import.meta.url))

export interface Opened {
  readonly page: Page
  /** Errors and warnings of the page's console. */
  readonly problems: string[]
  readonly requests: string[]
}

export interface Screen {
  readonly width: number
  readonly scheme: 'light' | 'dark'
}

const desk: Screen = { width: 1440, scheme: 'light' }

/** A Chromium that shows report pages, with the page's script and stylesheet as they are in the sources. */
export class ReportBrowser {
  readonly #browser: Browser
  readonly #assets: PageAssets
  readonly #folder = mkdtempSync(join(tmpdir(), 'plimsoll-report-'))

  private constructor(browser: Browser, assets: PageAssets) {
    this.#browser = browser
    this.#assets = assets
  }

  static async launch(): Promise<ReportBrowser> {
    const assets = await bundle()
    const browser = await launchChromium()
    return new ReportBrowser(browser, assets)
  }

  render(data: ReportData, against: Against | null = null): string {
    return renderReport(data, this.#assets, against)
  }

  renderProfile(page: Omit<ProfilePage, 'kind'>): string {
    return renderProfilePage(page, this.#assets)
  }

  /** Opens a page that `render` or `renderProfile` made. */
  async openHtml(name: string, html: string, screen: Screen = desk): Promise<Opened> {
    const file = join(this.#folder, `${name}.html`)
    writeFileSync(file, html)
    return await this.openFile(file, screen)
  }

  /** Opens the report of `data`. */
  async open(name: string, data: ReportData, screen: Screen = desk): Promise<Opened> {
    return await this.openHtml(name, this.render(data), screen)
  }

  async openFile(file: string, screen: Screen = desk, more: BrowserContextOptions = {}): Promise<Opened> {
    const page = await this.#browser.newPage({
      viewport: { width: screen.width, height: 900 },
      colorScheme: screen.scheme,
      reducedMotion: 'reduce',
      ...more,
    })
    const problems: string[] = []
    const requests: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    await page.waitForSelector('.footer')
    return { page, problems, requests }
  }

  async close(): Promise<void> {
    await this.#browser.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

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

/** What a reader sees of an element. */
export const textOf = async (page: Page, selector: string): Promise<string> =>
  await shown(page.locator(selector).first())

export const shown = async (element: Locator): Promise<string> => (await element.allInnerTexts())[0] ?? ''

/** The page keeps numbers and units together. */
export const plainSpaces = (shown: string): string => shown.replaceAll('\u00a0', ' ')

/** The cells of the tables in a section, row by row. */
export const tableRows = (page: Page, selector: string): Promise<string[][]> =>
  page
    .locator(`${selector} tbody tr`)
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent!.trim())),
    )

/** Terms and values of a list of facts or figures. */
export const termsOf = (page: Page, selector: string): Promise<Record<string, string>> =>
  page
    .locator(`${selector} dl > div`)
    .evaluateAll((entries) =>
      Object.fromEntries(
        entries.map((entry) => [
          entry.querySelector('dt')!.textContent ?? '',
          entry.querySelector('dd')!.textContent!.trim(),
        ]),
      ),
    )
