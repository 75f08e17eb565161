import { type CallTree, pseudoFrameOf, ticksOf } from './call-tree.js'
import {
  type Category,
  categoryOfNodeModule,
  categoryOfPackage,
  isBlockingModule,
  isConsole,
  isNativeTransportCall,
  isWritePath,
} from './categories.js'
import { shareDispatch } from './dispatch.js'
import type { ProfiledFunction } from './functions.js'
import type { LineJudge, Verdict } from './line-judge.js'
import { joinParts, type SelfPart, type Share } from './self-part.js'
import type { LineWork } from './source-line.js'

/** The name under which scripts that Plimsoll evaluates in a target appear in its profile. */
export const observerUrl = 'plimsoll:observer'

/** Whose code a frame is. `engine` also stands for native code that it calls. */
export type Owner = 'engine' | 'package' | 'app' | 'none'

/** The category of a frame as such; `apart` for waiting, and for what Plimsoll's own code does in the target. */
export type FrameCategory = Category | 'apart'

/** Who each node belongs to and what its self time went into. Indices are those of the call tree. */
export interface Attribution {
  readonly owners: readonly Owner[]
  readonly base: ReadonlyArray<FrameCategory>
  /** On-CPU parts, whose µs add up to the self time; empty for what is set apart and nodes without self time. */
  readonly parts: ReadonlyArray<readonly SelfPart[]>
  /** All but what is set apart. */
  readonly onCpuUs: number
  readonly idleUs: number
  /** µs of garbage collection that fell to the code of each node: the sample before the pause. */
  readonly gcCausedUs: Float64Array
}

export function attribute(
  tree: CallTree,
  functions: readonly ProfiledFunction[],
  judge: LineJudge,
): Attribution {
  const { owners, base } = classify(tree, functions)
  let idleUs = 0
  let apartUs = 0
  const own = tree.nodes.map((_, index): readonly SelfPart[] => {
    const us = tree.selfUs[index]!
    const category = base[index]!
    if (functions[index]!.pseudo === 'idle') idleUs += us
    if (category === 'apart') apartUs += us
    if (us === 0 || category === 'apart') return []
    return splitSelf(tree, index, functions[index]!, owners[index]!, category, judge)
  })
  const parts = shareDispatch(tree, (index) => isDispatch({ owners, base }, index), own)
  return { owners, base, parts, onCpuUs: tree.wallUs - apartUs, idleUs, gcCausedUs: chargeGc(tree) }
}

/** Frames of Node whose category neither they nor their callers tell: its queues, and what those do by themselves. */
export const isDispatch = ({ owners, base }: Pick<Attribution, 'owners' | 'base'>, index: number): boolean =>
  owners[index] === 'engine' && base[index] === 'unattributed'

/**
 * Whose code each node is, and its category as a frame. Parents come first in the tree, so what a frame inherits is
 * known when its turn comes.
 */
export function classify(
  tree: CallTree,
  functions: readonly ProfiledFunction[],
): { owners: Owner[]; base: FrameCategory[] } {
  const owners: Owner[] = []
  const base: FrameCategory[] = []
  // True within an unbroken run of Node's own frames that began in `…Sync`, or in the console.
  const blocking: boolean[] = []
  const logging: boolean[] = []
  /** Plimsoll's own code, and what that calls. */
  const observing: boolean[] = []
  functions.forEach((one, index) => {
    const { frame } = one
    const parent = tree.parents[index]!
    const owner = ownerOf(one, owners[parent])
    const inherited = inheritable(base[parent])
    const internal = owner === 'engine'
    const isSync = isBlockingModule(frame.url) && frame.functionName.endsWith('Sync')
    blocking[index] = internal && (isSync || (blocking[parent] ?? false))
    logging[index] = internal && (isConsole(frame.url) || (logging[parent] ?? false))
    owners[index] = owner
    observing[index] = frame.url === observerUrl || (one.pseudo === null && (observing[parent] ?? false))
    if (one.pseudo === 'idle' || observing[index]) base[index] = 'apart'
    else if (blocking[index] || (logging[index] && isWritePath(frame.url))) base[index] = 'blocking-io'
    else base[index] = categoryOf(one, owner, inherited, owners[parent])
  })
  return { owners, base }
}

const inheritable = (category: FrameCategory | undefined): Category =>
  category === undefined || category === 'apart' || category === 'garbage-collection'
    ? 'unattributed'
    : category

function ownerOf({ frame, pseudo, package: name }: ProfiledFunction, parent: Owner | undefined): Owner {
  if (pseudo || frame.url === observerUrl) return 'none'
  if (frame.url === '' || frame.url.startsWith('node:')) return parent === undefined ? 'none' : 'engine'
  return name === null ? 'app' : 'package'
}

function categoryOf(
  one: ProfiledFunction,
  owner: Owner,
  inherited: Category,
  parent: Owner | undefined,
): Category {
  const { frame, pseudo } = one
  if (pseudo === 'gc') return 'garbage-collection'
  if (pseudo || owner === 'none') return 'unattributed'
  if (owner === 'app') return 'business-logic'
  if (owner === 'package') return categoryOfPackage(one.package!, one.origin) ?? 'business-logic'
  if (frame.url !== '') return categoryOfNodeFrame(frame.url, inherited)
  if (frame.functionName.startsWith('RegExp: ')) return 'regex'
  if (inherited !== 'business-logic') return inherited
  if (frame.functionName === 'stringify' || frame.functionName === 'parse') return 'serialization'
  return parent !== 'engine' && isNativeTransportCall(frame.functionName) ? 'transport' : inherited
}

/** The socket on which a driver speaks to its database is part of what the database costs. */
function categoryOfNodeFrame(url: string, inherited: Category): Category {
  const category = categoryOfNodeModule(url) ?? inherited
  return category === 'transport' && inherited === 'database-driver' ? inherited : category
}

const categoryOfWork: Readonly<Record<LineWork, Category | null>> = {
  serialization: 'serialization',
  regex: 'regex',
  mixed: 'unattributed',
  other: null,
}

/**
 * Splits the self time of a script's function by the lines that its samples fell on; where all code stands on one
 * line, by what the function does as a whole. Where neither can be had, code that may hold JSON or regular
 * expressions stays unattributed; a known package keeps its category.
 */
function splitSelf(
  tree: CallTree,
  index: number,
  one: ProfiledFunction,
  owner: Owner,
  base: Category,
  judge: LineJudge,
): readonly SelfPart[] {
  const us = tree.selfUs[index]!
  const whole = (category: Category): readonly SelfPart[] => [{ category, us, line: 0, work: 'other' }]
  if (base === 'serialization' || (owner !== 'app' && owner !== 'package')) return whole(base)
  const otherwise = base === 'business-logic' ? 'unattributed' : base
  const { script } = one
  if (!script?.source) return whole(otherwise)
  const untold = script.hasTellTale ? otherwise : base
  if (!one.linesMatch) return whole(untold)
  const shareOf = (verdict: Verdict | null, share: number): Share => {
    if (!verdict) return { category: untold, line: 0, work: 'other', share }
    const isVague = verdict.work === 'mixed' && verdict.line === 0
    const category = isVague ? otherwise : (categoryOfWork[verdict.work] ?? base)
    return { category, line: verdict.line, work: verdict.work, share }
  }
  const ticks = ticksOf(tree.nodes[index]!)
  const allTicks = ticks.reduce((sum, tick) => sum + tick.ticks, 0)
  if (!(allTicks > 0)) return joinParts([shareOf(judge.whole(one), 1)], us)
  return joinParts(
    ticks.map(({ line, ticks: count }) => shareOf(judge.at(one, line), count / allTicks)),
    us,
  )
}

/** A collection has no stack of its own: it is charged to the code that ran when it began. */
function chargeGc(tree: CallTree): Float64Array {
  const caused = new Float64Array(tree.nodes.length)
  const isGc = tree.nodes.map((node) => pseudoFrameOf(node.callFrame) === 'gc')
  // The root stands for "nobody known" where a profile begins within a collection.
  let before = 0
  tree.sampleNodes.forEach((node, sample) => {
    if (isGc[node]) caused[before]! += tree.sampleUs[sample]!
    else before = node
  })
  return caused
}
