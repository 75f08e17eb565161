import type { CallTree, FlameData, FlameFrame } from './data.js'

/** Two call trees as one. */
export interface JoinedCalls extends CallTree {
  /** For each node of the first: its node here. */
  readonly ofFirst: Int32Array
  readonly ofSecond: Int32Array
}

/**
 * Lays the call trees of two runs over each other. Functions are the same where name and file are; where a file has
 * several of one name (`(anonymous)`), they are paired in their order so that lines differ as little as possible,
 * since edits move code up and down. What only one run has stays. Frames are described as in the second, the later.
 * @throws TypeError where their units differ
 */
export function joinData(first: FlameData, second: FlameData): JoinedCalls {
  if (first.unit !== second.unit) {
    throw new TypeError(`Flame data in ${first.unit} cannot be compared with flame data in ${second.unit}.`)
  }
  const frames = [...second.frames]
  const frameOfFirst = pairFrames(first.frames, second.frames)
  for (const [i, paired] of frameOfFirst.entries()) {
    if (paired < 0) frameOfFirst[i] = frames.push(first.frames[i]!) - 1
  }
  const union = new Union(frames.length, second.frame[0]!)
  const ofSecond = union.add(second, (frame) => frame)
  const ofFirst = union.add(first, (frame) => frameOfFirst[frame]!)
  return {
    frames,
    frame: Int32Array.from(union.frame),
    parent: Int32Array.from(union.parent),
    ofFirst,
    ofSecond,
  }
}

class Union {
  readonly frame: number[]
  readonly parent: number[] = [-1]
  readonly #frames: number
  readonly #known = new Map<number, number>()

  constructor(frames: number, root: number) {
    this.#frames = frames
    this.frame = [root]
  }

  add(calls: CallTree, frameOf: (frame: number) => number): Int32Array {
    const of = new Int32Array(calls.frame.length)
    for (let i = 1; i < of.length; i++) {
      const parent = of[calls.parent[i]!]!
      const frame = frameOf(calls.frame[i]!)
      const key = parent * this.#frames + frame
      let node = this.#known.get(key)
      if (node === undefined) {
        node = this.frame.push(frame) - 1
        this.parent.push(parent)
        this.#known.set(key, node)
      }
      of[i] = node
    }
    return of
  }
}

/** For each frame of the first list: the same function's index in the second, or −1. */
export function pairFrames(first: readonly FlameFrame[], second: readonly FlameFrame[]): Int32Array {
  const pairs = new Int32Array(first.length).fill(-1)
  const others = byFunction(second)
  for (const [key, ours] of byFunction(first)) {
    const theirs = others.get(key)
    if (theirs === undefined) continue
    for (const [a, b] of pairByLine(ours, theirs, first, second)) pairs[a] = b
  }
  return pairs
}

function byFunction(frames: readonly FlameFrame[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [i, { name, file }] of frames.entries()) {
    const key = `${name}\n${file}`
    const group = groups.get(key)
    if (group) group.push(i)
    else groups.set(key, [i])
  }
  for (const group of groups.values()) group.sort((a, b) => frames[a]!.line - frames[b]!.line || a - b)
  return groups
}

/** Above this many possible pairs, frames are paired in their order and no more. */
const mostPairs = 250_000

/**
 * Pairs all of the shorter list with some of the longer one, both in the order of lines, so that the lines differ by
 * the least sum: the alignment of two sequences by dynamic programming, without costs for what is left over.
 */
function pairByLine(
  ours: readonly number[],
  theirs: readonly number[],
  first: readonly FlameFrame[],
  second: readonly FlameFrame[],
): [number, number][] {
  if (ours.length > theirs.length) {
    return pairByLine(theirs, ours, second, first).map(([b, a]) => [a, b])
  }
  if (ours.length === theirs.length || ours.length * theirs.length > mostPairs) {
    return ours.map((a, i) => [a, theirs[i]!])
  }
  const width = theirs.length + 1
  const cost = new Float64Array((ours.length + 1) * width)
  for (let i = 1; i <= ours.length; i++) {
    cost[i * width + i - 1] = Number.POSITIVE_INFINITY
    for (let j = i; j < width; j++) {
      const apart = Math.abs(first[ours[i - 1]!]!.line - second[theirs[j - 1]!]!.line)
      cost[i * width + j] = Math.min(cost[i * width + j - 1]!, cost[(i - 1) * width + j - 1]! + apart)
    }
  }
  const pairs: [number, number][] = []
  for (let i = ours.length, j = theirs.length; i > 0; j--) {
    if (cost[i * width + j] === cost[i * width + j - 1]) continue
    pairs.push([ours[i - 1]!, theirs[j - 1]!])
    i--
  }
  return pairs
}
