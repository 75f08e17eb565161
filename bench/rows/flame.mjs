import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { analyzeProfiles } from '../../dist/src/profiling/analyze-profile.js'
import { loadPageAssets, renderReport } from '../../dist/src/report/html/render-report.js'
import { reportFlame } from '../../dist/src/report/report-flame.js'
import { readReportData } from '../../dist/src/run/read-run.js'
import { busyProfile } from '../support/busy-profile.mjs'
import { bundled, launchChromium } from '../support/chromium.mjs'
import { root } from '../support/machine.mjs'
import { node, runProgram, shown, startNodeLab, temporaryFolder } from '../support/measure.mjs'

/** As the demo of the package names its graphs, each of 100,000 nodes. */
const graphs = {
  large: '100,000 nodes, calls up to 92 deep',
  comb: '2,000 stacks of 50 frames',
  deepest: '10 stacks of 10,000 frames',
}
const motions = ['pan', 'zoom', 'glide', 'scroll']
/** Frames come at whole ticks of 16.7 ms, give or take 0.1: two of them are 30 frames a second still. */
const lateMs = 33.5

/** How smoothly the flame graph moves in a real browser, beside an empty page, and how large a report with one is. */
export async function flameRow({ quick, log }) {
  const forMs = quick ? 1_000 : 4_000
  const browser = await launchChromium()
  const rows = []
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.setContent('<!doctype html><body></body>')
    await page.addStyleTag({ path: join(root, 'packages/flame-graph/src/flame-graph.css') })
    await page.addScriptTag({ content: await bundled('bench/micro/flame.mjs') })
    const framesOf = (motion, search) =>
      page.evaluate((args) => globalThis.frameTimes(...args), [motion, search, forMs])
    rows.push(frameRow('an empty page', await framesOf('nothing', ''), false))
    for (const [kind, what] of Object.entries(graphs)) {
      await page.evaluate((name) => globalThis.show(name), kind)
      const all = []
      for (const motion of motions) {
        for (const search of ['', 'function1']) {
          const times = await framesOf(motion, search)
          log(`${kind}, ${motion}${search === '' ? '' : ', search on'}: ${figureOf(times)}`)
          all.push(...times)
        }
      }
      rows.push(frameRow(what, all, true))
    }
  } finally {
    await browser.close()
  }
  return [...rows, await reportRow()]
}

function figureOf(times) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  const late = times.filter((ms) => ms > lateMs).length / times.length
  return `median ${shown(at(0.5))} ms, p95 ${shown(at(0.95))}, worst ${shown(at(1))}; ${(late * 100).toFixed(1)} % late`
}

/** 30 frames a second: 19 of 20 frames in time. Without a graph it is the machine that is measured. */
function frameRow(what, times, decides) {
  const late = times.filter((ms) => ms > lateMs).length / times.length
  return {
    what: `time from frame to frame: ${what}`,
    figure: `${figureOf(times)} (of ${times.length.toLocaleString('en-US')})`,
    reach: decides ? '95 % within two ticks (33.4 ms)' : '',
    ok: decides ? late <= 0.05 : null,
  }
}

/** A real run's report, its profile replaced by one of a busy minute. */
async function reportRow() {
  const folder = temporaryFolder()
  const lab = await startNodeLab('busy-healthy')
  try {
    const command = [
      join(root, 'bin/plimsoll.js'),
      'run',
      `ws://127.0.0.1:${lab.port}/`,
      '--explore',
      '--quiet',
    ]
    await runProgram(node(...command, '-d', '5s', '--warmup', '1s', '--out', join(folder, 'run')))
    const data = await readReportData(join(folder, 'run'))
    const thread = { pid: 1, threadId: 0, thread: 'main', profile: busyProfile(100_000), scripts: new Map() }
    const analysis = analyzeProfiles([thread], { readSource: () => null })
    const flames = [reportFlame({ title: 'CPU', how: 'inspector', analysis })]
    const file = join(folder, 'report.html')
    writeFileSync(file, renderReport({ ...data, flames }, loadPageAssets()))
    const megabytes = readFileSync(file).length / 1e6
    return {
      what: 'report of a run with a profile of 60,000 samples and 100,000 nodes',
      figure: `${shown(megabytes)} MB`,
      reach: '< 5 MB',
      ok: megabytes < 5,
    }
  } finally {
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
