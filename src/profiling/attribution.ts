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
import type { ProfiledFunction } from './functions.js'
import type { LineJudge, Verdict } from './line-judge.js'
import type { LineWork } from './source-line.js'

/** The name under which scripts that Plimsoll evaluates in a target appear in its profile. */
export const observerUrl = 'plimsoll:observer'

/** Whose code a frame is. `engine` also stands for native code that it calls. */
export type Owner = 'engine' | 'package' | 'app' | 'none'

/** A part of the self time of a node. */
export interface SelfPart {
  readonly category: Category
  readonly us: number
  /** 1-based line of the source; 0 where the part is not told by its line. */
  readonly line: number
  readonly work: LineWork
}

/** Who each node belongs to and what its self time went into. Indices are those of the call tree. */
export interface Attribution {
  readonly owners: readonly Owner[]
  /** The category of the frame as such; `idle` for waiting. */
  readonly base: ReadonlyArray<Category | 'idle'>
  /** On-CPU parts, whose µs add up to the self time; empty for idle nodes and those without self time. */
  readonly parts: ReadonlyArray<readonly SelfPart[]>
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
  const parts = tree.nodes.map((_, index): readonly SelfPart[] => {
    const us = tree.selfUs[index]!
    const category = base[index]!
    if (category === 'idle') idleUs += us
    if (us === 0 || category === 'idle') return []
    return splitSelf(tree, index, functions[index]!, owners[index]!, category, judge)
  })
  return { owners, base, parts, onCpuUs: tree.wallUs - idleUs, idleUs, gcCausedUs: chargeGc(tree) }
}

/**
 * Whose code each node is, and its category as a frame. Parents come first in the tree, so what a frame inherits is
 * known when its turn comes.
 */
export function classify(
  tree: CallTree,
  functions: readonly ProfiledFunction[],
): { owners: Owner[]; base: Array<Category | 'idle'> } {
  const owners: Owner[] = []
  const base: Array<Category | 'idle'> = []
  // True within an unbroken run of Node's own frames that began in `…Sync`, or in the console.
  const blocking: boolean[] = []
  const logging: boolean[] = []
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
    base[index] =
      blocking[index] || (logging[index] && isWritePath(frame.url))
        ? 'blocking-io'
        : categoryOf(one, owner, inherited, owners[parent])
  })
  return { owners, base }
}

const inheritable = (category: Category | 'idle' | undefined): Category =>
  category === undefined || category === 'idle' || category === 'garbage-collection'
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
): Category | 'idle' {
  const { frame, pseudo } = one
  if (pseudo === 'idle') return 'idle'
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

/** So many lines of a function are told apart; nobody reads more, and a profile of a stranger may name any number. */
const maxParts = 32

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

interface Share {
  readonly category: Category
  readonly line: number
  readonly work: LineWork
  readonly share: number
}

/** Shares to whole µs that add up to `us`, by rounding the running sum. */
function joinParts(shares: readonly Share[], us: number): readonly SelfPart[] {
  const parts: SelfPart[] = []
  let sum = 0
  let given = 0
  const merged = mergeShares(shares)
  merged.forEach(({ category, line, work, share }, position) => {
    sum += share
    const until = position === merged.length - 1 ? us : Math.min(us, Math.round(sum * us))
    if (until > given) parts.push({ category, line, work, us: until - given })
    given = Math.max(given, until)
  })
  return parts
}

/** One share for each line and category; past `maxParts` lines, the small ones go to the largest of their category. */
function mergeShares(shares: readonly Share[]): readonly Share[] {
  if (shares.length === 1) return shares
  const merged = new Map<string, Share>()
  const add = (key: string, share: Share): void => {
    const known = merged.get(key)
    merged.set(key, known ? { ...known, share: known.share + share.share } : share)
  }
  for (const share of shares) add(`${share.category} ${share.line}`, share)
  if (merged.size <= maxParts) return [...merged.values()]
  const sorted = [...merged.values()].sort((a, b) => b.share - a.share)
  merged.clear()
  for (const share of sorted.slice(0, maxParts)) add(`${share.category} ${share.line}`, share)
  for (const share of sorted.slice(maxParts)) {
    const largest = sorted.find(({ category }) => category === share.category)!
    add(`${largest.category} ${largest.line}`, { ...largest, share: share.share })
  }
  return [...merged.values()]
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
