import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heapFlame } from '../../../src/profiling/heap-flame.js'
import { attachError, Labs, serving } from './labs.js'

const files = {
  'hoard.cjs': `
const kept = []
let garbage = null
function hoard(blocks) { for (let block = 0; block < blocks; block++) kept.push(new Array(10000).fill(block)) }
function waste(blocks) { for (let block = 0; block < blocks; block++) garbage = new Array(10000).fill(block) }
function answer(path) {
  if (path === '/hoard') { hoard(500); waste(500); global.gc(); return kept.length }
  if (path === '/exit') { setImmediate(() => process.exit(0)); return 0 }
  return 'here'
}
${serving}`,
}

let labs: Labs
beforeAll(async () => {
  labs = await Labs.write(files)
})
afterAll(() => labs.remove())

describe('sampleHeap', () => {
  it('finds what was kept and who kept it, and not what was collected', async () => {
    const lab = await labs.start('hoard.cjs', '--expose-gc')
    const node = await lab.attach()
    const sampling = node.sampleHeap(1_500)
    await delay(200)
    await lab.ask('/hoard')
    const { unit, frames, nodes } = heapFlame(await sampling)
    const bytesOf = (name: string): number =>
      nodes.self.reduce(
        (sum, bytes, node) => sum + (frames[nodes.frame[node]!]!.name === name ? bytes : 0),
        0,
      )
    // 500 arrays of 10,000 pointers of 8 bytes.
    expect(unit).toBe('bytes')
    expect(bytesOf('hoard')).toBeGreaterThan(0.75 * 40e6)
    expect(bytesOf('hoard')).toBeLessThan(1.25 * 40e6)
    expect(bytesOf('waste')).toBeLessThan(4e6)
    expect(frames.find(({ name }) => name === 'hoard')).toEqual({
      name: 'hoard',
      file: labs.path('hoard.cjs'),
      line: 4,
      category: 'business-logic',
    })
    expect(await lab.ask('/')).toBe('here')
  })

  it('fails soon when the process ends meanwhile', async () => {
    const lab = await labs.start('hoard.cjs', '--expose-gc')
    const node = await lab.attach()
    const failed = attachError(node.sampleHeap(20_000))
    await delay(100)
    await lab.ask('/exit')
    expect((await failed).message).toContain('HeapProfiler.stopSampling failed')
  })
})
