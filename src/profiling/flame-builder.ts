import type { FlameProfile, ProfiledFrame, SampleStream } from './flame-profile.js'

/** More than any viewer opens. What goes beyond is added to the caller that has a node. */
export const flameLimits = { frames: 1_000_000, nodes: 3_000_000, depth: 1_000 } as const

/** Above the number of frames, so that a pair of node and frame is one key. */
const keyStride = 2 ** 21

/** Grows a `FlameProfile` stack by stack. */
export class FlameBuilder {
  readonly #frames: ProfiledFrame[] = [{ name: 'all', file: '', line: 0, category: 'unattributed' }]
  readonly #frameByKey = new Map<string, number>()
  readonly #childByKey = new Map<number, number>()
  readonly #frameOf: number[] = [0]
  readonly #parentOf: number[] = [-1]
  readonly #depthOf: number[] = [0]
  readonly #self: number[] = [0]

  /** @returns the index of the frame */
  frame(frame: ProfiledFrame): number {
    const key = `${frame.category}\n${frame.line}\n${frame.file}\n${frame.name}`
    const known = this.#frameByKey.get(key)
    if (known !== undefined) return known
    const index = this.#frames.length
    if (index >= flameLimits.frames) return 0
    this.#frames.push(frame)
    this.#frameByKey.set(key, index)
    return index
  }

  /** The node of a frame that `parent` called; `parent` itself where the tree is as large or as deep as it may get. */
  child(parent: number, frame: number): number {
    const key = parent * keyStride + frame
    const known = this.#childByKey.get(key)
    if (known !== undefined) return known
    const depth = this.#depthOf[parent]! + 1
    if (depth > flameLimits.depth || this.#frameOf.length >= flameLimits.nodes) return parent
    const node = this.#frameOf.length
    this.#frameOf.push(frame)
    this.#parentOf.push(parent)
    this.#depthOf.push(depth)
    this.#self.push(0)
    this.#childByKey.set(key, node)
    return node
  }

  add(node: number, weight: number): void {
    this.#self[node]! += weight
  }

  build(unit: FlameProfile['unit'], streams: readonly SampleStream[] = []): FlameProfile {
    return {
      unit,
      frames: this.#frames,
      nodes: {
        frame: Int32Array.from(this.#frameOf),
        parent: Int32Array.from(this.#parentOf),
        self: Float64Array.from(this.#self),
      },
      streams,
    }
  }
}

/** In the unit of the profile, with all children: by node. */
export function totalsOf({ nodes }: FlameProfile): Float64Array {
  const totals = Float64Array.from(nodes.self)
  for (let node = totals.length - 1; node > 0; node--) totals[nodes.parent[node]!]! += totals[node]!
  return totals
}
