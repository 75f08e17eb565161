import type { CallFrame, CpuProfile, ProfileNode } from '../cpu-profile.js'
import type { FlameProfile, SampleStream } from '../flame-profile.js'

const idleName = '(idle)'

const pseudoFrame = (functionName: string): CallFrame => ({
  functionName,
  scriptId: '0',
  url: '',
  lineNumber: -1,
  columnNumber: -1,
})

/**
 * A `.cpuprofile` in whole µs of one stream of samples, for viewers that read nothing else. Chrome DevTools weighs a sample by the
 * delta of the next one, so a last sample of no weight ends the profile.
 */
export function toCpuProfile(flame: FlameProfile, stream: SampleStream): CpuProfile {
  const { frame, parent } = flame.nodes
  const used = new Set<number>([0])
  for (const top of stream.node) {
    for (let node = top; node > 0 && !used.has(node); node = parent[node]!) used.add(node)
  }
  const hits = new Map<number, number>()
  for (const node of stream.node) hits.set(node, (hits.get(node) ?? 0) + 1)
  const ordered = [...used].sort((a, b) => a - b)
  const children = new Map<number, number[]>(ordered.map((node) => [node, node === 0 ? [idleId] : []]))
  for (const node of ordered) {
    if (node > 0) children.get(parent[node]!)!.push(idOf(node))
  }
  const nodes: ProfileNode[] = ordered.map((node) => ({
    id: idOf(node),
    callFrame: node === 0 ? pseudoFrame('(root)') : callFrameOf(flame, frame[node]!),
    hitCount: hits.get(node) ?? 0,
    ...(children.get(node)!.length > 0 ? { children: children.get(node)! } : {}),
  }))
  nodes.push({ id: idleId, callFrame: pseudoFrame(idleName), hitCount: hits.get(-1) ?? 0 })
  return { nodes, ...timesOf(stream) }
}

/** Ids count from 1: the root, then idle. */
const idleId = 2
const idOf = (node: number): number => (node === 0 ? 1 : node + 2)

function timesOf(stream: SampleStream): Omit<CpuProfile, 'nodes'> {
  const startTime = Math.round(stream.startUs)
  const samples: number[] = []
  const timeDeltas: number[] = []
  let atUs = stream.startUs
  let before = startTime
  stream.node.forEach((node, index) => {
    const rounded = Math.round(atUs)
    samples.push(node < 0 ? idleId : idOf(node))
    timeDeltas.push(rounded - before)
    before = rounded
    atUs += stream.us[index]!
  })
  const endTime = Math.max(before, Math.round(atUs))
  samples.push(idleId)
  timeDeltas.push(endTime - before)
  return { startTime, endTime, samples, timeDeltas }
}

function callFrameOf(flame: FlameProfile, index: number): CallFrame {
  const { name, file, line } = flame.frames[index]!
  return {
    functionName: name,
    scriptId: '0',
    url: file,
    lineNumber: line - 1,
    columnNumber: line > 0 ? 0 : -1,
  }
}
