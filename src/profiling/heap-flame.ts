import { classify } from './attribution.js'
import { type CallTree, nameOf } from './call-tree.js'
import type { ProfileNode } from './cpu-profile.js'
import type { FlameProfile, ProfiledFrame } from './flame-profile.js'
import { FunctionTable } from './functions.js'
import type { HeapNode, HeapProfile } from './heap-profile.js'

/** The stacks of a heap profile as a flame graph, in bytes that still lived; the categories are those of the code. */
export function heapFlame(profile: HeapProfile): FlameProfile {
  const tree = treeOf(profile)
  const functions = new FunctionTable()
  const ofNodes = tree.nodes.map(({ callFrame }) => functions.all[functions.idOf(callFrame)]!)
  const { base } = classify(tree, ofNodes)
  const frames: ProfiledFrame[] = []
  const ids = new Map<string, number>()
  const frame = Int32Array.from(tree.nodes, ({ callFrame }, index) => {
    const category = base[index] === 'apart' ? 'unattributed' : base[index]!
    const name = index === 0 ? { function: 'all', file: '', line: 0 } : nameOf(callFrame)
    const key = `${category}\n${name.line}\n${name.file}\n${name.function}`
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = frames.push({ name: name.function, file: name.file, line: name.line, category }) - 1
    ids.set(key, id)
    return id
  })
  return {
    unit: 'bytes',
    frames,
    nodes: { frame, parent: tree.parents, self: tree.selfUs },
    streams: [],
  }
}

/** The call tree that the attribution knows, with bytes where it has µs. */
function treeOf({ head }: HeapProfile): CallTree {
  const heapNodes: HeapNode[] = [head]
  const parents: number[] = [-1]
  for (let index = 0; index < heapNodes.length; index++) {
    for (const child of heapNodes[index]!.children) {
      heapNodes.push(child)
      parents.push(index)
    }
  }
  const nodes = heapNodes.map(({ id, callFrame }): ProfileNode => ({ id, callFrame, hitCount: 0 }))
  const selfUs = Float64Array.from(heapNodes, ({ selfSize }) => selfSize)
  return {
    nodes,
    parents: Int32Array.from(parents),
    selfUs,
    startUs: 0,
    wallUs: selfUs.reduce((sum, bytes) => sum + bytes, 0),
    sampleNodes: new Int32Array(0),
    sampleUs: new Float64Array(0),
  }
}
