import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FlameLayout, layoutFlame } from '../../../../packages/flame-graph/src/layout.js'
import { neighbour } from '../../../../packages/flame-graph/src/navigate.js'
import { panView, viewOfFrame, wholeView, zoomView } from '../../../../packages/flame-graph/src/view.js'
import { frameAt, visitVisible, type Window } from '../../../../packages/flame-graph/src/visible.js'
import { flattenFlame } from '../../../../src/report/html/flat-flame.js'
import type { FlameFrame } from '../../../../src/report/run-json.js'

const frame = (name: string, total: number, children: readonly FlameFrame[] = []): FlameFrame => ({
  name,
  file: '',
  line: 0,
  category: 'transport',
  total,
  self: 0,
  children,
})

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

const wide = layoutFlame(
  flattenFlame(
    frame('root', 100_000, [
      frame('big', 50_000, [frame('leaf', 10)]),
      ...Array.from({ length: 50_000 }, (_, i) => frame(`f${i}`, 1)),
    ]),
  ),
)

/** 100 of the small frames, and half of one more at each end. */
const narrow = { from: 0.600005, to: 0.601005 }

describe('visitVisible', () => {
  it('draws frames with their exact widths and gathers what is under half a pixel', () => {
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
    let tree = frame('leaf', 1)
    for (let i = 0; i < 10_000; i++) tree = frame('f', 1, [tree])
    const { frames } = draw(layoutFlame(flattenFlame(tree)), { firstRow: 5_000, lastRow: 5_023 })
    expect(frames.map(({ row }) => row)).toEqual(Array.from({ length: 24 }, (_, i) => 5_000 + i))
  })

  it('never draws outside the view or over a neighbour', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.double({ min: 0.01, max: 0.1, noNaN: true }),
        (totals, from, span) => {
          const sum = totals.reduce((a, b) => a + b, 0)
          const layout = layoutFlame(
            flattenFlame(
              frame(
                'root',
                sum,
                totals.map((t, i) => frame(`f${i}`, t)),
              ),
            ),
          )
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
          const view = viewOfFrame(from, width)
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
  const layout = layoutFlame(
    flattenFlame(frame('root', 10, [frame('a', 6, [frame('a1', 2), frame('a2', 4)]), frame('b', 4)])),
  )
  // Order: root, a, a2, a1, b.
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
