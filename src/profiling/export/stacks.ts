import type { FlameProfile } from '../flame-profile.js'

const maxDepth = 1_000

/**
 * How deep stacks may be in a file of so many.
 * @param budget frames over all stacks of a file: a text of hundreds of megabytes opens nowhere
 */
export const depthFor = (stacks: number, budget: number): number =>
  Math.max(32, Math.min(maxDepth, Math.floor(budget / Math.max(1, stacks))))

/** Nodes from the outermost to the innermost, without the root; −1 first where outer frames were cut off. */
export function stackOf(flame: FlameProfile, top: number, limit: number): number[] {
  const { parent } = flame.nodes
  const stack: number[] = []
  let node = top
  for (; node > 0 && stack.length < limit; node = parent[node]!) stack.push(node)
  if (node > 0) stack.push(-1)
  return stack.reverse()
}
