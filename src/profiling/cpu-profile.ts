/*
 * The `.cpuprofile` format of V8 (Chrome DevTools protocol, domain Profiler), and its check. A profile comes from the
 * target, or from a file: it is data of a stranger until `checkCpuProfile` has passed it.
 */

import { array, finite, Malformed, record, text, within } from './check-shape.js'

export interface CallFrame {
  readonly functionName: string
  readonly scriptId: string
  readonly url: string
  /** 0-based; −1 for what has no source. */
  readonly lineNumber: number
  /** 0-based; −1 for what has no source. */
  readonly columnNumber: number
}

export interface PositionTick {
  /** 1-based. */
  readonly line: number
  readonly ticks: number
}

export interface ProfileNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly hitCount: number
  readonly children?: readonly number[]
  readonly positionTicks?: readonly PositionTick[]
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** CLOCK_MONOTONIC in µs: the clock of `monotonicUs`. */
  readonly startTime: number
  readonly endTime: number
  /** Node ids, one a sample. */
  readonly samples: readonly number[]
  /** µs from the sample before (the first: from `startTime`). */
  readonly timeDeltas: readonly number[]
}

export const profileLimits = {
  nodes: 1_000_000,
  samples: 5_000_000,
  nameLength: 500,
  urlLength: 2_000,
  ticksOfNode: 10_000,
  /** Lines, columns (of WebAssembly: bytes), and ticks on one line. */
  position: 2 ** 31,
  /** µs: eleven days. */
  deltaUs: 1e12,
} as const

export type CheckedProfile = { readonly profile: CpuProfile } | { readonly problem: string }

/**
 * Copies what is known of the format out of an untrusted value, or says what is wrong with it: sizes, ids, and that
 * the nodes are one tree. Names and URLs that are too long are cut.
 */
export function checkCpuProfile(value: unknown): CheckedProfile {
  try {
    return { profile: copyProfile(value) }
  } catch (error) {
    if (error instanceof Malformed) return { problem: error.message }
    throw error
  }
}

function copyProfile(value: unknown): CpuProfile {
  const source = record(value, 'the profile')
  const nodes = array(source.nodes, 'nodes', profileLimits.nodes).map(copyNode)
  checkTree(nodes)
  const ids = new Set(nodes.map((node) => node.id))
  const samples = array(source.samples, 'samples', profileLimits.samples).map((id) => {
    if (typeof id !== 'number' || !ids.has(id))
      throw new Malformed(`a sample names the unknown node ${String(id)}`)
    return id
  })
  const timeDeltas = array(source.timeDeltas, 'timeDeltas', profileLimits.samples).map((delta) =>
    within(delta, 'a time delta', profileLimits.deltaUs),
  )
  if (timeDeltas.length !== samples.length) throw new Malformed('samples and timeDeltas differ in length')
  const startTime = within(source.startTime, 'startTime', Number.MAX_SAFE_INTEGER)
  const endTime = within(source.endTime, 'endTime', Number.MAX_SAFE_INTEGER)
  if (endTime < startTime) throw new Malformed('endTime lies before startTime')
  return { nodes, startTime, endTime, samples, timeDeltas }
}

function copyNode(value: unknown): ProfileNode {
  const source = record(value, 'a node')
  const id = source.id
  if (!Number.isSafeInteger(id)) throw new Malformed('the id of a node is not a whole number')
  const ticks =
    source.positionTicks === undefined
      ? []
      : array(source.positionTicks, 'positionTicks', profileLimits.ticksOfNode)
  const children =
    source.children === undefined ? [] : array(source.children, 'children', profileLimits.nodes)
  return {
    id: id as number,
    callFrame: copyCallFrame(source.callFrame),
    hitCount: finite(source.hitCount ?? 0, 'hitCount'),
    ...(children.length > 0 ? { children: children.map((child) => finite(child, 'a child')) } : {}),
    ...(ticks.length > 0 ? { positionTicks: ticks.map(copyTick) } : {}),
  }
}

/** @throws Malformed */
export function copyCallFrame(value: unknown): CallFrame {
  const frame = record(value, 'a callFrame')
  return {
    functionName: text(frame.functionName, 'functionName', profileLimits.nameLength),
    scriptId: text(frame.scriptId ?? '', 'scriptId', 50),
    url: text(frame.url, 'url', profileLimits.urlLength),
    lineNumber: within(frame.lineNumber, 'lineNumber', profileLimits.position),
    columnNumber: within(frame.columnNumber, 'columnNumber', profileLimits.position),
  }
}

function copyTick(value: unknown): PositionTick {
  const tick = record(value, 'a position tick')
  return {
    line: within(tick.line, 'line', profileLimits.position),
    ticks: Math.max(0, within(tick.ticks, 'ticks', profileLimits.position)),
  }
}

/** One root, every other node the child of exactly one: then whatever is not reached from the root is a cycle. */
function checkTree(nodes: readonly ProfileNode[]): void {
  const byId = new Map<number, ProfileNode>()
  for (const node of nodes) {
    if (byId.has(node.id)) throw new Malformed(`node ${node.id} appears twice`)
    byId.set(node.id, node)
  }
  const hasParent = new Set<number>()
  for (const node of nodes) {
    for (const child of node.children ?? []) {
      if (!byId.has(child)) throw new Malformed(`node ${node.id} has the unknown child ${child}`)
      if (hasParent.has(child)) throw new Malformed(`node ${child} has two parents`)
      hasParent.add(child)
    }
  }
  const roots = nodes.filter((node) => !hasParent.has(node.id))
  if (roots.length !== 1) throw new Malformed(`it has ${roots.length} roots instead of one`)
  let reached = 0
  const open = [roots[0]!]
  for (let node = open.pop(); node; node = open.pop()) {
    reached++
    for (const child of node.children ?? []) open.push(byId.get(child)!)
  }
  if (reached !== nodes.length) throw new Malformed('its nodes form a cycle')
}
