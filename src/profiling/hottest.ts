import { type AttributedThread, onCpuSelf, onCpuTotals, onCpuUsOf } from './attributed-thread.js'
import type { CallTree, FunctionName } from './call-tree.js'
import type { ProfiledFunction } from './functions.js'

/** Shares of on-CPU time. */
export interface HotFunction extends FunctionName {
  readonly selfShare: number
  /** With all that it called; a recursion counts once. */
  readonly totalShare: number
}

/** The functions with most self time, hottest first. Idle time, collections and time without a stack are no functions. */
export function hottestFunctions(
  threads: readonly AttributedThread[],
  functions: readonly ProfiledFunction[],
  count = 20,
): HotFunction[] {
  const onCpuUs = onCpuUsOf(threads)
  const selfUs = new Float64Array(functions.length)
  const totalUs = new Float64Array(functions.length)
  for (const thread of threads) {
    const ofNodes = onCpuSelf(thread.attribution)
    thread.functionOf.forEach((id, index) => {
      selfUs[id]! += ofNodes[index]!
    })
    addInclusiveTimes(thread, totalUs)
  }
  return Array.from(selfUs, (_, id) => id)
    .filter((id) => selfUs[id]! > 0 && functions[id]!.pseudo === null)
    .sort((a, b) => selfUs[b]! - selfUs[a]! || totalUs[b]! - totalUs[a]!)
    .slice(0, count)
    .map((id) => {
      const { name, file, line } = functions[id]!
      const selfShare = selfUs[id]! / onCpuUs
      return { function: name, file, line, selfShare, totalShare: totalUs[id]! / onCpuUs }
    })
}

/**
 * µs with each function anywhere on the stack. A node counts with its whole subtree unless the same function is above
 * it already; a walk with an explicit stack keeps count of the functions that are open.
 */
function addInclusiveTimes(thread: AttributedThread, totalUs: Float64Array): void {
  const { functionOf } = thread
  const totals = onCpuTotals(thread)
  const children = childLists(thread.tree)
  const open = new Int32Array(totalUs.length)
  const stack = [0]
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const leaving = entry < 0
    const index = leaving ? ~entry : entry
    const id = functionOf[index]!
    if (leaving) {
      open[id]!--
      continue
    }
    if (open[id] === 0) totalUs[id]! += totals[index]!
    open[id]!++
    stack.push(~index)
    for (let child = children.first[index]!; child > 0; child = children.next[child]!) stack.push(child)
  }
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
