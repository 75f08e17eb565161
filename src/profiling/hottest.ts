import type { Attribution } from './attribution.js'
import {
  type CallTree,
  type FunctionName,
  functionKey,
  nameOf,
  onCpuTotals,
  pseudoFrameOf,
} from './call-tree.js'

/** Shares of on-CPU time. */
export interface HotFunction extends FunctionName {
  readonly selfShare: number
  /** With all that it called; a recursion counts once. */
  readonly totalShare: number
}

/** The functions with most self time, hottest first. Idle time, collections and time without a stack are no functions. */
export function hottestFunctions(tree: CallTree, attribution: Attribution, count = 20): HotFunction[] {
  const keys = new Map<string, number>()
  const functionOf = Int32Array.from(tree.nodes, ({ callFrame }) => {
    if (pseudoFrameOf(callFrame)) return -1
    const key = functionKey(callFrame)
    const known = keys.get(key) ?? keys.size
    keys.set(key, known)
    return known
  })
  const selfUs = new Float64Array(keys.size)
  const example = new Int32Array(keys.size)
  functionOf.forEach((id, index) => {
    if (id < 0) return
    selfUs[id]! += tree.selfUs[index]!
    example[id] = index
  })
  const totalUs = inclusiveTimes(tree, functionOf, keys.size)
  return Array.from(selfUs, (_, id) => id)
    .filter((id) => selfUs[id]! > 0)
    .sort((a, b) => selfUs[b]! - selfUs[a]! || totalUs[b]! - totalUs[a]!)
    .slice(0, count)
    .map((id) => ({
      ...nameOf(tree.nodes[example[id]!]!.callFrame),
      selfShare: selfUs[id]! / attribution.onCpuUs,
      totalShare: totalUs[id]! / attribution.onCpuUs,
    }))
}

/**
 * µs with each function anywhere on the stack. A node counts with its whole subtree unless the same function is above
 * it already; a walk with an explicit stack keeps count of the functions that are open.
 */
function inclusiveTimes(tree: CallTree, functionOf: Int32Array, functions: number): Float64Array {
  const totals = onCpuTotals(tree)
  const children = childLists(tree)
  const open = new Int32Array(functions)
  const totalUs = new Float64Array(functions)
  const stack = [0]
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const leaving = entry < 0
    const index = leaving ? ~entry : entry
    const id = functionOf[index]!
    if (leaving) {
      if (id >= 0) open[id]!--
      continue
    }
    if (id >= 0) {
      if (open[id] === 0) totalUs[id]! += totals[index]!
      open[id]!++
    }
    stack.push(~index)
    for (let child = children.first[index]!; child > 0; child = children.next[child]!) stack.push(child)
  }
  return totalUs
}

/** Children as linked lists in two arrays; 0, the root, ends a list, since it is nobody's child. */
function childLists(tree: CallTree): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(tree.nodes.length)
  const next = new Int32Array(tree.nodes.length)
  for (let index = tree.nodes.length - 1; index > 0; index--) {
    const parent = tree.parents[index]!
    next[index] = first[parent]!
    first[parent] = index
  }
  return { first, next }
}
