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
  it('counts a script once a sample, wherever it is on the stack, and leaves Node’s own out', () => {
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
    ])
  })

  it('leaves out what has less than two in a thousand samples, and all but sixty', () => {
    const cold = chain([
      ['1', 'file:///main.js', 999],
      ['2', 'file:///cold.js', 1],
    ])
    expect(hottestScripts(cold).map(({ url }) => url)).toEqual(['file:///main.js'])
    const many = chain(
      Array.from({ length: 100 }, (_, index) => [String(index), `file:///${index}.js`, 5] as const),
    )
    expect(hottestScripts(many)).toHaveLength(60)
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
