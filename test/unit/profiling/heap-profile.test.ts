import { Session } from 'node:inspector/promises'
import { describe, expect, it } from 'vitest'
import { heapFlame } from '../../../src/profiling/heap-flame.js'
import { checkHeapProfile, type HeapNode, heapLimits } from '../../../src/profiling/heap-profile.js'

const node = (
  id: number,
  functionName: string,
  selfSize: number,
  children: readonly HeapNode[] = [],
  url = 'file:///app/a.js',
): HeapNode => ({
  id,
  callFrame: { functionName, scriptId: '1', url, lineNumber: 3, columnNumber: 0 },
  selfSize,
  children,
})
const good = {
  head: node(
    1,
    '(root)',
    0,
    [
      node(2, 'serve', 100, [node(4, 'keep', 50)]),
      node(3, 'parse', 7, [], 'file:///app/node_modules/pg/x.js'),
    ],
    '',
  ),
  samples: [{ size: 50, nodeId: 4, ordinal: 1 }],
}

function problemOf(value: unknown): string | null {
  const checked = checkHeapProfile(value)
  return 'problem' in checked ? checked.problem : null
}

describe('checkHeapProfile', () => {
  it('passes a good profile unchanged, and what V8 writes', async () => {
    expect(checkHeapProfile(structuredClone(good))).toEqual({ profile: good })
    const session = new Session()
    session.connect()
    await session.post('HeapProfiler.startSampling', { samplingInterval: 4_096 })
    const kept = Array.from({ length: 10_000 }, (_, index) => ({ index }))
    const { profile } = await session.post('HeapProfiler.stopSampling')
    session.disconnect()
    expect(kept).toHaveLength(10_000)
    const checked = checkHeapProfile(profile)
    expect('profile' in checked && checked.profile.samples.length).toBeGreaterThan(0)
  })

  it('leaves out the samples of nodes that came after the tree was copied', () => {
    const late = { size: 1, nodeId: 9, ordinal: 7 }
    const checked = checkHeapProfile({ ...good, samples: [...good.samples, late] })
    expect(checked).toEqual(checkHeapProfile(good))
    expect(checked).toHaveProperty('profile')
  })

  it('names what is wrong', () => {
    expect(problemOf(null)).toBe('the profile is not an object')
    expect(problemOf({})).toBe('a node is not an object')
    expect(problemOf({ head: { ...good.head, children: 5 } })).toBe('children is not a list')
    expect(problemOf({ head: node(1, 'a', -1) })).toBe('a size is negative')
    expect(problemOf({ head: node(1, 'a', 0, [node(1, 'b', 0)]) })).toBe('node 1 appears twice')
    expect(problemOf({ ...good, samples: [{ size: 1, nodeId: 1 }] })).toMatch(/ordinal/)
    let deep = node(0, 'leaf', 1)
    for (let id = 1; id <= heapLimits.depth + 1; id++) deep = node(id, 'f', 0, [deep])
    expect(problemOf({ head: deep })).toBe('its stacks are too deep')
  })
})

describe('heapFlame', () => {
  it('keeps every byte at its stack, coloured by whose code it is', () => {
    const { unit, frames, nodes, streams } = heapFlame(good)
    const rows = Array.from(nodes.frame, (frame, index) => {
      const { name, file, line, category } = frames[frame]!
      return [name, file, line, category, nodes.parent[index], nodes.self[index]]
    })
    expect([unit, streams]).toEqual(['bytes', []])
    expect(rows).toEqual([
      ['all', '', 0, 'unattributed', -1, 0],
      ['serve', '/app/a.js', 4, 'business-logic', 0, 100],
      ['parse', '/app/node_modules/pg/x.js', 4, 'database-driver', 0, 7],
      ['keep', '/app/a.js', 4, 'business-logic', 1, 50],
    ])
  })
})
