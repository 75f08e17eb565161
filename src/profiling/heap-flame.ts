import { attribute } from './attribution.js'
import type { CallTree } from './call-tree.js'
import type { ProfileNode } from './cpu-profile.js'
import type { FlameProfile, ProfiledFrame } from './flame-profile.js'
import { FunctionTable } from './functions.js'
import type { HeapNode, HeapProfile } from './heap-profile.js'
import { LineJudge } from './line-judge.js'
import { resolveFunctions } from './resolve-functions.js'
import { Scripts } from './scripts.js'
import { createDiskSource, type ReadSource } from './source-files.js'

/**
 * The stacks of a heap profile as a flame graph, in bytes that still lived; the categories are those of the code.
 * Positions are the author's where a source map on disk tells them.
 */
export function heapFlame(profile: HeapProfile, readSource: ReadSource = createDiskSource()): FlameProfile {
  const tree = treeOf(profile)
  const functions = new FunctionTable()
  const functionOf = Int32Array.from(tree.nodes, ({ callFrame }) => functions.idOf(callFrame))
  const scripts = new Scripts([], readSource, () => {})
  resolveFunctions(functions.all, scripts, () => {})
  const ofNodes = Array.from(functionOf, (id) => functions.all[id]!)
  const { base } = attribute(tree, ofNodes, new LineJudge(scripts))
  const frames: ProfiledFrame[] = []
  const ids = new Map<string, number>()
  const frame = Int32Array.from(tree.nodes, (_, index) => {
    const category = base[index] === 'idle' ? 'unattributed' : base[index]!
    const { name, file, line } = index === 0 ? { name: 'all', file: '', line: 0 } : ofNodes[index]!
    const key = `${category}\n${line}\n${file}\n${name}`
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = frames.push({ name, file, line, category }) - 1
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
