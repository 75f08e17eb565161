import { attribute } from './attribution.js'
import { buildCallTree, pseudoFrameOf } from './call-tree.js'
import { type Category, categories } from './categories.js'
import type { CpuProfile } from './cpu-profile.js'
import { type Culprits, findCulprits } from './culprits.js'
import { buildFlameTree, type FlameNode } from './flame-tree.js'
import { type HotFunction, hottestFunctions } from './hottest.js'
import { createLineJudge } from './line-judge.js'
import { createDiskSource, type ReadSource } from './source-files.js'

/** What a CPU profile says. Shares are of on-CPU time, which is all that is not idle; 0 where there was none. */
export interface ProfileAnalysis {
  /** Wall time that the samples stand for. */
  readonly seconds: number
  readonly onCpuSeconds: number
  /** Of wall time. */
  readonly idleShare: number
  /** Together with `unattributed` they add up to 1. */
  readonly categories: Readonly<Record<Exclude<Category, 'unattributed'>, number>>
  readonly unattributed: number
  /** The part of `unattributed` that ran in native code with no JavaScript on the stack: the kernel, libuv, V8 itself. */
  readonly programShare: number
  /** The collector’s share again, by what the code that caused it was doing. */
  readonly gcCausedBy: Readonly<Record<Category, number>>
  readonly hottest: readonly HotFunction[]
  readonly culprits: Culprits
  readonly flame: FlameNode
}

export interface AnalyzeOptions {
  /** Where scripts are read from; the local disk, if left out. */
  readonly readSource?: ReadSource
}

/** Analyses a profile that `checkCpuProfile` has passed. */
export function analyzeProfile(profile: CpuProfile, options: AnalyzeOptions = {}): ProfileAnalysis {
  const tree = buildCallTree(profile)
  const attribution = attribute(tree, createLineJudge(tree, options.readSource ?? createDiskSource()))
  const shareOf = (us: number): number => (attribution.onCpuUs > 0 ? us / attribution.onCpuUs : 0)
  const spentUs = emptySums()
  const gcUs = emptySums()
  let programUs = 0
  tree.nodes.forEach((node, index) => {
    const selfUs = tree.selfUs[index]!
    const parts = attribution.parts[index]!
    const causedUs = attribution.gcCausedUs[index]!
    if (pseudoFrameOf(node.callFrame) === 'program') programUs += selfUs
    for (const part of parts) {
      spentUs[part.category] += part.us
      gcUs[part.category] += causedUs * (part.us / selfUs)
    }
    if (parts.length === 0) gcUs.unattributed += causedUs
  })
  const { unattributed, ...attributed } = mapSums(spentUs, shareOf)
  return {
    seconds: tree.wallUs / 1e6,
    onCpuSeconds: attribution.onCpuUs / 1e6,
    idleShare: tree.wallUs > 0 ? attribution.idleUs / tree.wallUs : 0,
    categories: attributed,
    unattributed,
    programShare: shareOf(programUs),
    gcCausedBy: mapSums(gcUs, shareOf),
    hottest: hottestFunctions(tree, attribution),
    culprits: findCulprits(tree, attribution),
    flame: buildFlameTree(tree, attribution),
  }
}

type Sums = Record<Category, number>

const emptySums = (): Sums => Object.fromEntries(categories.map((category) => [category, 0])) as Sums

const mapSums = (sums: Sums, map: (us: number) => number): Sums =>
  Object.fromEntries(categories.map((category) => [category, map(sums[category])])) as Sums
