import { type CallTree, type Weights, weightOf } from './data.js'
import { Heap } from './heap.js'
import { type FlameTree, inOrder } from './tree.js'

export interface InvertLimits {
  /** Most nodes that the tree of callers gets. */
  readonly nodes: number
  /** Most steps from a function to its caller that are taken. */
  readonly steps: number
}

const limits: InvertLimits = { nodes: 200_000, steps: 20_000_000 }

/** Stacks that share the frames from their top down to here: pairs of the node on top, and the node reached. */
interface Bundle {
  readonly node: number
  readonly pairs: Int32Array
}

/**
 * The stacks turned round: functions by their own weight, and under each those that called it, up to the root's
 * children. Nodes without weight under `rank` are left out. A tree of callers can be as large as the product of
 * stacks and depth, so the heaviest parts grow first, and what is left when the limits are reached is `cut`: it keeps
 * its weight but shows no further callers.
 */
export function callerTree(calls: CallTree, rank: Weights, within: InvertLimits = limits): FlameTree {
  return new Inversion(calls, rank, within).run()
}

class Inversion {
  readonly #calls: CallTree
  readonly #rank: Weights
  readonly #within: InvertLimits
  readonly #frame: number[]
  readonly #parent: number[] = [-1]
  readonly #of: Int32Array
  readonly #cut: number[] = []
  readonly #open = new Heap<Bundle>()
  /** By frame: the new node that it belongs to during one step, −1 otherwise, and how many stacks go there. */
  readonly #slot: Int32Array
  #steps = 0

  constructor(calls: CallTree, rank: Weights, within: InvertLimits) {
    this.#calls = calls
    this.#rank = rank
    this.#within = within
    this.#frame = [calls.frame[0]!]
    this.#of = new Int32Array(calls.frame.length)
    this.#slot = new Int32Array(calls.frames.length).fill(-1)
  }

  run(): FlameTree {
    this.#group(0, this.#tops())
    for (let bundle = this.#open.pop(); bundle !== undefined; bundle = this.#open.pop()) {
      const full = this.#frame.length >= this.#within.nodes || this.#steps >= this.#within.steps
      if (full) this.#close(bundle)
      else this.#group(bundle.node, this.#callersOf(bundle))
    }
    return inOrder(
      this.#calls.frames,
      { frame: this.#frame, parent: this.#parent, of: this.#of, cut: this.#cut },
      this.#rank,
    )
  }

  /** Every node with weight of its own; the root's own stays with the root. */
  #tops(): Int32Array {
    const pairs: number[] = []
    for (let i = 1; i < this.#of.length; i++) if (weightOf(this.#rank[i]) > 0) pairs.push(i, i)
    return Int32Array.from(pairs)
  }

  /** One frame further down each stack; those that arrive at the root end here. */
  #callersOf({ node, pairs }: Bundle): Int32Array {
    let kept = 0
    for (let p = 0; p < pairs.length; p += 2) {
      const caller = this.#calls.parent[pairs[p + 1]!]!
      this.#of[pairs[p]!] = node
      if (caller <= 0) continue
      pairs[kept] = pairs[p]!
      pairs[kept + 1] = caller
      kept += 2
    }
    return pairs.subarray(0, kept)
  }

  /** Parts stacks by the frame that they have reached, and opens a node under `under` for each. */
  #group(under: number, pairs: Int32Array): void {
    this.#steps += pairs.length / 2
    const { frame } = this.#calls
    const touched: number[] = []
    const size: number[] = []
    const weight: number[] = []
    for (let p = 0; p < pairs.length; p += 2) {
      const reached = frame[pairs[p + 1]!]!
      let slot = this.#slot[reached]!
      if (slot < 0) {
        slot = touched.push(reached) - 1
        this.#slot[reached] = slot
        size.push(0)
        weight.push(0)
      }
      size[slot]! += 2
      weight[slot]! += weightOf(this.#rank[pairs[p]!])
    }
    const bundles = touched.map((reached, slot) => {
      this.#parent.push(under)
      return { node: this.#frame.push(reached) - 1, pairs: new Int32Array(size[slot]!) }
    })
    size.fill(0)
    for (let p = 0; p < pairs.length; p += 2) {
      const slot = this.#slot[frame[pairs[p + 1]!]!]!
      const into = bundles[slot]!.pairs
      into[size[slot]!++] = pairs[p]!
      into[size[slot]!++] = pairs[p + 1]!
    }
    for (const reached of touched) this.#slot[reached] = -1
    for (const [slot, bundle] of bundles.entries()) this.#open.push(weight[slot]!, bundle)
  }

  /** Leaves out the callers from here on. */
  #close({ node, pairs }: Bundle): void {
    let more = false
    for (let p = 0; p < pairs.length; p += 2) {
      this.#of[pairs[p]!] = node
      more ||= this.#calls.parent[pairs[p + 1]!]! > 0
    }
    if (more) this.#cut.push(node)
  }
}
