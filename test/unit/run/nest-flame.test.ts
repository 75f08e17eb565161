import { describe, expect, it } from 'vitest'
import type { FlameProfile } from '../../../src/profiling/flame-profile.js'
import type { FlameFrame } from '../../../src/report/run-json.js'
import { nestFlame } from '../../../src/run/nest-flame.js'

const flameOf = (parent: readonly number[], self: readonly number[]): FlameProfile => ({
  unit: 'us',
  frames: parent.map((_, index) => ({
    name: `f${index}`,
    file: '/a.js',
    line: index,
    category: 'business-logic',
  })),
  nodes: {
    frame: Int32Array.from(parent, (_, index) => index),
    parent: Int32Array.from(parent),
    self: Float64Array.from(self),
  },
  streams: [],
})

describe('nestFlame', () => {
  it('adds totals up, puts the largest first, and leaves tiny frames out', () => {
    const frame = (index: number, total: number, self: number, children: FlameFrame[] = []): FlameFrame => ({
      name: `f${index}`,
      file: '/a.js',
      line: index,
      category: 'business-logic',
      total,
      self,
      children,
    })
    expect(nestFlame(flameOf([-1, 0, 0, 2, 0], [0, 4_000, 1_000, 5_000, 1]))).toEqual(
      frame(0, 10_001, 0, [frame(2, 6_000, 1_000, [frame(3, 5_000, 5_000)]), frame(1, 4_000, 4_000)]),
    )
  })

  it('cuts a stack of 10,000 frames to what JSON can hold', () => {
    const deep = flameOf(
      Array.from({ length: 10_000 }, (_, index) => index - 1),
      Array.from({ length: 10_000 }, () => 1),
    )
    const root = JSON.parse(JSON.stringify(nestFlame(deep))) as FlameFrame
    let depth = 0
    for (let frame: FlameFrame | undefined = root; frame; frame = frame.children[0]) depth++
    expect(root.total).toBe(10_000)
    expect(depth).toBe(501)
  })
})
