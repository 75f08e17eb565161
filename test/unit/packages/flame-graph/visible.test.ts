import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FlameLayout } from '../../../../packages/flame-graph/src/layout.js'
import { neighbour } from '../../../../packages/flame-graph/src/navigate.js'
import { panView, viewOfFrame, wholeView, zoomView } from '../../../../packages/flame-graph/src/view.js'
import { frameAt, visitVisible, type Window } from '../../../../packages/flame-graph/src/visible.js'
import { chain, dataOf, layoutOf, type Sketch } from './trees.js'

interface Drawn {
  readonly frames: { index: number; left: number; width: number; row: number }[]
  readonly crowds: { left: number; width: number; row: number }[]
}

function draw(layout: FlameLayout, window: Partial<Window> = {}): Drawn {
  const drawn: Drawn = { frames: [], crowds: [] }
  visitVisible(
    layout,
    { view: wholeView, widthPx: 1_000, firstRow: 0, lastRow: 100, ...window },
    {
      frame: (index, left, width, row) => drawn.frames.push({ index, left, width, row }),
      crowd: (left, width, row) => drawn.crowds.push({ left, width, row }),
    },
  )
  return drawn
}

const small = Array.from({ length: 50_000 }, (_, i) => i)
const wide = layoutOf({
  unit: 'us',
  frames: ['root', 'big', 'leaf', ...small.map((i) => `f${i}`)].map((name) => ({
    name,
    file: '',
    line: 0,
    category: 'a',
  })),
  frame: Int32Array.from({ length: 50_003 }, (_, i) => i),
  parent: Int32Array.from([-1, 0, 1, ...small.map(() => 0)]),
  self: Float64Array.from([0, 49_990, 10, ...small.map(() => 1)]),
  streams: [],
})

/** 100 of the small frames, and half of one more at each end. */
const narrow = { from: 0.600005, to: 0.601005 }

describe('visitVisible', () => {
  it('draws frames with their exact widths and gathers what is under a pixel', () => {
    const { frames, crowds } = draw(wide)
    expect(frames.map(({ index, left, width }) => [index, left, width])).toEqual([
      [0, 0, 1_000],
      [1, 0, 500],
    ])
    expect(crowds).toHaveLength(1)
    expect(crowds[0]!.left).toBeCloseTo(500, 6)
    expect(crowds[0]!.width).toBeCloseTo(500, 6)
  })

  it('draws the small ones once the view is narrow enough', () => {
    const { frames, crowds } = draw(wide, { view: narrow })
    expect(frames.filter(({ row }) => row === 1)).toHaveLength(101)
    expect(crowds).toEqual([])
  })

  it('leaves out rows above and below the window, however deep the stack', () => {
    const deep = chain(10_000)
    deep.self.fill(0, 0, 9_999)
    const { frames } = draw(layoutOf(deep), { firstRow: 5_000, lastRow: 5_023 })
    expect(frames.map(({ row }) => row)).toEqual(Array.from({ length: 24 }, (_, i) => 5_000 + i))
  })

  it('never draws outside the view or over a neighbour', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.double({ min: 0.01, max: 0.1, noNaN: true }),
        (totals, from, span) => {
          const layout = layoutOf(dataOf(['root', 0, ...totals.map((t, i): Sketch => [`f${i}`, t])]))
          const row = draw(layout, { view: { from, to: from + span } }).frames.filter(
            (drawn) => drawn.row === 1,
          )
          for (const [i, drawn] of row.entries()) {
            expect(drawn.left + drawn.width).toBeGreaterThan(0)
            expect(drawn.left).toBeLessThan(1_000)
            const next = row[i + 1]
            if (next) expect(next.left).toBeGreaterThanOrEqual(drawn.left + drawn.width - 1e-6)
          }
        },
      ),
    )
  })
})

describe('frameAt', () => {
  it('finds the frame that was drawn there', () => {
    for (const { index, left, width, row } of draw(wide, { view: narrow }).frames) {
      const middle = (Math.max(0, left) + Math.min(1_000, left + width)) / 2
      expect(frameAt(wide, narrow.from + (middle / 1_000) * (narrow.to - narrow.from), row)).toBe(index)
    }
    expect(frameAt(wide, 0.9, 2)).toBe(-1)
    expect(frameAt(wide, 1.2, 0)).toBe(-1)
  })
})

describe('views', () => {
  it('stay within the graph, and zooming keeps the point under the pointer', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        share,
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        share,
        fc.double({ min: 0.1, max: 0.99, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (from, width, anchor, factor, pan) => {
          const view = viewOfFrame(from, from + width)
          for (const moved of [view, panView(view, pan), zoomView(view, anchor, 1 / factor)]) {
            expect(moved.from).toBeGreaterThanOrEqual(0)
            expect(moved.to).toBeLessThanOrEqual(1)
            expect(moved.to).toBeGreaterThan(moved.from)
          }
          const closer = zoomView(view, anchor, factor)
          const before = view.from + anchor * (view.to - view.from)
          expect(closer.from + anchor * (closer.to - closer.from)).toBeCloseTo(before, 9)
        },
      ),
    )
  })
})

describe('neighbour', () => {
  const layout = layoutOf(dataOf(['root', 0, ['a', 0, ['a1', 2], ['a2', 4]], ['b', 4], ['none', 0]]))
  // Order: root, a, a2, a1, b, none.
  it('walks to parent, widest child and siblings, and stops at the edges', () => {
    expect(neighbour(layout, 0, 'down')).toBe(1)
    expect(neighbour(layout, 1, 'down')).toBe(2)
    expect(neighbour(layout, 2, 'right')).toBe(3)
    expect(neighbour(layout, 3, 'right')).toBe(3)
    expect(neighbour(layout, 3, 'left')).toBe(2)
    expect(neighbour(layout, 1, 'right')).toBe(4)
    expect(neighbour(layout, 4, 'left')).toBe(1)
    expect(neighbour(layout, 3, 'up')).toBe(1)
    expect(neighbour(layout, 0, 'up')).toBe(0)
    expect(neighbour(layout, 4, 'down')).toBe(4)
  })
})
