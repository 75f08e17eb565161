import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { FlameGraph } from '../../../packages/flame-graph/src/flame-graph.js'
import { launchChromium } from './chromium.js'

declare global {
  /** The graph of the demo page. */
  var flameGraph: FlameGraph
}

const home = fileURLToPath(new URL('../../../packages/flame-graph/', import.meta.url))

interface Part {
  readonly type: string
  readonly body: string
}

/** The demo page of the flame-graph package, as its sources are, on a loopback server in a Chromium. */
export class FlameDemo {
  readonly origin: string
  readonly #server: Server
  readonly #browser: Browser

  private constructor(server: Server, browser: Browser) {
    this.#server = server
    this.#browser = browser
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async launch(): Promise<FlameDemo> {
    const parts = await partsOfPage()
    const server = createServer((request, response) => {
      const part = parts.get(new URL(request.url!, 'http://localhost').pathname)
      if (part === undefined) {
        response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end()
        return
      }
      // The page of the README has its script in itself.
      const inline = request.url === '/readme.html' ? " 'unsafe-inline'" : ''
      response
        .writeHead(200, {
          'content-type': part.type,
          'content-security-policy': `default-src 'self'${inline}`,
        })
        .end(part.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const browser = await launchChromium()
    return new FlameDemo(server, browser)
  }

  /** @param path such as `/demo/index.html?data=deep` */
  async open(
    path = '/demo/index.html',
    scheme: 'light' | 'dark' = 'light',
    more: BrowserContextOptions = {},
  ): Promise<Opened> {
    const page = await this.#browser.newPage({
      viewport: { width: 1280, height: 900 },
      colorScheme: scheme,
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
    await page.goto(this.origin + path)
    await page.locator('.flame-scroll canvas').waitFor()
    return { page, problems, requests }
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export interface Opened {
  readonly page: Page
  /** Errors and warnings of the page's console. */
  readonly problems: string[]
  readonly requests: string[]
}

async function partsOfPage(): Promise<Map<string, Part>> {
  const { outputFiles } = await build({
    entryPoints: [`${home}src/index.ts`],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  const file = (path: string): string => readFileSync(home + path, 'utf8')
  const script = (body: string): Part => ({ type: 'text/javascript', body })
  const readme = /```html\n([\s\S]*?)```/.exec(file('README.md'))![1]!
  return new Map<string, Part>([
    ['/demo/index.html', { type: 'text/html', body: file('demo/index.html') }],
    ['/demo/demo.css', { type: 'text/css', body: file('demo/demo.css') }],
    ['/demo/demo.js', script(file('demo/demo.js'))],
    ['/demo/data.js', script(file('demo/data.js'))],
    ['/dist/index.js', script(outputFiles[0]!.text)],
    ['/dist/flame-graph.css', { type: 'text/css', body: file('src/flame-graph.css') }],
    ['/readme.html', { type: 'text/html', body: readme }],
  ])
}
