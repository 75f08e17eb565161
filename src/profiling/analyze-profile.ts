import { type AttributedThread, onCpuUsOf, samplesOnCpu } from './attributed-thread.js'
import { attribute } from './attribution.js'
import { buildFlame } from './build-flame.js'
import { buildCallTree, pseudoFrameOf } from './call-tree.js'
import { type Category, categories } from './categories.js'
import { type Culprits, findCulprits } from './culprits.js'
import { caveatOfFewSamples } from './few-samples.js'
import type { FlameProfile } from './flame-profile.js'
import { FunctionTable } from './functions.js'
import { type HotFunction, hottestFunctions } from './hottest.js'
import { LineJudge } from './line-judge.js'
import { Problems } from './problems.js'
import { resolveFunctions } from './resolve-functions.js'
import { Scripts } from './scripts.js'
import { createDiskSource, type ReadSource } from './source-files.js'
import type { ThreadProfile } from './thread-profile.js'
import { unfoldInlined } from './unfold-inlined.js'

/** How busy one thread was. */
export interface ThreadShare {
  readonly pid: number
  /** `main`, or what the worker thread is called. */
  readonly thread: string
  /** Wall time that the samples stand for. */
  readonly seconds: number
  readonly onCpuSeconds: number
  /** Of wall time. */
  readonly idleShare: number
}

/**
 * What CPU profiles say. Shares are of the on-CPU time of all threads, which is all that is not idle; 0 where there
 * was none.
 */
export interface ProfileAnalysis {
  /** Wall time that the samples of the longest profile stand for. */
  readonly seconds: number
  /** Of all threads. */
  readonly onCpuSeconds: number
  /** Of wall time, in the busiest thread: it is the first that can do no more. */
  readonly idleShare: number
  readonly threads: readonly ThreadShare[]
  /** Together with `unattributed` they add up to 1. */
  readonly categories: Readonly<Record<Exclude<Category, 'unattributed'>, number>>
  readonly unattributed: number
  /** The part of `unattributed` that ran in native code with no JavaScript on the stack: the kernel, libuv, V8 itself. */
  readonly programShare: number
  /** The collector’s share again, by what the code that caused it was doing. */
  readonly gcCausedBy: Readonly<Record<Category, number>>
  readonly hottest: readonly HotFunction[]
  readonly culprits: Culprits
  readonly flame: FlameProfile
  /** What kept the analysis from saying more, in words for the reader: source maps that do not fit, for one. */
  readonly problems: readonly string[]
}

export interface AnalyzeOptions {
  /** Where scripts are read from that the profile does not bring along; the local disk, if left out. */
  readonly readSource?: ReadSource
}

/** Analyses the profiles of all threads of a target; each has been passed by `checkCpuProfile`. */
export function analyzeProfiles(
  profiles: readonly ThreadProfile[],
  options: AnalyzeOptions = {},
): ProfileAnalysis {
  const functions = new FunctionTable()
  const trees = profiles.map((thread) => {
    const tree = unfoldInlined(buildCallTree(thread.profile), thread)
    return { tree, functionOf: Int32Array.from(tree.nodes, ({ callFrame }) => functions.idOf(callFrame)) }
  })
  const problems = new Problems()
  const scripts = new Scripts(profiles, options.readSource ?? createDiskSource(), problems.tell)
  resolveFunctions(functions.all, scripts, problems.tell)
  const judge = new LineJudge(scripts)
  const threads = profiles.map(({ pid, thread }, index): AttributedThread => {
    const { tree, functionOf } = trees[index]!
    const ofNodes = Array.from(functionOf, (id) => functions.all[id]!)
    return { pid, thread, tree, functionOf, attribution: attribute(tree, ofNodes, judge) }
  })
  const shares = threads.map(shareOfThread)
  const longest = Math.max(0, ...shares.map(({ seconds }) => seconds))
  return {
    seconds: longest,
    onCpuSeconds: onCpuUsOf(threads) / 1e6,
    idleShare: idleShareOf(shares),
    threads: shares,
    ...sumsOf(threads),
    hottest: hottestFunctions(threads, functions.all),
    culprits: findCulprits(threads, functions.all),
    flame: buildFlame(threads, functions.all),
    problems: [
      ...caveatOfFewSamples(samplesOnCpu(threads)),
      ...problems.ofBusyScripts(threads, functions.all),
    ],
  }
}

const shareOfThread = ({ pid, thread, tree, attribution }: AttributedThread): ThreadShare => ({
  pid,
  thread,
  seconds: tree.wallUs / 1e6,
  onCpuSeconds: attribution.onCpuUs / 1e6,
  idleShare: tree.wallUs > 0 ? attribution.idleUs / tree.wallUs : 0,
})

/** Threads without samples say nothing of how busy the process was. */
function idleShareOf(shares: readonly ThreadShare[]): number {
  const sampled = shares.filter(({ seconds }) => seconds > 0)
  return sampled.length === 0 ? 0 : Math.min(...sampled.map(({ idleShare }) => idleShare))
}

type Sums = Record<Category, number>

const emptySums = (): Sums => Object.fromEntries(categories.map((category) => [category, 0])) as Sums

const mapSums = (sums: Sums, map: (us: number) => number): Sums =>
  Object.fromEntries(categories.map((category) => [category, map(sums[category])])) as Sums

function sumsOf(
  threads: readonly AttributedThread[],
): Pick<ProfileAnalysis, 'categories' | 'unattributed' | 'programShare' | 'gcCausedBy'> {
  const spentUs = emptySums()
  const gcUs = emptySums()
  let programUs = 0
  for (const { tree, attribution } of threads) {
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
  }
  const onCpuUs = onCpuUsOf(threads)
  const shareOf = (us: number): number => (onCpuUs > 0 ? us / onCpuUs : 0)
  const { unattributed, ...attributed } = mapSums(spentUs, shareOf)
  return {
    categories: attributed,
    unattributed,
    programShare: shareOf(programUs),
    gcCausedBy: mapSums(gcUs, shareOf),
  }
}
