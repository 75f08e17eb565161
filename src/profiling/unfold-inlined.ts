import { type CallTree, inlinedFrame, parentsFirst, ticksOf } from './call-tree.js'
import { Callees } from './callees.js'
import type { CallFrame, PositionTick } from './cpu-profile.js'
import { Dealer, type Taker } from './dealer.js'
import { FunctionMap } from './function-map.js'
import { findInlined } from './inlined-ticks.js'
import type { ThreadProfile } from './thread-profile.js'

/**
 * Gives functions that V8 inlined nodes of their own below the function that they were inlined into. Before Node 26
 * V8 charges the time on top of the stack to the latter, but the lines of the ticks are true: they are lines of the
 * script that the inlined function stands in, whichever that is. Where a script stands on one line, a function that
 * does nothing of weight but call one other short function hands its time to that.
 */
export function unfoldInlined(
  tree: CallTree,
  { scripts, learnt = [] }: Pick<ThreadProfile, 'scripts' | 'learnt'>,
): CallTree {
  const maps = new Map<string, FunctionMap | null>()
  for (const { callFrame: frame } of [...tree.nodes, ...learnt]) {
    if (!maps.has(frame.url)) maps.set(frame.url, FunctionMap.of(frame.url, scripts.get(frame.url)))
    maps.get(frame.url)?.at(frame)
  }
  const callees = new Callees()
  callees.add(tree.nodes, tree.parents, maps)
  const before = parentsFirst(learnt)
  callees.add(before.nodes, before.parents, maps)
  const nodes = [...tree.nodes]
  const parents = Array.from(tree.parents)
  const selfUs = Array.from(tree.selfUs)
  const takersOf = new Map<number, readonly Taker[]>()
  let id = tree.nodes.reduce((highest, node) => Math.max(highest, node.id), 0)
  tree.nodes.forEach((node, index) => {
    const us = tree.selfUs[index]!
    const map = us > 0 ? maps.get(node.callFrame.url) : null
    const own = map?.at(node.callFrame)
    const found = map && own ? findInlined(own, map, ticksOf(node), callees) : null
    if (!found) return
    const whole = ticksOf(node).reduce((sum, { ticks }) => sum + ticks, 0)
    const takers: Taker[] = []
    let left = us
    const give = (callFrame: CallFrame, ticks: readonly PositionTick[]): void => {
      const share = ticks.reduce((sum, tick) => sum + tick.ticks, 0) / whole
      const partUs = Math.min(left, Math.round(share * us))
      left -= partUs
      parents.push(index)
      selfUs.push(partUs)
      nodes.push({ id: ++id, callFrame, hitCount: 0, positionTicks: [...ticks] })
      takers.push({ node: nodes.length - 1, us: partUs })
    }
    for (const part of found.parts) give(part.map.frameOf(part.callee), part.ticks)
    if (found.unknown.length > 0) give(inlinedFrame, found.unknown)
    selfUs[index] = left
    const given = new Set([...found.parts.flatMap(({ ticks }) => ticks), ...found.unknown])
    nodes[index] = { ...node, positionTicks: ticksOf(node).filter((tick) => !given.has(tick)) }
    takersOf.set(index, [...takers, { node: index, us: left }])
  })
  if (takersOf.size === 0) return tree
  return {
    ...tree,
    nodes,
    parents: Int32Array.from(parents),
    selfUs: Float64Array.from(selfUs),
    ...dealSamples(tree, takersOf),
  }
}

function dealSamples(
  tree: CallTree,
  takersOf: ReadonlyMap<number, readonly Taker[]>,
): Pick<CallTree, 'sampleNodes' | 'sampleUs'> {
  const nodes: number[] = []
  const times: number[] = []
  const push = (node: number, us: number): void => {
    nodes.push(node)
    times.push(us)
  }
  const dealers = new Map([...takersOf].map(([index, takers]) => [index, new Dealer(takers)]))
  tree.sampleNodes.forEach((index, sample) => {
    const dealer = dealers.get(index)
    if (dealer) dealer.deal(tree.sampleUs[sample]!, push)
    else push(index, tree.sampleUs[sample]!)
  })
  return { sampleNodes: Int32Array.from(nodes), sampleUs: Float64Array.from(times) }
}
