import { type AttributedThread, onCpuUsOf } from './attributed-thread.js'
import { type ProfiledFunction, pathOf } from './functions.js'

/** Problems of scripts that took less of the on-CPU time are not told: they change nothing. */
const smallestShare = 0.01
const maxProblems = 20
const maxLength = 400

/** Collects what kept the analysis from saying more. */
export class Problems {
  readonly #byUrl = new Map<string, Set<string>>()

  readonly tell = (url: string, problem: string): void => {
    const known = this.#byUrl.get(url) ?? new Set<string>()
    known.add(problem)
    this.#byUrl.set(url, known)
  }

  /** Those that matter, the busiest script first. */
  ofBusyScripts(threads: readonly AttributedThread[], functions: readonly ProfiledFunction[]): string[] {
    if (this.#byUrl.size === 0) return []
    const smallestUs = onCpuUsOf(threads) * smallestShare
    return [...selfTimes(threads, functions)]
      .filter(([url, us]) => us >= smallestUs && this.#byUrl.has(url))
      .sort(([, a], [, b]) => b - a)
      .flatMap(([url]) => [...this.#byUrl.get(url)!].map((problem) => `${pathOf(url)}: ${problem}`))
      .slice(0, maxProblems)
      .map((text) => (text.length > maxLength ? `${text.slice(0, maxLength)}…` : text))
  }
}

function selfTimes(
  threads: readonly AttributedThread[],
  functions: readonly ProfiledFunction[],
): Map<string, number> {
  const times = new Map<string, number>()
  for (const { tree, functionOf } of threads) {
    functionOf.forEach((id, index) => {
      const { url } = functions[id]!.frame
      times.set(url, (times.get(url) ?? 0) + tree.selfUs[index]!)
    })
  }
  return times
}
