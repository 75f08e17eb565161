import type { Weights } from './data.js'
import { type FlameTree, totalsOf } from './tree.js'

/** How much a frame's share changed: −2 halved or gone, −1 less, 0 about the same, 1 more, 2 doubled or new. */
export type ChangeStep = -2 | -1 | 0 | 1 | 2

/** Two weightings of one tree, as shares of their own whole: what is compared need not have lasted equally long. */
export interface Difference {
  /** Share of each node with all below it. */
  readonly before: Float64Array
  readonly after: Float64Array
  readonly beforeSelf: Float64Array
  readonly afterSelf: Float64Array
  readonly step: Int8Array
}

/** Changes of less than a thousandth of the whole are none. */
const smallestChange = 0.001
const someRatio = 1.25
const largeRatio = 2

export function difference(tree: FlameTree, before: Weights, after: Weights): Difference {
  const first = sharesOf(tree, before)
  const second = sharesOf(tree, after)
  return {
    before: first.total,
    after: second.total,
    beforeSelf: first.self,
    afterSelf: second.self,
    step: Int8Array.from(first.total, (share, i) => changeStep(share, second.total[i]!)),
  }
}

export function changeStep(before: number, after: number): ChangeStep {
  if (Math.abs(after - before) < smallestChange) return 0
  if (after >= before * largeRatio) return 2
  if (after >= before * someRatio) return 1
  if (before >= after * largeRatio) return -2
  if (before >= after * someRatio) return -1
  return 0
}

function sharesOf(tree: FlameTree, weights: Weights): { self: Float64Array; total: Float64Array } {
  const { self, total } = totalsOf(tree, weights)
  const whole = total[0]! > 0 ? total[0]! : 1
  return { self: self.map((value) => value / whole), total: total.map((value) => value / whole) }
}
