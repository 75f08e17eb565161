import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkFlameData } from '../../../../packages/flame-graph/src/data.js'
import { totalsOf } from '../../../../packages/flame-graph/src/tree.js'
import { anyData, chain, dataOf, layoutOf, namesOf, oddData } from './trees.js'

describe('layoutFlame', () => {
  it('keeps children inside their parent and edge to edge, exactly, whatever they weigh', () => {
    fc.assert(
      fc.property(fc.oneof(anyData, oddData), (data) => {
        const { tree, left, right } = layoutOf(data)
        const next = Float64Array.from(left)
        for (let i = 1; i < tree.count; i++) {
          const parent = tree.parent[i]!
          expect(left[i]).toBe(next[parent])
          expect(right[i]).toBeGreaterThanOrEqual(left[i]!)
          expect(right[i]).toBeLessThanOrEqual(right[parent]!)
          next[parent] = right[i]!
        }
      }),
    )
  })

  it('never lets the children add up to more than their parent', () => {
    fc.assert(
      fc.property(fc.oneof(anyData, oddData), (data) => {
        const { tree, total } = layoutOf(data)
        const sum = new Float64Array(tree.count)
        for (let i = tree.count - 1; i > 0; i--) sum[tree.parent[i]!]! += total[i]!
        for (let i = 0; i < tree.count; i++) expect(sum[i]).toBeLessThanOrEqual(total[i]!)
      }),
    )
  })

  it('gives widths as exact as a double holds: total over the root’s total', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const { tree, total, left, right } = layoutOf(data)
        expect(total[0]).toBe(data.self.reduce((a, b) => a + b, 0))
        for (let i = 1; i < tree.count && total[0]! > 0; i++) {
          expect(Math.abs(right[i]! - left[i]! - total[i]! / total[0]!)).toBeLessThan(4 * Number.EPSILON)
        }
      }),
    )
  })

  it('puts 100,000 equal frames side by side without drift', () => {
    const data = dataOf(['root', 0])
    const count = 100_001
    const many = {
      ...data,
      frame: new Int32Array(count),
      parent: new Int32Array(count).fill(0).fill(-1, 0, 1),
      self: new Float64Array(count).fill(1).fill(0, 0, 1),
      frames: [...data.frames],
    }
    many.frames.push({ name: 'a', file: '', line: 0, category: 'a' })
    const frames = Array.from({ length: count }, (_, i) => ({ ...data.frames[0]!, name: `f${i}` }))
    const { right, left, tree } = layoutOf({ ...many, frames, frame: many.frame.map((_, i) => i) })
    expect(tree.count).toBe(count)
    expect(right.at(-1)).toBe(1)
    for (const i of [1, 777, 33_333, 99_999]) expect(left[i]).toBe((i - 1) / 100_000)
  })

  it('lays out a stack of 100,000 frames without recursion', () => {
    const { tree, right } = layoutOf(chain(100_000))
    expect(tree.maxDepth).toBe(99_999)
    expect(right.at(-1)).toBe(1 / 100_000)
  })
})

describe('calleeTree', () => {
  it('puts the largest sibling first and equal ones by name, and makes one of the same frame under one parent', () => {
    const layout = layoutOf(dataOf(['root', 0, ['b', 2], ['a', 2], ['c', 1, ['a', 4]], ['c', 0, ['a', 1]]]))
    expect(namesOf(layout)).toEqual(['root', 'c', 'a', 'a', 'b'])
    expect([...layout.total]).toEqual([10, 6, 5, 2, 2])
    expect([...layout.tree.depth]).toEqual([0, 1, 2, 1, 1])
  })

  it('ends every subtree where the next frame that is not below it begins, and keeps every weight', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const { tree } = layoutOf(data)
        for (let i = 0; i < tree.count; i++) {
          let end = i + 1
          while (end < tree.count && tree.depth[end]! > tree.depth[i]!) end++
          expect(tree.end[i]).toBe(end)
        }
        for (let i = 0; i < data.frame.length; i++) expect(tree.frame[tree.of[i]!]).toBe(data.frame[i])
        const { self } = totalsOf(tree, data.self)
        expect(self.reduce((a, b) => a + b, 0)).toBe(data.self.reduce((a, b) => a + b, 0))
      }),
    )
  })
})

describe('checkFlameData', () => {
  const good = dataOf(['root', 1, ['a', 1]])
  it('takes what fits', () => {
    fc.assert(fc.property(oddData, (data) => checkFlameData(data)))
  })

  it.each([
    [
      'no root',
      { frame: new Int32Array(0), parent: new Int32Array(0), self: new Float64Array(0) },
      /needs a root/,
    ],
    ['a frame that is not there', { frame: Int32Array.of(0, 9) }, /no frame 9/],
    ['a parent after its child', { parent: Int32Array.of(-1, 1) }, /parent 1/],
    ['too few weights', { self: Float64Array.of(1) }, /1 weights/],
    [
      'a sample of no node',
      { streams: [{ name: 'main', startUs: 0, node: Int32Array.of(7), us: Float64Array.of(1) }] },
      /no node 7/,
    ],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => checkFlameData({ ...good, ...wrong })).toThrow(message)
  })
})
