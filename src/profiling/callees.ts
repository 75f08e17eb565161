import type { ProfileNode } from './cpu-profile.js'
import type { FunctionMap, MappedFunction } from './function-map.js'

/** V8 inlines into what it inlines; nobody has seen it go deeper. */
const maxDepth = 4

/** Which functions call which others, as the stacks of a profile show it. */
export class Callees {
  readonly #mapOf = new Map<MappedFunction, FunctionMap>()
  readonly #calls = new Map<MappedFunction, Set<MappedFunction>>()
  readonly #reached = new Map<MappedFunction, ReadonlyMap<FunctionMap, ReadonlySet<MappedFunction>>>()

  /**
   * @param nodes parents before their children
   * @param maps by the URL of the script; frames of other scripts, and native ones, are seen through
   */
  add(
    nodes: readonly ProfileNode[],
    parents: ArrayLike<number>,
    maps: ReadonlyMap<string, FunctionMap | null>,
  ): void {
    const nearest: Array<MappedFunction | null> = []
    nodes.forEach(({ callFrame }, index) => {
      const above = nearest[parents[index]!] ?? null
      const map = maps.get(callFrame.url)
      const own = map?.at(callFrame) ?? null
      nearest[index] = own ?? above
      if (!map || !own) return
      this.#mapOf.set(own, map)
      if (!above || above === own) return
      const calls = this.#calls.get(above)
      if (calls) calls.add(own)
      else this.#calls.set(above, new Set([own]))
    })
  }

  /** The function itself and those that it calls, also by others, by their scripts. */
  reachedFrom(start: MappedFunction): ReadonlyMap<FunctionMap, ReadonlySet<MappedFunction>> {
    const known = this.#reached.get(start)
    if (known) return known
    const found = new Set([start])
    let latest = [start]
    for (let depth = 0; depth < maxDepth && latest.length > 0; depth++) {
      latest = latest.flatMap((caller) =>
        [...(this.#calls.get(caller) ?? [])].filter((one) => !found.has(one)),
      )
      for (const one of latest) found.add(one)
    }
    const byMap = new Map<FunctionMap, Set<MappedFunction>>()
    for (const one of found) {
      const map = this.#mapOf.get(one)!
      const others = byMap.get(map)
      if (others) others.add(one)
      else byMap.set(map, new Set([one]))
    }
    this.#reached.set(start, byMap)
    return byMap
  }
}
