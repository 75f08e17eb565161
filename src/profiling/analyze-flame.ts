import type { ProfileAnalysis, ThreadShare } from './analyze-profile.js'
import { type Category, categories } from './categories.js'
import type { Culprit, Culprits } from './culprits.js'
import { totalsOf } from './flame-builder.js'
import type { FlameProfile } from './flame-profile.js'
import type { HotFunction } from './hottest.js'

type Sums = Record<Category, number>

const listed = { hottest: 20, culprits: 5 } as const

const emptySums = (): Sums => Object.fromEntries(categories.map((category) => [category, 0])) as Sums

/**
 * Says of any flame graph what `analyzeProfiles` says of those of Node, by the categories of its frames.
 * @param seconds wall time of the recording; 0 where it is not known, as of a heap profile
 */
export function analyzeFlame(
  flame: FlameProfile,
  seconds: number,
  problems: readonly string[] = [],
): ProfileAnalysis {
  const whole = totalsOf(flame)[0]!
  const shareOf = (weight: number): number => (whole > 0 ? weight / whole : 0)
  const spent = emptySums()
  const gc = emptySums()
  flame.nodes.self.forEach((weight, node) => {
    const category = categoryOf(flame, node)
    spent[category] += weight
    if (category === 'garbage-collection') gc[causeOf(flame, node)] += weight
  })
  const shares = (sums: Sums): Sums =>
    Object.fromEntries(categories.map((one) => [one, shareOf(sums[one])])) as Sums
  const { unattributed, ...attributed } = shares(spent)
  const threads = flame.streams.map(shareOfStream)
  const onCpuSeconds = flame.unit === 'us' ? whole / 1e6 : 0
  return {
    seconds: Math.max(seconds, ...threads.map((thread) => thread.seconds)),
    onCpuSeconds,
    idleShare: idleShareOf(threads, onCpuSeconds, seconds),
    threads,
    categories: attributed,
    unattributed,
    programShare: 0,
    gcCausedBy: shares(gc),
    hottest: hottestOf(flame, shareOf),
    culprits: culpritsOf(flame, shareOf),
    flame,
    problems,
  }
}

const categoryOf = ({ frames, nodes }: FlameProfile, node: number): Category =>
  frames[nodes.frame[node]!]!.category

/** What the code was doing that the collector interrupted. */
function causeOf(flame: FlameProfile, node: number): Category {
  let at = node
  while (at > 0 && categoryOf(flame, at) === 'garbage-collection') at = flame.nodes.parent[at]!
  return categoryOf(flame, at)
}

function shareOfStream({ pid, thread, node, us }: FlameProfile['streams'][number]): ThreadShare {
  let wallUs = 0
  let idleUs = 0
  us.forEach((length, index) => {
    wallUs += length
    if (node[index]! < 0) idleUs += length
  })
  const idleShare = wallUs > 0 ? idleUs / wallUs : 0
  return { pid, thread, seconds: wallUs / 1e6, onCpuSeconds: (wallUs - idleUs) / 1e6, idleShare }
}

function idleShareOf(threads: readonly ThreadShare[], onCpuSeconds: number, seconds: number): number {
  if (threads.length > 0) return Math.min(...threads.map(({ idleShare }) => idleShare))
  return seconds > 0 ? Math.max(0, 1 - onCpuSeconds / seconds) : 0
}

/** Threads are branches of the root, and no functions; they alone have neither file nor line nor category. */
const isFunction = ({ frames, nodes }: FlameProfile, node: number): boolean => {
  const { file, line, category } = frames[nodes.frame[node]!]!
  return node > 0 && !(nodes.parent[node] === 0 && file === '' && line === 0 && category === 'unattributed')
}

/** The same function has several frames where its callers give it several categories. */
const functionKey = ({ frames, nodes }: FlameProfile, node: number): string => {
  const { name, file } = frames[nodes.frame[node]!]!
  return `${name}\n${file}`
}

interface Sum {
  readonly node: number
  self: number
  total: number
}

function hottestOf(flame: FlameProfile, shareOf: (weight: number) => number): HotFunction[] {
  const { parent, self } = flame.nodes
  const totals = totalsOf(flame)
  const ids = new Map<string, number>()
  const sums: Sum[] = []
  const idOf = Int32Array.from(self, (_, node) => {
    if (!isFunction(flame, node)) return -1
    const key = functionKey(flame, node)
    const known = ids.get(key)
    if (known !== undefined) return known
    ids.set(key, sums.length)
    return sums.push({ node, self: 0, total: 0 }) - 1
  })
  self.forEach((weight, node) => {
    const sum = sums[idOf[node]!]
    if (!sum) return
    sum.self += weight
    let above = parent[node]!
    while (above >= 0 && idOf[above] !== idOf[node]) above = parent[above]!
    if (above < 0) sum.total += totals[node]!
  })
  return sums
    .filter((sum) => sum.self > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total)
    .slice(0, listed.hottest)
    .map(({ node, self: own, total }) => {
      const { name, file, line } = flame.frames[flame.nodes.frame[node]!]!
      return { function: name, file, line, selfShare: shareOf(own), totalShare: shareOf(total) }
    })
}

/** For each category: the program's own function nearest to where the time went, else the function itself. */
function culpritsOf(flame: FlameProfile, shareOf: (weight: number) => number): Culprits {
  const sums = new Map<Category, Map<string, { readonly node: number; weight: number }>>(
    categories.map((category) => [category, new Map()]),
  )
  flame.nodes.self.forEach((weight, node) => {
    if (weight === 0 || !isFunction(flame, node)) return
    let culprit = node
    while (culprit > 0 && categoryOf(flame, culprit) !== 'business-logic')
      culprit = flame.nodes.parent[culprit]!
    if (culprit <= 0) culprit = node
    const ofCategory = sums.get(categoryOf(flame, node))!
    const key = functionKey(flame, culprit)
    const sum = ofCategory.get(key)
    if (sum) sum.weight += weight
    else ofCategory.set(key, { node: culprit, weight })
  })
  const rank = (category: Category): Culprit[] =>
    [...sums.get(category)!.values()]
      .sort((a, b) => b.weight - a.weight)
      .slice(0, listed.culprits)
      .map(({ node, weight }) => {
        const { name, file, line } = flame.frames[flame.nodes.frame[node]!]!
        return { function: name, file, line, share: shareOf(weight) }
      })
  return Object.fromEntries(categories.map((category) => [category, rank(category)])) as unknown as Culprits
}
