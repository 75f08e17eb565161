import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import type { NodeTarget } from '../../../src/profiling/node-target.js'
import type { ScriptText, ThreadProfile } from '../../../src/profiling/thread-profile.js'
import { type Lab, Labs, serving, until } from './labs.js'
import { withEachVersion } from './node-versions.js'

/** Too long to be inlined, since V8 shows what is inlined as a part of the caller. */
const spin = (name: string): string => `function ${name}(steps) {
  let sum = 0
  for (let step = 0; step < steps; step++) {
${'    sum = (sum * 31 + step) % 1000003\n'.repeat(80)}  }
  return sum
}
exports.${name} = ${name}
`
const inlineMap = `data:application/json;base64,${Buffer.from('{"version":3}').toString('base64')}`
const files = {
  'inline.cjs': `${spin('mapped')}//# sourceMappingURL=${inlineMap}\n`,
  'beside.cjs': `${spin('bundled')}//# sourceMappingURL=beside.cjs.map\n`,
  'cold.cjs': spin('never'),
  'loops.cjs': `
const { mapped } = require('./inline.cjs')
let calls = 0
function work() { mapped(2000); calls++; setImmediate(work) }
work()
const answer = () => calls
${serving}`,
  'main.cjs': `
const { mapped } = require('./inline.cjs')
const { bundled } = require('./beside.cjs')
require('./cold.cjs')
${spin('local')}
function work() { mapped(20000); bundled(20000); local(20000); setImmediate(work) }
work()
const answer = () => 'here'
${serving}`,
}

let labs: Labs
let lab: Lab
let node: NodeTarget
let threads: readonly ThreadProfile[]
let texts: ReadonlyMap<string, ScriptText>
beforeAll(async () => {
  labs = await Labs.write(files)
  lab = await labs.start('main.cjs')
  node = await lab.attach()
  await node.prime()
  await node.startProfile()
  await delay(700)
  threads = await node.stopProfile()
  await writeFile(labs.path('main.cjs'), '// something else now')
})
afterAll(() => labs.remove())

describe('the texts of the scripts that a profile met', () => {
  it('are those that run, with their source maps and the places of their functions', async () => {
    expect(threads[0]!.scripts.size).toBe(0)
    const [{ scripts }] = (await node.withScripts(threads)) as [ThreadProfile]
    texts = scripts
    const textOf = (name: string): ScriptText => scripts.get(`file://${labs.path(name)}`)!
    // Whichever of them took a little more.
    expect([...scripts.keys()].filter((url) => !url.startsWith('node:')).sort()).toEqual(
      ['beside.cjs', 'inline.cjs', 'main.cjs'].map((name) => `file://${labs.path(name)}`),
    )
    expect(textOf('inline.cjs')).toMatchObject({ source: files['inline.cjs'], sourceMapUrl: inlineMap })
    expect(textOf('beside.cjs')).toMatchObject({
      source: files['beside.cjs'],
      sourceMapUrl: 'beside.cjs.map',
    })
    const main = textOf('main.cjs')
    expect(main.source).toContain(files['main.cjs'])
    expect(main.sourceMapUrl).toBeNull()
    const work = main.functions!.find(({ name }) => name === 'work')!
    expect(main.source!.slice(work.start, work.end)).toBe(
      'function work() { mapped(20000); bundled(20000); local(20000); setImmediate(work) }',
    )
    expect(await lab.ask('/')).toBe('here')
  })

  it('can be had again, and not from a target that is gone', async () => {
    const again = await node.withScripts(threads)
    expect([...again[0]!.scripts.keys()].sort()).toEqual([...texts.keys()].sort())
    await node.detach()
    const gone = await node.withScripts(threads)
    expect(gone[0]!.scripts.size).toBe(0)
    expect(gone[0]!.profile).toBe(threads[0]!.profile)
  })
})

describe('loops that were compiled before the profile began', () => {
  it('are found under their own functions on every Node', async () => {
    await withEachVersion(async ({ binary }) => {
      const started = await labs.startWith(binary, 'loops.cjs')
      const target = await started.attach()
      await target.prime()
      await delay(500)
      await target.startProfile()
      const callsBefore = await started.ask<number>('/')
      await delay(500)
      // On a busy machine it takes a while until the code is optimised again.
      await until(async () => (await started.ask<number>('/')) > callsBefore + 250)
      const { hottest } = analyzeProfiles(await target.withScripts(await target.stopProfile()))
      expect(hottest[0]).toMatchObject({ function: 'mapped', file: labs.path('inline.cjs') })
    })
  })
})
