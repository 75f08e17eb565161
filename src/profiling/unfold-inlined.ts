import { type CallTree, ticksOf } from './call-tree.js'
import type { PositionTick, ProfileNode } from './cpu-profile.js'
import { Dealer, type Taker } from './dealer.js'
import { FunctionMap, type MappedFunction } from './function-map.js'
import type { ScriptText } from './thread-profile.js'

/**
 * Gives functions that V8 inlined nodes of their own below the function that they were inlined into. Before Node 26
 * V8 charges their time to that function, but the lines of the ticks are true: one that lies in another function of
 * the script is that function's. Where a script stands on one line, a function that does nothing of weight but call
 * one other short function hands its time to that.
 */
export function unfoldInlined(tree: CallTree, scripts: ReadonlyMap<string, ScriptText>): CallTree {
  const maps = new Map<string, FunctionMap | null>()
  for (const { callFrame: frame } of tree.nodes) {
    if (!maps.has(frame.url)) maps.set(frame.url, FunctionMap.of(frame.url, scripts.get(frame.url)))
    maps.get(frame.url)?.at(frame)
  }
  const nodes = [...tree.nodes]
  const parents = Array.from(tree.parents)
  const selfUs = Array.from(tree.selfUs)
  const takersOf = new Map<number, readonly Taker[]>()
  let id = tree.nodes.reduce((highest, node) => Math.max(highest, node.id), 0)
  tree.nodes.forEach((node, index) => {
    const us = tree.selfUs[index]!
    const map = us > 0 ? maps.get(node.callFrame.url) : null
    const parts = map ? partsOf(node, map) : null
    if (!map || !parts) return
    const whole = ticksOf(node).reduce((sum, { ticks }) => sum + ticks, 0)
    const takers: Taker[] = []
    let left = us
    for (const [callee, ticks] of parts) {
      const share = ticks.reduce((sum, tick) => sum + tick.ticks, 0) / whole
      const partUs = Math.min(left, Math.round(share * us))
      left -= partUs
      parents.push(index)
      selfUs.push(partUs)
      nodes.push({ id: ++id, callFrame: map.frameOf(callee), hitCount: 0, positionTicks: ticks })
      takers.push({ node: nodes.length - 1, us: partUs })
    }
    selfUs[index] = left
    nodes[index] = { ...node, positionTicks: ownTicks(node, parts) }
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

/** The ticks of a node that belong to other functions; null where there are none. */
function partsOf(node: ProfileNode, map: FunctionMap): Map<MappedFunction, PositionTick[]> | null {
  const own = map.at(node.callFrame)
  if (!own) return null
  const parts = new Map<MappedFunction, PositionTick[]>()
  const reached = [map.textOf(own)]
  let waiting = ticksOf(node).filter(({ ticks }) => ticks > 0)
  // A function that was inlined is named by its caller, which may have been inlined itself.
  for (let pass = 0; pass < 4 && waiting.length > 0; pass++) {
    waiting = waiting.filter((tick) => {
      const callee = calleeAt(tick.line, own, map)
      if (!callee || (!isWithin(callee, own) && !reached.some((text) => text.includes(callee.name))))
        return callee !== null
      const ticks = parts.get(callee)
      if (ticks) ticks.push(tick)
      else {
        parts.set(callee, [tick])
        reached.push(map.textOf(callee))
      }
      return false
    })
  }
  return parts.size > 0 ? parts : null
}

function calleeAt(line: number, own: MappedFunction, map: FunctionMap): MappedFunction | null {
  if (map.isLong(line)) return map.onlyCallee(own)
  const found = map.atLine(line)
  if (!found || found === own) return null
  const isOwnLine = line >= own.fromLine && line <= own.toLine
  // On the first line of a function within, the function around it may be at work as well.
  const isInner = isWithin(found, own) && found.fromLine < line
  return isOwnLine ? (isInner ? found : null) : found
}

const isWithin = (inner: MappedFunction, outer: MappedFunction): boolean =>
  inner !== outer && inner.start >= outer.start && inner.end <= outer.end

function ownTicks(node: ProfileNode, parts: ReadonlyMap<MappedFunction, PositionTick[]>): PositionTick[] {
  const given = new Set([...parts.values()].flat())
  return ticksOf(node).filter((tick) => !given.has(tick))
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
