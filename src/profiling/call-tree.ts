import type { CallFrame, CpuProfile, PositionTick, ProfileNode } from './cpu-profile.js'

/** A checked profile as arrays over its nodes, parents before their children: stacks 10,000 deep need no recursion. */
export interface CallTree {
  readonly nodes: readonly ProfileNode[]
  /** Index of the parent; −1 for the root, which is at 0. */
  readonly parents: Int32Array
  /** µs with this node on top of the stack. */
  readonly selfUs: Float64Array
  /** µs over all nodes, idle included. */
  readonly wallUs: number
  /** When the first sample was taken, on CLOCK_MONOTONIC; the start of the profile where there is none. */
  readonly startUs: number
  /** The samples in the order of time: index of the node, and the µs that the sample stands for. */
  readonly sampleNodes: Int32Array
  readonly sampleUs: Float64Array
}

/**
 * Weighs sample i by the time until sample i + 1 (the last: until the end of the profile): a sample says what ran
 * from then on. V8 may hand samples over out of order, so they are sorted by time first. hitCount is not used: it
 * counts samples whatever they stand for. Weights are whole µs, so that sums over the tree are exact.
 *
 * Two limits of the method: where a process waits for a core, its profile counts the wait as work; and the sampler is
 * a thread that needs a core itself: work that is over before it gets one counts as idle (`npm run bench:observer` has
 * a service that shows less than a fifth of its CPU time so). Shares of on-CPU time suffer less than the idle share,
 * which is why that is held against the kernel's account.
 */
export function buildCallTree(profile: CpuProfile): CallTree {
  const { nodes, parents } = parentsFirst(profile.nodes)
  const indexOf = new Map(nodes.map((node, index) => [node.id, index]))
  const { order, times } = byTime(profile)
  const selfUs = new Float64Array(nodes.length)
  const sampleNodes = new Int32Array(order.length)
  const sampleUs = new Float64Array(order.length)
  let wallUs = 0
  order.forEach((sample, position) => {
    const next = order[position + 1]
    const untilUs = next === undefined ? profile.endTime : times[next]!
    const weight = Math.max(0, Math.round(untilUs - times[sample]!))
    const node = indexOf.get(profile.samples[sample]!)!
    sampleNodes[position] = node
    sampleUs[position] = weight
    selfUs[node]! += weight
    wallUs += weight
  })
  const startUs = order.length > 0 ? times[order[0]!]! : profile.startTime
  return { nodes, parents, selfUs, wallUs, startUs, sampleNodes, sampleUs }
}

/** The nodes that hang together with the first root, in an order for walks without recursion. */
export function parentsFirst(all: readonly ProfileNode[]): { nodes: ProfileNode[]; parents: Int32Array } {
  const byId = new Map(all.map((node) => [node.id, node]))
  const isChild = new Set(all.flatMap((node) => node.children ?? []))
  const nodes = all.filter((node) => !isChild.has(node.id)).slice(0, 1)
  const parents = new Int32Array(all.length).fill(-1)
  for (let index = 0; index < nodes.length; index++) {
    for (const child of nodes[index]!.children ?? []) {
      parents[nodes.length] = index
      nodes.push(byId.get(child)!)
    }
  }
  return { nodes, parents }
}

function byTime(profile: CpuProfile): { order: Uint32Array; times: Float64Array } {
  const times = new Float64Array(profile.samples.length)
  let now = profile.startTime
  let sorted = true
  profile.timeDeltas.forEach((delta, sample) => {
    now += delta
    times[sample] = now
    if (delta < 0) sorted = false
  })
  const order = Uint32Array.from(times, (_, index) => index)
  if (!sorted) order.sort((a, b) => times[a]! - times[b]! || a - b)
  return { order, times }
}

/** Our own: code that was inlined into its parent in the tree, and of which nobody knows the function. */
export const inlinedFrame: CallFrame = {
  functionName: '(inlined code)',
  scriptId: '',
  url: '',
  lineNumber: -1,
  columnNumber: -1,
}

/** What is no function: states of the machine as V8 names them, and inlined code. */
export type PseudoFrame = 'root' | 'idle' | 'program' | 'gc' | 'inlined'

const pseudoFrames: Readonly<Record<string, PseudoFrame>> = {
  '(root)': 'root',
  '(idle)': 'idle',
  '(program)': 'program',
  '(garbage collector)': 'gc',
  [inlinedFrame.functionName]: 'inlined',
}

export const pseudoFrameOf = (frame: CallFrame): PseudoFrame | null =>
  frame.url === ''
    ? Object.hasOwn(pseudoFrames, frame.functionName)
      ? pseudoFrames[frame.functionName]!
      : null
    : null

/** The lines that samples of a node fell on; empty where V8 tells none. */
export const ticksOf = (node: ProfileNode): readonly PositionTick[] => node.positionTicks ?? []

/** A function, whatever stack it is on. */
export const functionKey = (frame: CallFrame): string =>
  `${frame.functionName}\n${frame.url}\n${frame.lineNumber}\n${frame.columnNumber}`

/** How a report names a function. `line` is 1-based, 0 where there is no source. */
export interface FunctionName {
  readonly function: string
  /** A path for a local file, else the URL as it is; `native` for code of V8 and of Node's C++. */
  readonly file: string
  readonly line: number
}

export function nameOf(frame: CallFrame): FunctionName {
  if (pseudoFrameOf(frame)) return { function: frame.functionName, file: '', line: 0 }
  const moduleBody = frame.functionName === '' && frame.lineNumber <= 0 && frame.url !== ''
  return {
    function: frame.functionName || (moduleBody ? '(module)' : '(anonymous)'),
    file: frame.url === '' ? 'native' : (localPath(frame.url) ?? frame.url),
    line: Math.max(0, Math.trunc(frame.lineNumber) + 1),
  }
}

/** The path of a `file://` URL or of a path; null for anything else. */
export function localPath(url: string): string | null {
  if (url.startsWith('/') || /^[A-Za-z]:[\\/]/.test(url)) return url
  if (!url.startsWith('file:///')) return null
  try {
    const path = decodeURIComponent(new URL(url).pathname)
    return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path
  } catch {
    return null
  }
}
