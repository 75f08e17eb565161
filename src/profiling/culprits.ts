import { type AttributedThread, onCpuUsOf } from './attributed-thread.js'
import { isDispatch, type Owner } from './attribution.js'
import type { CallTree } from './call-tree.js'
import { type Category, categories } from './categories.js'
import type { ProfiledFunction } from './functions.js'

/** The function to look at for a category: the app's own code nearest to where the time went. */
export interface Culprit {
  readonly function: string
  readonly file: string
  /** The line where most of the time fell if the function spent it itself, else where the function begins. */
  readonly line: number
  /** Of on-CPU time. */
  readonly share: number
}

export type Culprits = Readonly<Record<Category, readonly Culprit[]>>

interface Sum {
  us: number
  readonly lines: Map<number, number>
}

/** The first few culprits of each category, largest first. Those of garbage collection are who caused it. */
export function findCulprits(
  threads: readonly AttributedThread[],
  functions: readonly ProfiledFunction[],
  count = 5,
): Culprits {
  const sums = new Map<Category, Map<number, Sum>>(categories.map((category) => [category, new Map()]))
  for (const thread of threads) addTo(sums, thread)
  const onCpuUs = onCpuUsOf(threads)
  const rank = (category: Category): Culprit[] =>
    [...sums.get(category)!]
      .sort(([, a], [, b]) => b.us - a.us)
      .slice(0, count)
      .map(([id, sum]) => describe(functions[id]!, sum, onCpuUs))
  return Object.fromEntries(categories.map((category) => [category, rank(category)])) as unknown as Culprits
}

function addTo(sums: ReadonlyMap<Category, Map<number, Sum>>, thread: AttributedThread): void {
  const { tree, attribution, functionOf } = thread
  const responsible = responsibleNodes(tree, attribution.owners)
  const charge = (category: Category, index: number, us: number, line: number): void => {
    const culprit = responsible[index]!
    if (us === 0 || culprit < 0) return
    const ofCategory = sums.get(category)!
    const id = functionOf[culprit]!
    const sum = ofCategory.get(id) ?? { us: 0, lines: new Map<number, number>() }
    sum.us += us
    if (line > 0 && culprit === index) sum.lines.set(line, (sum.lines.get(line) ?? 0) + us)
    ofCategory.set(id, sum)
  }
  tree.nodes.forEach((_, index) => {
    charge('garbage-collection', index, attribution.gcCausedUs[index]!, 0)
    // Node's queues are nobody's culprit: their time is told by what they call.
    if (isDispatch(attribution, index)) return
    for (const part of attribution.parts[index]!) charge(part.category, index, part.us, part.line)
  })
}

function describe({ name, file, line }: ProfiledFunction, sum: Sum, onCpuUs: number): Culprit {
  const inLines = [...sum.lines].sort(([, a], [, b]) => b - a)
  const ownUs = inLines.reduce((total, [, us]) => total + us, 0)
  const hottest = ownUs * 2 >= sum.us ? inLines[0]?.[0] : undefined
  return { function: name, file, line: hottest ?? line, share: sum.us / onCpuUs }
}

/** For each node: itself or its nearest ancestor in the app; else in a package; else itself. −1 where nobody is. */
function responsibleNodes(tree: CallTree, owners: readonly Owner[]): Int32Array {
  const nearestApp = new Int32Array(tree.nodes.length).fill(-1)
  const nearestPackage = new Int32Array(tree.nodes.length).fill(-1)
  return Int32Array.from(tree.nodes, (_, index) => {
    const parent = tree.parents[index]!
    const owner = owners[index]!
    nearestApp[index] = owner === 'app' ? index : parent < 0 ? -1 : nearestApp[parent]!
    nearestPackage[index] = owner === 'package' ? index : parent < 0 ? -1 : nearestPackage[parent]!
    if (nearestApp[index]! >= 0) return nearestApp[index]!
    if (nearestPackage[index]! >= 0) return nearestPackage[index]!
    return owner === 'none' ? -1 : index
  })
}
