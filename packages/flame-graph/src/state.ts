import { type CallTree, type FlameData, type Weights, weightOf } from './data.js'
import { type Difference, difference } from './difference.js'
import { callerTree } from './invert.js'
import { type JoinedCalls, joinData } from './join.js'
import { type FlameLayout, layoutFlame } from './layout.js'
import { type CategoryShare, sharesByCategory } from './shares.js'
import { calleeTree, type FlameTree } from './tree.js'
import { weigh } from './weigh.js'

/** `callees`: from the root to what it calls. `callers`: from each function to what called it. */
export type FlameMode = 'callees' | 'callers'

/** Two sides of a differential flame graph. Shares of each side's own whole are compared. */
export interface Comparison {
  /** Other weights of the same data, or the data of another run. */
  readonly before: Weights | FlameData
  /** Without: what the graph shows otherwise, within its ranges. */
  readonly after?: Weights
  /** Which side gives the widths: `after` unless said otherwise. */
  readonly widths?: 'before' | 'after'
  /** What readers call the two sides. */
  readonly names?: { readonly before: string; readonly after: string }
}

interface Sides {
  readonly calls: CallTree
  readonly before: Weights | null
  readonly after: Weights
}

/** What a graph shows: the data, as a tree of callees or callers, by the weights of the moment, compared or not. */
export class FlameState {
  readonly data: FlameData
  readonly #always: Weights
  #mode: FlameMode = 'callees'
  #weights: Weights | null = null
  #comparison: Comparison | null = null
  #joined: { with: FlameData; calls: JoinedCalls } | null = null
  #built: { calls: CallTree; mode: FlameMode; rank: Weights; tree: FlameTree } | null = null
  #layout: FlameLayout
  #difference: Difference | null = null

  constructor(data: FlameData) {
    this.data = data
    this.#always =
      data.streams.length === 0
        ? data.self
        : sum(
            data.self,
            weigh(data, () => true),
          )
    this.#layout = this.#compute()
  }

  get layout(): FlameLayout {
    return this.#layout
  }

  get difference(): Difference | null {
    return this.#difference
  }

  get mode(): FlameMode {
    return this.#mode
  }

  get comparison(): Comparison | null {
    return this.#comparison
  }

  setMode(mode: FlameMode): void {
    this.#mode = mode
    this.#layout = this.#compute()
  }

  /** `null`: the weights of the data itself. */
  setWeights(weights: Weights | null): void {
    this.#weights = weights
    this.#layout = this.#compute()
  }

  setComparison(comparison: Comparison | null): void {
    this.#comparison = comparison
    this.#layout = this.#compute()
  }

  /** Of the side that gives the widths. */
  categoryShares(): CategoryShare[] {
    const { calls, before, after } = this.#sides()
    return sharesByCategory(calls, before && this.#comparison?.widths === 'before' ? before : after)
  }

  #compute(): FlameLayout {
    const sides = this.#sides()
    const tree = this.#treeOf(sides)
    this.#difference = sides.before && difference(tree, sides.before, sides.after)
    const byBefore = sides.before && this.#comparison?.widths === 'before'
    return layoutFlame(tree, byBefore ? sides.before! : sides.after)
  }

  #sides(): Sides {
    const shown = this.#weights ?? this.data.self
    if (this.#comparison === null) return { calls: this.data, before: null, after: shown }
    const { before, after = shown } = this.#comparison
    if (before instanceof Float64Array) return { calls: this.data, before, after }
    if (this.#joined?.with !== before) {
      this.#joined = { with: before, calls: joinData(before, this.data) }
    }
    const { calls } = this.#joined
    return {
      calls,
      before: carry(before.self, calls.ofFirst, calls),
      after: carry(after, calls.ofSecond, calls),
    }
  }

  /** Trees are kept as long as they hold all that is to be drawn, so that a brush moves no frame to another place. */
  #treeOf({ calls, before, after }: Sides): FlameTree {
    const known = this.#built
    if (known && known.calls === calls && known.mode === this.#mode) {
      if (this.#mode === 'callees' || (covers(known.rank, after) && covers(known.rank, before)))
        return known.tree
    }
    const always =
      calls === this.data ? this.#always : carry(this.#always, this.#joined!.calls.ofSecond, calls)
    const rank = sum(sum(always, after), before)
    const tree = this.#mode === 'callees' ? calleeTree(calls, rank) : callerTree(calls, rank)
    this.#built = { calls, mode: this.#mode, rank, tree }
    return tree
  }
}

function sum(first: Weights, second: Weights | null): Weights {
  return second === null ? first : first.map((weight, i) => weightOf(weight) + weightOf(second[i]))
}

const covers = (rank: Weights, weights: Weights | null): boolean =>
  weights?.every((weight, i) => rank[i]! > 0 || weightOf(weight) === 0) ?? true

function carry(weights: Weights, of: Int32Array, calls: CallTree): Weights {
  const carried = new Float64Array(calls.frame.length)
  for (let i = 0; i < of.length; i++) carried[of[i]!]! += weightOf(weights[i])
  return carried
}
