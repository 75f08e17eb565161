import { describe, expect, it } from 'vitest'
import { totalsOf } from '../../../src/report/flame-data.js'
import { type FlameFrame, fromNestedFlame } from '../../../src/report/nested-flame.js'

const frame = (
  name: string,
  self: number,
  total: number,
  children: readonly FlameFrame[] = [],
): FlameFrame => ({
  name,
  file: `${name}.js`,
  line: 3,
  category: 'transport',
  total,
  self,
  children,
})

describe('fromNestedFlame', () => {
  it('keeps every total, also where small children were left out of the tree', () => {
    const data = fromNestedFlame(
      frame('root', 1, 20, [frame('a', 4, 12, [frame('b', 5, 5)]), frame('c', 6, 6)]),
    )
    const totals = totalsOf(data.nodes.parent, data.nodes.self)
    const named = Object.fromEntries(
      data.frames.map(({ name }, i) => [`${name}@${data.nodes.parent[i]}`, totals[i]]),
    )
    expect(named).toEqual({
      'root@-1': 20,
      '(smaller frames)@0': 1,
      'a@0': 12,
      '(smaller frames)@2': 3,
      'b@2': 5,
      'c@0': 6,
    })
    expect(data.streams).toEqual([])
  })

  it('needs no recursion', () => {
    let deep = frame('leaf', 1, 1)
    for (let i = 0; i < 30_000; i++) deep = frame('f', 0, 1, [deep])
    const data = fromNestedFlame(deep)
    expect(data.frames.length).toBe(30_001)
    expect(totalsOf(data.nodes.parent, data.nodes.self)[0]).toBe(1)
  })
})
