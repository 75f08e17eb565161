import { type CallTree, type FlameFrame, type Weights, weightOf } from './data.js'

/**
 * A tree in the order of drawing: depth first, the largest of siblings first. `end[i]` is the index after the last
 * descendant of `i`, so that a whole subtree is skipped in one step.
 */
export interface FlameTree {
  readonly count: number
  readonly frames: readonly FlameFrame[]
  readonly frame: Int32Array
  readonly parent: Int32Array
  readonly depth: Int32Array
  readonly end: Int32Array
  readonly maxDepth: number
  /** For each node of the call tree: the node here that its own weight belongs to. */
  readonly of: Int32Array
  /** 1 for nodes whose further callers are left out; null where none are. */
  readonly cut: Uint8Array | null
}

/** A tree before it is put in order: parents before their children. */
export interface LooseTree {
  readonly frame: ArrayLike<number>
  readonly parent: ArrayLike<number>
  readonly of: Int32Array
  readonly cut?: readonly number[]
}

/** The stacks from the root to what they call; children of one node that share a frame become one. */
export function calleeTree(calls: CallTree, rank: Weights): FlameTree {
  const frame: number[] = [calls.frame[0]!]
  const parent: number[] = [-1]
  const of = new Int32Array(calls.frame.length)
  const known = new Map<number, number>()
  for (let i = 1; i < of.length; i++) {
    const above = of[calls.parent[i]!]!
    const key = above * calls.frames.length + calls.frame[i]!
    let node = known.get(key)
    if (node === undefined) {
      node = frame.push(calls.frame[i]!) - 1
      parent.push(above)
      known.set(key, node)
    }
    of[i] = node
  }
  return inOrder(calls.frames, { frame, parent, of }, rank)
}

/**
 * Adds up what a node and all below it weigh. Children are added to their parent one by one on top of its own
 * weight, so that their sum never exceeds it.
 */
export function totalsOf(tree: FlameTree, weights: Weights): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(tree.count)
  for (let i = 0; i < tree.of.length; i++) self[tree.of[i]!]! += weightOf(weights[i])
  const total = self.slice()
  for (let i = tree.count - 1; i > 0; i--) total[tree.parent[i]!]! += total[i]!
  return { self, total }
}

/** Puts a tree in order, by the weights that it has under `rank`; equal siblings by name. No recursion. */
export function inOrder(frames: readonly FlameFrame[], loose: LooseTree, rank: Weights): FlameTree {
  const count = loose.parent.length
  const total = new Float64Array(count)
  for (let i = 0; i < loose.of.length; i++) total[loose.of[i]!]! += weightOf(rank[i])
  for (let i = count - 1; i > 0; i--) total[loose.parent[i]!]! += total[i]!
  const children = childLists(loose.parent, (a, b) => {
    if (total[a] !== total[b]) return total[b]! - total[a]!
    const left = frames[loose.frame[a]!]!.name
    const right = frames[loose.frame[b]!]!.name
    return left < right ? -1 : left > right ? 1 : a - b
  })
  return walk(frames, loose, children)
}

/** The children of node `i` are `list[offset[i]] … list[offset[i + 1] − 1]`. */
interface ChildLists {
  readonly offset: Int32Array
  readonly list: Int32Array
}

function childLists(parent: ArrayLike<number>, compare: (a: number, b: number) => number): ChildLists {
  const count = parent.length
  const offset = new Int32Array(count + 1)
  for (let i = 1; i < count; i++) offset[parent[i]! + 1]!++
  for (let i = 0; i < count; i++) offset[i + 1]! += offset[i]!
  const next = offset.slice()
  const list = new Int32Array(Math.max(0, count - 1))
  for (let i = 1; i < count; i++) list[next[parent[i]!]!++] = i
  for (let i = 0; i < count; i++) {
    if (offset[i + 1]! - offset[i]! > 1) list.subarray(offset[i]!, offset[i + 1]!).sort(compare)
  }
  return { offset, list }
}

function walk(frames: readonly FlameFrame[], loose: LooseTree, { offset, list }: ChildLists): FlameTree {
  const count = loose.parent.length
  const place = new Int32Array(count)
  const frame = new Int32Array(count)
  const parent = new Int32Array(count).fill(-1)
  const depth = new Int32Array(count)
  const end = new Int32Array(count)
  let maxDepth = 0
  const stack = new Int32Array(count)
  let open = 1
  for (let at = 0; open > 0; at++) {
    const node = stack[--open]!
    place[node] = at
    frame[at] = loose.frame[node]!
    if (at > 0) {
      parent[at] = place[loose.parent[node]!]!
      depth[at] = depth[parent[at]!]! + 1
      maxDepth = Math.max(maxDepth, depth[at]!)
    }
    for (let c = offset[node + 1]! - 1; c >= offset[node]!; c--) stack[open++] = list[c]!
  }
  for (let at = count - 1; at >= 0; at--) {
    end[at] = Math.max(end[at]!, at + 1)
    if (at > 0) end[parent[at]!] = Math.max(end[parent[at]!]!, end[at]!)
  }
  const cut = loose.cut && loose.cut.length > 0 ? new Uint8Array(count) : null
  for (const node of loose.cut ?? []) cut![place[node]!] = 1
  return { count, frames, frame, parent, depth, end, maxDepth, of: loose.of.map((node) => place[node]!), cut }
}
