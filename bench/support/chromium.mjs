import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { root } from './machine.mjs'

/** A Chromium without a window or a graphics card, as the tests use it. */
export const launchChromium = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
  })

/** One script of the module and all that it imports. */
export async function bundled(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0].text
}
