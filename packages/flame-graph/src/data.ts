/** A function, or a line of one. */
export interface FlameFrame {
  readonly name: string
  /** A path or URL; empty where there is none. */
  readonly file: string
  /** 1-based; 0 where it is not known. */
  readonly line: number
  /** What the frame is coloured by. */
  readonly category: string
}

/** Samples in the order of time, without gaps: each lasts until the next begins. */
export interface SampleStream {
  /** Such as the name of a thread. */
  readonly name: string
  readonly startUs: number
  /** The node on top of the stack; −1 while idle. */
  readonly node: Int32Array
  /** How long each sample lasts. */
  readonly us: Float64Array
}

/** Call stacks, parents before their children. Node 0 is the root, and holds all. */
export interface CallTree {
  readonly frames: readonly FlameFrame[]
  /** Index of each node's frame. */
  readonly frame: Int32Array
  /** Index of each node's parent; −1 for node 0. */
  readonly parent: Int32Array
}

/** What a flame graph is drawn from. */
export interface FlameData extends CallTree {
  readonly unit: 'us' | 'bytes' | 'count'
  /** What each node holds without its children, in `unit`. */
  readonly self: Float64Array
  /** When it happened; empty where that is not known. */
  readonly streams: readonly SampleStream[]
}

/** One weight for each node, without its children, in the unit of the data. What is negative or no number counts as 0. */
export type Weights = Float64Array

/**
 * Checks that indices point at what there is and that parents come first.
 * @throws TypeError that says which entry is wrong
 */
export function checkFlameData(data: FlameData): void {
  const { frames, frame, parent, self, streams } = data
  const count = frame.length
  if (count === 0) throw new TypeError('Flame data needs a root: node 0.')
  if (parent.length !== count || self.length !== count) {
    throw new TypeError(
      `Flame data has ${count} frame indices, ${parent.length} parents and ${self.length} weights.`,
    )
  }
  for (let i = 0; i < count; i++) {
    if (frames[frame[i]!] === undefined) throw new TypeError(`Node ${i} has no frame ${frame[i]}.`)
    const fits = i === 0 ? parent[i] === -1 : parent[i]! >= 0 && parent[i]! < i
    if (!fits) throw new TypeError(`Node ${i} cannot have the parent ${parent[i]}.`)
  }
  for (const { name, node, us } of streams) {
    if (node.length !== us.length) {
      throw new TypeError(`Stream '${name}' has ${node.length} samples and ${us.length} durations.`)
    }
    const wrong = node.findIndex((index) => index < -1 || index >= count)
    if (wrong >= 0) throw new TypeError(`Sample ${wrong} of stream '${name}' has no node ${node[wrong]}.`)
  }
}

/** A weight as it counts. */
export const weightOf = (value: number | undefined): number =>
  value !== undefined && value > 0 && value < Number.POSITIVE_INFINITY ? value : 0
