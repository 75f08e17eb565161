import { type FlameData, totalsOf } from '../flame-data.js'
import type { FlameFrame } from '../nested-flame.js'

/**
 * A flame graph as columns: one entry a frame, parents before their children (depth first). Texts are indices into
 * `strings`. It keeps 100,000 frames small, and stacks of any depth survive JSON, whose writer recurses.
 */
export interface FlatFlame {
  readonly strings: readonly string[]
  readonly name: readonly number[]
  readonly file: readonly number[]
  readonly line: readonly number[]
  readonly category: readonly number[]
  /** µs of on-CPU time, children included. */
  readonly total: readonly number[]
  /** µs on top of the stack. */
  readonly self: readonly number[]
  /** 0 for the root. */
  readonly depth: readonly number[]
}

/** Puts a call tree into the order of drawing, without recursion. Siblings come widest first, equal ones by name. */
export function flatFlame({ frames, nodes }: FlameData): FlatFlame {
  const table = new StringTable()
  const totals = totalsOf(nodes.parent, nodes.self)
  const children = new Map<number, number[]>()
  nodes.parent.forEach((above, i) => {
    const siblings = children.get(above)
    if (siblings) siblings.push(i)
    else children.set(above, [i])
  })
  const nameOf = (i: number): string => frames[nodes.frame[i]!]!.name
  const flat = {
    name: [] as number[],
    file: [] as number[],
    line: [] as number[],
    category: [] as number[],
    total: [] as number[],
    self: [] as number[],
    depth: [] as number[],
  }
  const stack = [0]
  const depths = [0]
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const level = depths.pop() ?? 0
    const frame = frames[nodes.frame[i]!]!
    flat.name.push(table.index(frame.name))
    flat.file.push(table.index(frame.file))
    flat.line.push(frame.line)
    flat.category.push(table.index(frame.category))
    flat.total.push(totals[i]!)
    flat.self.push(nodes.self[i]!)
    flat.depth.push(level)
    // The stack turns the order round: narrowest pushed first comes out last.
    const order = (children.get(i) ?? []).toSorted(
      (a, b) => totals[a]! - totals[b]! || compare(nameOf(b), nameOf(a)),
    )
    for (const child of order) {
      stack.push(child)
      depths.push(level + 1)
    }
  }
  return { strings: table.strings, ...flat }
}

/** Flattens a tree without recursion. Siblings come widest first, equal ones by name. */
export function flattenFlame(root: FlameFrame): FlatFlame {
  const table = new StringTable()
  const name: number[] = []
  const file: number[] = []
  const line: number[] = []
  const category: number[] = []
  const total: number[] = []
  const self: number[] = []
  const depth: number[] = []
  const stack: FlameFrame[] = [root]
  const depths: number[] = [0]
  for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
    const level = depths.pop() ?? 0
    name.push(table.index(frame.name))
    file.push(table.index(frame.file))
    line.push(frame.line)
    category.push(table.index(frame.category))
    total.push(frame.total)
    self.push(frame.self)
    depth.push(level)
    // The stack turns the order round: narrowest pushed first comes out last.
    const children = frame.children.toSorted((a, b) => a.total - b.total || compare(b.name, a.name))
    for (const child of children) {
      stack.push(child)
      depths.push(level + 1)
    }
  }
  return { strings: table.strings, name, file, line, category, total, self, depth }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

class StringTable {
  readonly strings: string[] = []
  readonly #indices = new Map<string, number>()

  index(text: string): number {
    const known = this.#indices.get(text)
    if (known !== undefined) return known
    const index = this.strings.push(text) - 1
    this.#indices.set(text, index)
    return index
  }
}
