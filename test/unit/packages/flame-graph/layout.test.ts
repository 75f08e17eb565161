import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutFlame } from '../../../../packages/flame-graph/src/layout.js'
import { flattenFlame } from '../../../../src/report/html/flat-flame.js'
import type { FlameFrame } from '../../../../src/report/run-json.js'
import { makeFlame } from '../../../fixtures/report-data.js'

const frame = (name: string, total: number, children: readonly FlameFrame[] = []): FlameFrame => ({
  name,
  file: `${name}.js`,
  line: 1,
  category: 'transport',
  total,
  self: 0,
  children,
})

/** Trees whose totals need not fit together: rounded, damaged, negative. */
const totals = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.constantFrom(0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e-300),
)
const trees = fc.letrec<{ tree: FlameFrame; leaf: FlameFrame; branch: FlameFrame }>((tie) => ({
  tree: fc.oneof({ maxDepth: 6 }, tie('leaf'), tie('branch')),
  leaf: totals.map((total) => frame('leaf', total)),
  branch: fc
    .tuple(totals, fc.array(tie('tree'), { maxLength: 4 }))
    .map(([total, children]) => frame('branch', total, children)),
})).branch

const tolerance = 1e-12

describe('layoutFlame', () => {
  it('keeps children inside their parent and apart from each other, whatever the totals say', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const layout = layoutFlame(flattenFlame(tree))
        const used = new Float64Array(layout.count)
        for (let i = 1; i < layout.count; i++) {
          const parent = layout.parent[i]!
          expect(layout.depth[i]).toBe(layout.depth[parent]! + 1)
          expect(layout.width[i]).toBeGreaterThanOrEqual(0)
          expect(layout.x[i]).toBeGreaterThanOrEqual(layout.x[parent]! + used[parent]! - tolerance)
          used[parent]! += layout.width[i]!
          expect(used[parent]).toBeLessThanOrEqual(layout.width[parent]! + tolerance)
          expect(layout.x[i]! + layout.width[i]!).toBeLessThanOrEqual(
            layout.x[parent]! + layout.width[parent]! + tolerance,
          )
        }
      }),
    )
  })

  it('gives exact widths: total over the root’s total', () => {
    const flame = flattenFlame(makeFlame())
    const layout = layoutFlame(flame)
    for (let i = 0; i < layout.count; i++) {
      expect(layout.width[i]).toBeCloseTo(flame.total[i]! / flame.total[0]!, 12)
    }
  })

  it('ends every subtree where the next frame that is not below it begins', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const layout = layoutFlame(flattenFlame(tree))
        for (let i = 0; i < layout.count; i++) {
          let end = i + 1
          while (end < layout.count && layout.depth[end]! > layout.depth[i]!) end++
          expect(layout.end[i]).toBe(end)
        }
      }),
    )
  })

  it('lays out a stack of 100,000 frames without recursion', () => {
    let tree = frame('leaf', 1)
    for (let i = 0; i < 100_000; i++) tree = frame('f', 1, [tree])
    const layout = layoutFlame(flattenFlame(tree))
    expect(layout.maxDepth).toBe(100_000)
    expect(layout.width.at(-1)).toBe(1)
  })

  it('shrinks children that claim more than there is', () => {
    const layout = layoutFlame(flattenFlame(frame('root', 10, [frame('a', 10), frame('b', 10)])))
    expect([...layout.width]).toEqual([1, 0.5, 0.5])
    expect([...layout.x]).toEqual([0, 0, 0.5])
  })
})

describe('flattenFlame', () => {
  it('keeps every frame, widest sibling first, each text once', () => {
    const flat = flattenFlame(
      frame('root', 9, [frame('b', 2), frame('a', 2), frame('c', 5, [frame('a', 1)])]),
    )
    expect(flat.name.map((index) => flat.strings[index])).toEqual(['root', 'c', 'a', 'a', 'b'])
    expect(flat.depth).toEqual([0, 1, 2, 1, 1])
    expect(new Set(flat.strings).size).toBe(flat.strings.length)
  })
})
