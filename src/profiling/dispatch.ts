import type { CallTree } from './call-tree.js'
import { type Category, categories } from './categories.js'
import { joinParts, type SelfPart } from './self-part.js'

/**
 * Shares out what Node spends on its queues (ticks, microtasks, immediates, timers). Nobody called them, so no caller
 * tells whose work they are; but all that they do is done for what they call. So the self time of such a frame goes to
 * the categories of what ran below it, in proportion to their time; where nothing below has one, to those below the
 * frame that called it. It stays unattributed where no queue of the stack called anything that has a category.
 * @param parts of all nodes, in µs
 */
export function shareDispatch(
  tree: CallTree,
  isDispatch: (index: number) => boolean,
  parts: ReadonlyArray<readonly SelfPart[]>,
): ReadonlyArray<readonly SelfPart[]> {
  const below = timesBelow(tree, parts)
  /** The frame whose callees tell for each node: itself or one above it; −1 where there is none. */
  const teller = new Int32Array(tree.nodes.length).fill(-1)
  return parts.map((own, index) => {
    if (!isDispatch(index)) return own
    const times = below.subarray(index * categories.length, (index + 1) * categories.length)
    teller[index] = times.some((us) => us > 0) ? index : (teller[tree.parents[index]!] ?? -1)
    const us = tree.selfUs[index]!
    if (us === 0 || teller[index]! < 0) return own
    const from = teller[index]! * categories.length
    return inProportion(below.subarray(from, from + categories.length), us)
  })
}

/** What a queue can have called. */
const isWork = (category: Category): boolean =>
  category !== 'unattributed' && category !== 'garbage-collection'

/** µs of each category of work on each node and below it, node by node; the others stay 0. */
function timesBelow(tree: CallTree, parts: ReadonlyArray<readonly SelfPart[]>): Float64Array {
  const times = new Float64Array(tree.nodes.length * categories.length)
  for (let index = tree.nodes.length - 1; index > 0; index--) {
    const at = index * categories.length
    for (const { category, us } of parts[index]!) {
      if (isWork(category)) times[at + categories.indexOf(category)]! += us
    }
    const above = tree.parents[index]! * categories.length
    for (let kind = 0; kind < categories.length; kind++) times[above + kind]! += times[at + kind]!
  }
  return times
}

function inProportion(times: Float64Array, us: number): readonly SelfPart[] {
  const whole = times.reduce((sum, time) => sum + time, 0)
  const shares = categories.flatMap((category, kind) =>
    times[kind]! > 0 ? [{ category, line: 0, work: 'other' as const, share: times[kind]! / whole }] : [],
  )
  return joinParts(shares, us)
}
