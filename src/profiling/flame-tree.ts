import type { Attribution, SelfPart } from './attribution.js'
import { type CallTree, functionKey, nameOf } from './call-tree.js'
import type { Category } from './categories.js'
import type { LineWork } from './source-line.js'

/** A frame of the flame graph, merged over all samples. */
export interface FlameNode {
  readonly name: string
  readonly file: string
  /** 1-based; 0 where there is no source. */
  readonly line: number
  readonly category: Category
  /** µs of on-CPU time, children included, also those too small to be listed. */
  readonly total: number
  /** µs on top of the stack. */
  readonly self: number
  /** Largest first. */
  readonly children: readonly FlameNode[]
}

/** Frames below this share of on-CPU time are left out. */
const smallestShare = 0.0005
/** What is deeper is gathered in one frame: nobody reads it, and a nested JSON text of 10,000 levels cannot be parsed. */
const deepest = 500

interface Growing {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly category: Category
  readonly depth: number
  readonly parent: Growing | null
  self: number
  total: number
  children: Map<string, Growing> | null
  shown: FlameNode[]
}

const nameOfWork: Readonly<Record<LineWork, string>> = {
  serialization: 'JSON',
  regex: 'regular expression',
  mixed: 'JSON and regular expression',
  other: 'code',
}

/**
 * The call tree of on-CPU time, without idle. Where the self time of a function belongs to another category by its
 * line, a leaf such as `JSON, line 26` shows it. Sums are exact: total = self + totals of all children.
 */
export function buildFlameTree(tree: CallTree, attribution: Attribution): FlameNode {
  const root = grow(null, 'all', '', 0, 'unattributed')
  const frames: Growing[] = [root]
  const frameOf: Growing[] = []
  tree.nodes.forEach((node, index) => {
    const parent = index === 0 ? root : frameOf[tree.parents[index]!]!
    const frame =
      index === 0
        ? root
        : childFor(parent, functionKey(node.callFrame), frames, () =>
            frameFor(tree, attribution, index, parent),
          )
    frameOf[index] = frame
    for (const part of attribution.parts[index]!) {
      const byLine = part.category !== frame.category && part.line > 0 && frame.depth < deepest
      const top = byLine ? childFor(frame, `line\n${part.line}`, frames, () => leafFor(frame, part)) : frame
      top.self += part.us
    }
  })
  return finish(frames)
}

function frameFor(tree: CallTree, attribution: Attribution, index: number, parent: Growing): Growing {
  const { function: name, file, line } = nameOf(tree.nodes[index]!.callFrame)
  const base = attribution.base[index]!
  const [only, more] = attribution.parts[index]!
  const category = only && !more && only.line === 0 ? only.category : base === 'idle' ? 'unattributed' : base
  return grow(parent, name, file, line, category)
}

const leafFor = (frame: Growing, part: SelfPart): Growing =>
  grow(frame, `${nameOfWork[part.work]}, line ${part.line}`, frame.file, part.line, part.category)

const grow = (
  parent: Growing | null,
  name: string,
  file: string,
  line: number,
  category: Category,
): Growing => ({
  name,
  file,
  line,
  category,
  depth: parent === null ? 0 : parent.depth + 1,
  parent,
  self: 0,
  total: 0,
  children: null,
  shown: [],
})

function childFor(parent: Growing, key: string, frames: Growing[], create: () => Growing): Growing {
  if (parent.depth > deepest) return parent
  const tooDeep = parent.depth === deepest
  parent.children ??= new Map()
  const known = parent.children.get(tooDeep ? 'deeper' : key)
  if (known) return known
  const child = tooDeep ? grow(parent, '(deeper frames)', '', 0, parent.category) : create()
  parent.children.set(tooDeep ? 'deeper' : key, child)
  frames.push(child)
  return child
}

/** Parents come before children in `frames`, so from the end each frame is complete when its turn comes. */
function finish(frames: readonly Growing[]): FlameNode {
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index]!
    frame.total += frame.self
    if (frame.parent) frame.parent.total += frame.total
  }
  const root = frames[0]!
  const smallest = root.total * smallestShare
  let finished = shape(root)
  for (let index = frames.length - 1; index >= 0; index--) {
    const frame = frames[index]!
    if (frame !== root && (frame.total === 0 || frame.total < smallest)) continue
    finished = shape(frame)
    frame.parent?.shown.push(finished)
  }
  return finished
}

function shape({ name, file, line, category, total, self, shown }: Growing): FlameNode {
  return { name, file, line, category, total, self, children: shown.sort((a, b) => b.total - a.total) }
}
