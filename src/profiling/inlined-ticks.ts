import type { Callees } from './callees.js'
import type { PositionTick } from './cpu-profile.js'
import type { FunctionMap, MappedFunction } from './function-map.js'

/** A function and the ticks that belong to it. */
export interface InlinedPart {
  readonly map: FunctionMap
  readonly callee: MappedFunction
  readonly ticks: readonly PositionTick[]
}

export interface InlinedTicks {
  readonly parts: readonly InlinedPart[]
  /** Ticks of functions that were inlined, of which it is not certain which. */
  readonly unknown: readonly PositionTick[]
}

interface Place {
  readonly map: FunctionMap
  readonly callee: MappedFunction
}

/**
 * Finds the functions that the ticks of a frame belong to, by the line and by who calls whom. Only callees come into
 * question: functions of any script that a stack of the profile shows below the frame's function, and functions of the
 * same scripts that the code of these names. Lines within the frame's own function are its own, unless a function was
 * seen to be inlined that stands on that line of another script. null where all ticks are the frame's own.
 */
export function findInlined(
  own: MappedFunction,
  ownMap: FunctionMap,
  allTicks: readonly PositionTick[],
  callees: Callees,
): InlinedTicks | null {
  const search = new Search(own, ownMap, callees)
  const ticks = allTicks.filter((tick) => tick.ticks > 0)
  const placed = new Map<PositionTick, Place>()
  // A function that was inlined may be named by another that was inlined.
  for (let pass = 0; pass < 4; pass++) {
    const before = placed.size
    for (const tick of ticks) {
      if (placed.has(tick)) continue
      const places = search.placesAt(tick.line)
      if (places.length !== 1) continue
      placed.set(tick, places[0]!)
      search.addNamed(places[0]!)
    }
    if (placed.size === before) break
  }
  const parts = partsOf(placed)
  const unknown = ticks.filter((tick) => !placed.has(tick) && search.isUnknown(tick.line, parts))
  return parts.length + unknown.length > 0 ? { parts, unknown } : null
}

function partsOf(placed: ReadonlyMap<PositionTick, Place>): InlinedPart[] {
  const parts = new Map<MappedFunction, { map: FunctionMap; callee: MappedFunction; ticks: PositionTick[] }>()
  for (const [tick, { map, callee }] of placed) {
    const part = parts.get(callee)
    if (part) part.ticks.push(tick)
    else parts.set(callee, { map, callee, ticks: [tick] })
  }
  return [...parts.values()]
}

/** The functions that may have been inlined into one other. */
class Search {
  readonly #own: MappedFunction
  readonly #ownMap: FunctionMap
  readonly #reached: Map<FunctionMap, Set<MappedFunction>>

  constructor(own: MappedFunction, ownMap: FunctionMap, callees: Callees) {
    this.#own = own
    this.#ownMap = ownMap
    this.#reached = new Map([...callees.reachedFrom(own)].map(([map, found]) => [map, new Set(found)]))
  }

  /** What is inlined may name others of its script. */
  addNamed({ map, callee }: Place): void {
    this.#reached.get(map)?.add(callee)
  }

  /** The functions that a tick on that line may belong to, other than that of the frame. */
  placesAt(line: number): readonly Place[] {
    const own = this.#ownPlaceAt(line)
    if (this.#isOwnLine(line)) return own
    return [...own, ...this.#otherPlacesAt(line)]
  }

  /** Whether a tick that has no single place is surely, or may well be, not of the frame's function. */
  isUnknown(line: number, parts: readonly InlinedPart[]): boolean {
    if (line < 1 || this.#ownMap.isLong(line)) return false
    const others = this.#otherPlacesAt(line)
    if (this.#isOwnLine(line)) {
      if (this.#ownMap.isOfNode) return others.some(({ map }) => !map.isOfNode)
      return others.some(({ callee }) => parts.some((part) => part.callee === callee))
    }
    // Code of Node that calls nothing of the kind has inlined more of Node.
    return !this.#ownMap.isOfNode || others.some(({ map }) => !map.isOfNode)
  }

  #isOwnLine(line: number): boolean {
    return line >= this.#own.fromLine && line <= this.#own.toLine
  }

  #ownPlaceAt(line: number): readonly Place[] {
    const map = this.#ownMap
    const callee = map.isLong(line) ? map.onlyCallee(this.#own) : this.#calleeAt(line)
    if (!callee) return []
    return map.isLong(line) || this.#isReached(map, callee) ? [{ map, callee }] : []
  }

  #calleeAt(line: number): MappedFunction | null {
    const found = this.#ownMap.atLine(line)
    if (!found || found === this.#own) return null
    // On the first line of a function within, the function around it may be at work as well.
    const isInner = isWithin(found, this.#own) && found.fromLine < line
    return this.#isOwnLine(line) ? (isInner ? found : null) : found
  }

  #otherPlacesAt(line: number): readonly Place[] {
    return [...this.#reached.keys()].flatMap((map) => {
      if (map === this.#ownMap) return []
      if (map.isLong(line))
        return [...this.#reached.get(map)!]
          .filter(({ fromLine, toLine }) => fromLine <= line && line <= toLine)
          .map((callee) => ({ map, callee }))
      const callee = map.atLine(line)
      return callee && this.#isReached(map, callee) ? [{ map, callee }] : []
    })
  }

  #isReached(map: FunctionMap, callee: MappedFunction): boolean {
    if (map === this.#ownMap && isWithin(callee, this.#own)) return true
    const reached = this.#reached.get(map)
    if (!reached || reached.has(callee)) return reached !== undefined
    return callee.name !== '' && [...reached].some((one) => map.textOf(one).includes(callee.name))
  }
}

const isWithin = (inner: MappedFunction, outer: MappedFunction): boolean =>
  inner !== outer && inner.start >= outer.start && inner.end <= outer.end
