import type { Weights } from './data.js'
import { type FlameTree, totalsOf } from './tree.js'

/**
 * Where every frame of a tree lies, as shares of the root's width (0 … 1). Edges are shared: a frame begins exactly
 * where the one before it under the same parent ends, and ends inside its parent.
 */
export interface FlameLayout {
  readonly tree: FlameTree
  readonly total: Float64Array
  readonly self: Float64Array
  readonly left: Float64Array
  readonly right: Float64Array
}

/** Places the frames from left to right; what a frame holds itself is the gap behind its children. Linear time. */
export function layoutFlame(tree: FlameTree, weights: Weights): FlameLayout {
  const { self, total } = totalsOf(tree, weights)
  const left = new Float64Array(tree.count)
  const right = new Float64Array(tree.count)
  // Where the next child of a frame begins, and where the frame ends, in the unit of the weights.
  const next = new Float64Array(tree.count)
  const stop = new Float64Array(tree.count)
  const whole = total[0]!
  stop[0] = whole
  right[0] = 1
  for (let i = 1; i < tree.count && whole > 0; i++) {
    const parent = tree.parent[i]!
    const start = next[parent]!
    const end = Math.min(start + total[i]!, stop[parent]!)
    next[parent] = end
    next[i] = start
    stop[i] = end
    left[i] = start / whole
    right[i] = end / whole
  }
  return { tree, total, self, left, right }
}
