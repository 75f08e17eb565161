import type { FlatFlame } from '../../../src/report/html/flat-flame.js'

/**
 * Where every frame lies: `x` and `width` are shares of the root's width (0 … 1), one entry a frame, parents first.
 * `end[i]` is the index after the last descendant of `i`, so that a whole subtree is skipped in one step.
 */
export interface FlameLayout {
  readonly count: number
  readonly x: Float64Array
  readonly width: Float64Array
  readonly depth: Uint32Array
  readonly parent: Int32Array
  readonly end: Uint32Array
  readonly maxDepth: number
}

/**
 * Places the frames from left to right inside their parents, in the order given. Widths are `total` over the root's
 * `total`; where children claim more than their parent has (rounding, or a damaged file), they shrink to fit it.
 * Linear time, no recursion.
 */
export function layoutFlame(flame: FlatFlame): FlameLayout {
  const count = flame.total.length
  const layout = {
    count,
    x: new Float64Array(count),
    width: new Float64Array(count),
    depth: Uint32Array.from(flame.depth),
    parent: new Int32Array(count).fill(-1),
    end: new Uint32Array(count),
    maxDepth: 0,
  }
  if (count === 0) return layout
  linkParents(layout)
  const claimed = new Float64Array(count)
  for (let i = 1; i < count; i++) claimed[layout.parent[i]!]! += weight(flame, i)
  placeFrames(flame, layout, claimed)
  return layout
}

function linkParents(layout: FlameLayout & { maxDepth: number }): void {
  const open: number[] = []
  for (let i = 0; i < layout.count; i++) {
    const depth = layout.depth[i]!
    while (open.length > depth) layout.end[open.pop()!] = i
    // A second root, or a level left out, hangs from the nearest frame above it.
    layout.parent[i] = i === 0 ? -1 : (open.at(-1) ?? 0)
    open.push(i)
    if (depth > layout.maxDepth) layout.maxDepth = depth
  }
  for (const i of open) layout.end[i] = layout.count
}

function placeFrames(flame: FlatFlame, layout: FlameLayout, claimed: Float64Array): void {
  const next = new Float64Array(layout.count)
  layout.width[0] = 1
  for (let i = 1; i < layout.count; i++) {
    const parent = layout.parent[i]!
    const whole = Math.max(weight(flame, parent), claimed[parent]!)
    const share = whole > 0 ? weight(flame, i) / whole : 0
    const room = layout.width[parent]! - next[parent]!
    const width = Math.min(layout.width[parent]! * share, Math.max(0, room))
    layout.x[i] = layout.x[parent]! + next[parent]!
    layout.width[i] = width
    next[parent]! += width
  }
}

function weight(flame: FlatFlame, index: number): number {
  const total = flame.total[index] ?? 0
  return total > 0 && Number.isFinite(total) ? total : 0
}
