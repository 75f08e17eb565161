import { describe, expect, it } from 'vitest'
import type { CpuProfile } from '../../../src/profiling/cpu-profile.js'
import { hottestScripts } from '../../../src/profiling/script-texts.js'

/** A chain of frames, each in a script of its own, with that many samples on top of each. */
function chain(scripts: ReadonlyArray<readonly [scriptId: string, url: string, hits: number]>): CpuProfile {
  const nodes = [['0', '', 0] as const, ...scripts].map(([scriptId, url, hitCount], index, all) => ({
    id: index + 1,
    callFrame: { functionName: 'f', scriptId, url, lineNumber: 0, columnNumber: 0 },
    hitCount,
    ...(index + 1 < all.length ? { children: [index + 2] } : {}),
  }))
  const samples = nodes.flatMap(({ id, hitCount }) => Array.from({ length: hitCount }, () => id))
  return { nodes, startTime: 0, endTime: samples.length, samples, timeDeltas: samples.map(() => 1) }
}

describe('hottestScripts', () => {
  it('counts a script once a sample, wherever it is on the stack, and names Node’s own after the others', () => {
    const profile = chain([
      ['1', 'file:///main.js', 10],
      ['2', 'node:events', 50],
      ['3', 'file:///lib.js', 30],
      ['1', 'file:///main.js', 10],
      ['4', 'plimsoll:observer', 900],
    ])
    expect(hottestScripts(profile)).toEqual([
      { scriptId: '1', url: 'file:///main.js', share: 1 },
      { scriptId: '3', url: 'file:///lib.js', share: 0.94 },
      { scriptId: '2', url: 'node:events', share: 0.99 },
    ])
  })

  it('leaves out what no sample met, all but sixty, and all but forty of Node', () => {
    const cold = chain([
      ['1', 'file:///main.js', 999],
      ['2', 'file:///cold.js', 1],
      ['3', 'file:///never.js', 0],
    ])
    expect(hottestScripts(cold).map(({ url }) => url)).toEqual(['file:///main.js', 'file:///cold.js'])
    const many = chain(
      Array.from(
        { length: 200 },
        (_, index) => [String(index), `${index < 100 ? 'file:///' : 'node:'}${index}.js`, 5] as const,
      ),
    )
    const urls = hottestScripts(many).map(({ url }) => url)
    expect(urls.filter((url) => url.startsWith('file:'))).toHaveLength(60)
    expect(urls.filter((url) => url.startsWith('node:'))).toHaveLength(40)
    expect(hottestScripts(chain([]))).toEqual([])
  })

  it('walks stacks of 10,000 frames', () => {
    const deep = chain(
      Array.from(
        { length: 10_000 },
        (_, index) => [String(index % 5), `file:///${index % 5}.js`, 1] as const,
      ),
    )
    expect(hottestScripts(deep)).toHaveLength(5)
  })
})
