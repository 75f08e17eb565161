import { type AttributedThread, onCpuTotals } from './attributed-thread.js'
import type { FrameCategory } from './attribution.js'
import type { Category } from './categories.js'
import { Dealer, type Taker } from './dealer.js'
import type { FlameProfile, ProfiledFrame, SampleStream } from './flame-profile.js'
import type { ProfiledFunction } from './functions.js'
import type { SelfPart } from './self-part.js'
import type { LineWork } from './source-line.js'

const nameOfWork: Readonly<Record<LineWork, string>> = {
  serialization: 'JSON',
  regex: 'regular expression',
  mixed: 'JSON or regular expression',
  other: 'code',
}

/**
 * The call trees of all threads as one, and what ran when. Where the self time of a function belongs to another
 * category by its line, a leaf such as `JSON, line 26` shows it. Sums are exact: what the streams say of a node adds
 * up to its self time.
 */
export function buildFlame(
  threads: readonly AttributedThread[],
  functions: readonly ProfiledFunction[],
): FlameProfile {
  const tree = new GrowingTree()
  const root = tree.add(-1, tree.frame('all', '', 0, 'unattributed'))
  const severalProcesses = new Set(threads.map(({ pid }) => pid)).size > 1
  const streams = threads.map((thread): SampleStream => {
    const top =
      threads.length === 1
        ? root
        : tree.add(root, tree.frame(titleOf(thread, severalProcesses), '', 0, 'unattributed'))
    const targets = graft(tree, top, thread, functions)
    return { pid: thread.pid, thread: thread.thread, ...streamOf(thread, targets) }
  })
  return tree.finish(streams)
}

const titleOf = ({ pid, thread }: AttributedThread, severalProcesses: boolean): string =>
  severalProcesses ? `${thread} of process ${pid}` : thread

/** Lays the call tree of a thread into the flame below `top`. Branches in which no time was spent are left out. */
function graft(
  flame: GrowingTree,
  top: number,
  thread: AttributedThread,
  functions: readonly ProfiledFunction[],
): ReadonlyArray<readonly Taker[]> {
  const { tree, functionOf, attribution } = thread
  const totals = onCpuTotals(thread)
  const placeOf = new Int32Array(tree.nodes.length).fill(top)
  return tree.nodes.map((_, index): readonly Taker[] => {
    if (totals[index] === 0) return []
    const parts = attribution.parts[index]!
    const { name, file, line } = functions[functionOf[index]!]!
    const category = categoryOf(attribution.base[index]!, parts)
    const place =
      index === 0 ? top : flame.child(placeOf[tree.parents[index]!]!, flame.frame(name, file, line, category))
    placeOf[index] = place
    return parts.map((part) => {
      const node =
        part.category === category
          ? place
          : flame.child(place, flame.frame(titleOfLeaf(part), file, part.line, part.category))
      flame.spend(node, part.us)
      return { node, us: part.us }
    })
  })
}

const titleOfLeaf = ({ work, line, category }: SelfPart): string =>
  line > 0 ? `${nameOfWork[work]}, line ${line}` : `for ${category}`

/** That of the frame, unless its time is told as a whole: then that of most of it. */
function categoryOf(base: FrameCategory, parts: readonly SelfPart[]): Category {
  if (parts.length > 0 && parts.every(({ line }) => line === 0)) return largest(parts).category
  return base === 'apart' ? 'unattributed' : base
}

const largest = (parts: readonly SelfPart[]): SelfPart =>
  parts.reduce((most, part) => (part.us > most.us ? part : most))

/**
 * The samples of a thread in the order of time. V8 tells how often each line of a function was met but not when, so
 * the samples of a node are dealt to its parts in turn, in proportion; one that exceeds what is left of a part is cut.
 */
function streamOf(
  { tree }: AttributedThread,
  targets: ReadonlyArray<readonly Taker[]>,
): Pick<SampleStream, 'startUs' | 'node' | 'us'> {
  const nodes: number[] = []
  const times: number[] = []
  const push = (node: number, us: number): void => {
    if (us === 0) return
    if (nodes.at(-1) === node) times[times.length - 1]! += us
    else {
      nodes.push(node)
      times.push(us)
    }
  }
  const dealers = new Map<number, Dealer>()
  tree.sampleNodes.forEach((index, sample) => {
    const us = tree.sampleUs[sample]!
    const [only, more] = targets[index]!
    if (!only) push(-1, us)
    else if (!more) push(only.node, us)
    else {
      const dealer = dealers.get(index) ?? new Dealer(targets[index]!)
      dealers.set(index, dealer)
      dealer.deal(us, push)
    }
  })
  return { startUs: tree.startUs, node: Int32Array.from(nodes), us: Float64Array.from(times) }
}

/** A tree that grows node by node; of the children of a node no two have the same frame. */
class GrowingTree {
  readonly #frames: ProfiledFrame[] = []
  readonly #frameIds = new Map<string, number>()
  readonly #frame: number[] = []
  readonly #parent: number[] = []
  readonly #self: number[] = []
  readonly #children = new Map<number, number>()

  frame(name: string, file: string, line: number, category: Category): number {
    const key = `${category}\n${line}\n${file}\n${name}`
    const known = this.#frameIds.get(key)
    if (known !== undefined) return known
    const id = this.#frames.push({ name, file, line, category }) - 1
    this.#frameIds.set(key, id)
    return id
  }

  add(parent: number, frame: number): number {
    this.#frame.push(frame)
    this.#parent.push(parent)
    return this.#self.push(0) - 1
  }

  child(parent: number, frame: number): number {
    // Both stay below 2^26, so that the sum is exact.
    const key = parent * 2 ** 26 + frame
    const known = this.#children.get(key)
    if (known !== undefined) return known
    const child = this.add(parent, frame)
    this.#children.set(key, child)
    return child
  }

  spend(node: number, us: number): void {
    this.#self[node]! += us
  }

  finish(streams: readonly SampleStream[]): FlameProfile {
    return {
      unit: 'us',
      frames: this.#frames,
      nodes: {
        frame: Int32Array.from(this.#frame),
        parent: Int32Array.from(this.#parent),
        self: Float64Array.from(this.#self),
      },
      streams,
    }
  }
}
