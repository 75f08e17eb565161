import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difference } from '../../../../packages/flame-graph/src/difference.js'
import { callerTree } from '../../../../packages/flame-graph/src/invert.js'
import { joinData, pairFrames } from '../../../../packages/flame-graph/src/join.js'
import { layoutFlame } from '../../../../packages/flame-graph/src/layout.js'
import { calleeTree, totalsOf } from '../../../../packages/flame-graph/src/tree.js'
import { outsideRanges, weigh } from '../../../../packages/flame-graph/src/weigh.js'
import { anyData, chain, dataOf, layoutOf, namesOf, timedData } from './trees.js'

const ranges = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 800 })).map(([fromUs, us]) => ({
    fromUs,
    toUs: fromUs + us,
  })),
  { maxLength: 5 },
)
const sum = (weights: Float64Array): number => weights.reduce((a, b) => a + b, 0)

describe('weigh', () => {
  it('counts every microsecond of the ranges once, as an oracle that looks at each does', () => {
    fc.assert(
      fc.property(timedData, ranges, (data, chosen) => {
        const expected = new Float64Array(data.frame.length)
        for (const { node, us, startUs } of data.streams) {
          let at = startUs
          for (const [i, index] of node.entries()) {
            for (let end = at + us[i]!; at < end; at++) {
              if (index >= 0 && chosen.some(({ fromUs, toUs }) => at >= fromUs && at < toUs))
                expected[index]! += 1
            }
          }
        }
        expect([...weigh(data, chosen)]).toEqual([...expected])
      }),
      { numRuns: 50 },
    )
  })

  it('parts all time into inside and outside', () => {
    fc.assert(
      fc.property(timedData, ranges, (data, chosen) => {
        const all = weigh(data, () => true)
        const inside = weigh(data, chosen)
        const outside = weigh(data, outsideRanges(chosen))
        for (const [i, weight] of all.entries()) expect(inside[i]! + outside[i]!).toBe(weight)
      }),
    )
  })

  it('refuses data without times', () => {
    expect(() => weigh(dataOf(['root', 1]), [])).toThrow(/no streams/)
  })
})

describe('callerTree', () => {
  it('shows functions by their own weight, and who called them', () => {
    const data = dataOf(['root', 0, ['a', 1, ['x', 5]], ['b', 2, ['x', 3]]])
    const layout = layoutFlame(callerTree(data, data.self), data.self)
    expect(namesOf(layout)).toEqual(['root', 'x', 'a', 'b', 'b', 'a'])
    expect([...layout.total]).toEqual([11, 8, 5, 3, 2, 1])
  })

  it('keeps every weight, and gives each function its own at the first level', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const tree = callerTree(data, data.self)
        const { total } = totalsOf(tree, data.self)
        expect(total[0]).toBe(sum(data.self))
        const own = new Map<number, number>()
        for (let i = 1; i < data.frame.length; i++) {
          if (data.self[i]! > 0) own.set(data.frame[i]!, (own.get(data.frame[i]!) ?? 0) + data.self[i]!)
        }
        const first = new Map<number, number>()
        for (let i = 1; i < tree.count; i++) if (tree.parent[i] === 0) first.set(tree.frame[i]!, total[i]!)
        expect(first).toEqual(own)
      }),
    )
  })

  it('stays within its limits on a stack of 10,000 functions, and says where it cut', () => {
    const data = chain(10_000, 10_000)
    const tree = callerTree(data, data.self, { nodes: 20_000, steps: 1_000_000 })
    expect(tree.count).toBeLessThan(40_000)
    expect(tree.cut?.some((flag) => flag === 1)).toBe(true)
    expect(totalsOf(tree, data.self).total[0]).toBe(10_000)
  })
})

describe('joinData and difference', () => {
  it('find a run the same as itself', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const joined = joinData(data, data)
        expect([...joined.ofFirst]).toEqual([...joined.ofSecond])
        const { step } = difference(calleeTree(data, data.self), data.self, data.self)
        expect(step.every((one) => one === 0)).toBe(true)
      }),
    )
  })

  it('pair functions of one name by the nearest lines, in their order', () => {
    const at = (...lines: number[]) =>
      lines.map((line) => ({ name: '(anonymous)', file: 'a.js', line, category: 'c' }))
    expect([...pairFrames(at(10, 20, 30), at(10, 12, 25, 35))]).toEqual([0, 2, 3])
    expect([...pairFrames(at(10, 12, 25, 35), at(10, 20, 30))]).toEqual([0, -1, 1, 2])
  })

  it('tell new, grown, shrunk and gone from unchanged', () => {
    const { tree } = layoutOf(dataOf(['root', 0, ['e', 5], ['d', 4], ['c', 3], ['b', 2], ['a', 1]]))
    const { step } = difference(
      tree,
      Float64Array.of(0, 10, 0, 30, 30, 30),
      Float64Array.of(0, 10, 20, 40, 20, 10),
    )
    expect([...step]).toEqual([0, 0, 2, 1, -1, -2])
  })

  it('refuse different units', () => {
    const data = dataOf(['root', 1])
    expect(() => joinData(data, { ...data, unit: 'bytes' })).toThrow(/cannot be compared/)
  })
})
