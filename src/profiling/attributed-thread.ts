import type { Attribution } from './attribution.js'
import type { CallTree } from './call-tree.js'

/** A thread whose samples have been given their categories. Indices of nodes are those of its call tree. */
export interface AttributedThread {
  readonly pid: number
  readonly thread: string
  readonly tree: CallTree
  /** The function of each node, as an index into the table that all threads share. */
  readonly functionOf: Int32Array
  readonly attribution: Attribution
}

export const onCpuUsOf = (threads: readonly AttributedThread[]): number =>
  threads.reduce((sum, { attribution }) => sum + attribution.onCpuUs, 0)

/** How many samples met anything but what is set apart. */
export const samplesOnCpu = (threads: readonly AttributedThread[]): number =>
  threads.reduce(
    (sum, { tree, attribution }) =>
      sum + tree.sampleNodes.filter((node) => attribution.base[node] !== 'apart').length,
    0,
  )

/** µs of on-CPU time on each node and below it. */
export function onCpuTotals({ tree, attribution }: AttributedThread): Float64Array {
  const totals = onCpuSelf(attribution)
  for (let index = totals.length - 1; index > 0; index--) totals[tree.parents[index]!]! += totals[index]!
  return totals
}

/** µs of on-CPU time on each node. */
export const onCpuSelf = ({ parts }: Attribution): Float64Array =>
  Float64Array.from(parts, (ofNode) => ofNode.reduce((sum, { us }) => sum + us, 0))
