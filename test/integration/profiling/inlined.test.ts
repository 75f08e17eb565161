import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { analyzeProfiles, type ProfileAnalysis } from '../../../src/profiling/analyze-profile.js'
import { Labs, serving } from './labs.js'
import { versionTitles, withEachVersion } from './node-versions.js'

/** Short enough for V8 to inline it wherever it is called. */
const burn = (name: string, times: string): string => `function ${name}(steps) {
  for (let step = 0; step < ${times}; step++) {
    sum = (sum * 31 + step) % 1000003
  }
}
`
const blank = (lines: number): string => '\n'.repeat(lines)
// Each runs 25 ms in a loop of its own, too seldom for V8 to optimise more of it than that loop.
const seldom = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth']
const seldomText = seldom
  .map(
    (name, index) => `function ${name}() {
  const until = performance.now() + 25
  do {
    for (let at = 1; at < cells.length; at++) cells[at] = cells[at] * 0.999 + cells[at - 1] * 0.001
  } while (performance.now() < until)
}
setInterval(${name}, ${350 + index})
`,
  )
  .join('')

const files = {
  // Lines 41 to 45; `outer` of the other script has lines 2 to 4.
  'inner.cjs': `let sum = 0${blank(40)}${burn('inner', 'steps')}exports.inner = inner\n`,
  'outer.cjs': `const { inner } = require('./inner.cjs')
function outer() {
  for (let turn = 0; turn < 2000; turn++) inner(100)
}
function work() { outer(); setImmediate(work) }
work()
const answer = () => 'here'
${serving}`,
  // Called by Node's timers only. `soon` has lines 61 to 65, `tick` 76 to 80.
  'timers.cjs': `let sum = 0${blank(60)}${burn('soon', '2000')}${blank(10)}${burn('tick', '100000')}
function more() { for (let turn = 0; turn < 300; turn++) setImmediate(soon); setTimeout(more, 1) }
more()
setInterval(tick, 1)
const answer = () => 'here'
${serving}`,
  'seldom.cjs': `const cells = new Float64Array(4096)
${seldomText}
const answer = () => 'here'
${serving}`,
}

/**
 * It is over nine tenths on a machine at rest. On a busy one the waits for a core count wherever they fall, and it takes
 * long until the code is optimised again: what V8 has compiled without is charged to the caller for the most part.
 */
const mostly = 0.5

let labs: Labs
beforeAll(async () => {
  labs = await Labs.write(files)
})
afterEach(() => labs.stop())
afterAll(() => labs.remove())

async function profileOf(binary: string, name: string, primedMs = 400): Promise<ProfileAnalysis> {
  const started = await labs.startWith(binary, name)
  const target = await started.attach()
  await target.prime()
  await delay(primedMs)
  await target.startProfile()
  await delay(1_200)
  return analyzeProfiles(await target.withScripts(await target.stopProfile()))
}

describe(`a function that V8 inlined into another script, on ${versionTitles}`, () => {
  it('has its own name, line and category where an app’s function called it', async () => {
    await withEachVersion(async ({ binary }) => {
      const found = await profileOf(binary, 'outer.cjs')
      expect(found.hottest[0]).toMatchObject({ function: 'inner', file: labs.path('inner.cjs'), line: 41 })
      expect(found.hottest[0]!.selfShare).toBeGreaterThan(mostly)
      expect(found.categories['business-logic']).toBeGreaterThan(mostly)
    })
  })

  it('has them where Node’s timers called it', async () => {
    await withEachVersion(async ({ binary }) => {
      const found = await profileOf(binary, 'timers.cjs')
      const file = labs.path('timers.cjs')
      const [soon, tick] = ['soon', 'tick'].map((name) => found.hottest.find((one) => one.function === name))
      expect(soon).toMatchObject({ file, line: 61 })
      expect(tick).toMatchObject({ file, line: 76 })
      expect(soon!.selfShare + tick!.selfShare).toBeGreaterThan(mostly)
      expect(found.categories['business-logic']).toBeGreaterThan(mostly)
    })
  })
})

describe(`a loop that V8 optimised before the profile began, on ${versionTitles}`, () => {
  it('is charged to its function', async () => {
    await withEachVersion(async ({ binary }) => {
      const found = await profileOf(binary, 'seldom.cjs', 1_200)
      const shares = seldom.map((name) => found.hottest.find((one) => one.function === name)?.selfShare ?? 0)
      // A sixth each, by their own clock; while V8 optimises them anew some of it is charged to their caller.
      for (const share of shares) expect(share).toBeGreaterThan(0.05)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.6)
    })
  })
})
