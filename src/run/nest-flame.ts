import type { FlameProfile } from '../profiling/flame-profile.js'
import type { FlameFrame } from '../report/run-json.js'

/** Frames below this share of on-CPU time are left out. */
const smallestShare = 0.0005
/** What is deeper is left out: nobody reads it, and a nested JSON text of 10,000 levels cannot be parsed. */
const deepest = 500

interface Nested extends FlameFrame {
  readonly children: Nested[]
}

/** The call tree of a profile as nested frames, the largest first. A total holds what was left out as well. */
export function nestFlame({ frames, nodes }: FlameProfile): FlameFrame {
  const totals = nodes.self.slice()
  for (let index = totals.length - 1; index > 0; index--) totals[nodes.parent[index]!]! += totals[index]!
  const smallest = totals[0]! * smallestShare
  const nested: Array<Nested | undefined> = []
  const depths = new Uint32Array(totals.length)
  totals.forEach((total, index) => {
    const parent = index === 0 ? undefined : nested[nodes.parent[index]!]
    depths[index] = index === 0 ? 0 : depths[nodes.parent[index]!]! + 1
    if (index > 0 && (!parent || total === 0 || total < smallest || depths[index]! > deepest)) return
    const frame = { ...frames[nodes.frame[index]!]!, total, self: nodes.self[index]!, children: [] }
    nested[index] = frame
    parent?.children.push(frame)
  })
  for (const frame of nested) frame?.children.sort((a, b) => b.total - a.total)
  return nested[0]!
}
