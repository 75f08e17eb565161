import { smallerFrames } from './fit-flame.js'
import type { FlameData, FlameDataFrame } from './flame-data.js'

/** A flame graph as a tree of objects: how runs of Plimsoll 0.1 keep it, without times. */
export interface FlameFrame {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly category: string
  /** µs of on-CPU time, children included. */
  readonly total: number
  /** µs on top of the stack. */
  readonly self: number
  readonly children: readonly FlameFrame[]
}

/**
 * Columns instead of a tree, without recursion. Where children were left out of the tree, what `total` has beyond
 * them stays as a child of its own, so that widths are what they were.
 */
export function fromNestedFlame(root: FlameFrame): FlameData {
  const frames: FlameDataFrame[] = []
  const parent: number[] = []
  const self: number[] = []
  const add = ({ name, file, line, category }: FlameDataFrame, above: number, selfUs: number): number => {
    frames.push({ name, file, line, category })
    self.push(selfUs)
    return parent.push(above) - 1
  }
  const open: { frame: FlameFrame; above: number }[] = [{ frame: root, above: -1 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { frame, above } = next
    const index = add(frame, above, frame.self)
    const shown = frame.children.reduce((sum, { total }) => sum + total, frame.self)
    const rest = frame.total - shown
    if (rest > 0.5) add({ name: smallerFrames, file: '', line: 0, category: frame.category }, index, rest)
    for (const child of frame.children.toReversed()) open.push({ frame: child, above: index })
  }
  return {
    unit: 'us',
    frames,
    nodes: {
      frame: Int32Array.from(frames, (_, i) => i),
      parent: Int32Array.from(parent),
      self: Float64Array.from(self),
    },
    streams: [],
  }
}
