import { bucketIndex, Histogram, type HistogramDelta, highestValueUs } from './histogram.js'
import type { Censoring } from './interval-delta.js'

/** What a scenario gives names to; `session`: whole sessions, which need no name. */
export type NamedKind = 'measure' | 'group' | 'check' | 'session'

/** What was recorded under one name in an interval. Plain data, additive. */
export interface NamedDelta {
  readonly kind: NamedKind
  readonly name: string
  readonly histogram: HistogramDelta | null
  readonly censored: Censoring
  /** Failed checks, errors of a group. */
  readonly failed: number
  /** Checks that held. */
  readonly passed: number
}

/** So many names are kept apart in a worker; what comes under more of them is counted under `other names`. */
const mostNames = 100
const overflow = 'other names'

/**
 * Durations in few buckets: the layout of `Histogram`, but a map instead of an array, since there are as many of
 * these as a scenario has names and few values in each.
 */
class NamedRecord {
  readonly kind: NamedKind
  readonly name: string
  readonly #counts = new Map<number, number>()
  #min = highestValueUs
  #max = 0
  #sum = 0
  #censored = 0
  #minCensoredUs = Number.POSITIVE_INFINITY
  failed = 0
  passed = 0

  constructor(kind: NamedKind, name: string) {
    this.kind = kind
    this.name = name
  }

  record(us: number, censored: boolean): void {
    const value = Math.min(Math.max(0, Math.round(us)), highestValueUs)
    const index = bucketIndex(value)
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + 1)
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#sum += value
    if (!censored) return
    this.#censored++
    this.#minCensoredUs = Math.min(this.#minCensoredUs, value)
  }

  delta(): NamedDelta {
    const entries = [...this.#counts].sort(([a], [b]) => a - b)
    return {
      kind: this.kind,
      name: this.name,
      histogram:
        entries.length === 0
          ? null
          : {
              indexes: Uint16Array.from(entries, ([index]) => index),
              counts: Uint32Array.from(entries, ([, count]) => count),
              min: this.#min,
              max: this.#max,
              sum: this.#sum,
            },
      censored: { count: this.#censored, minUs: this.#minCensoredUs },
      failed: this.failed,
      passed: this.passed,
    }
  }
}

/** What a worker records under names in one interval. */
export class NamedRecords {
  #records = new Map<string, NamedRecord>()

  at(kind: NamedKind, name: string): NamedRecord {
    const key = `${kind} ${name}`
    const known = this.#records.get(key)
    if (known) return known
    if (this.#records.size >= mostNames && name !== overflow) return this.at(kind, overflow)
    const record = new NamedRecord(kind, name)
    this.#records.set(key, record)
    return record
  }

  /** All since the last call, which is forgotten here. */
  take(): NamedDelta[] {
    if (this.#records.size === 0) return none
    const deltas = [...this.#records.values()].map((record) => record.delta())
    this.#records = new Map()
    return deltas
  }
}

const none: NamedDelta[] = []

/** All that was recorded under one name in a window. */
export interface NamedTotal {
  readonly kind: NamedKind
  readonly name: string
  readonly histogram: Histogram
  readonly censored: Censoring
  failed: number
  passed: number
}

/** What was recorded under names in one window of a run. */
export class NamedTotals {
  readonly #totals = new Map<string, NamedTotal>()

  add(deltas: readonly NamedDelta[]): void {
    for (const { kind, name, histogram, censored, failed, passed } of deltas) {
      const total = this.#at(kind, name)
      if (histogram) total.histogram.addDelta(histogram)
      total.censored.count += censored.count
      total.censored.minUs = Math.min(total.censored.minUs, censored.minUs)
      total.failed += failed
      total.passed += passed
    }
  }

  addTotals(other: NamedTotals): void {
    for (const { kind, name, histogram, censored, failed, passed } of other.#totals.values()) {
      const total = this.#at(kind, name)
      total.histogram.add(histogram)
      total.censored.count += censored.count
      total.censored.minUs = Math.min(total.censored.minUs, censored.minUs)
      total.failed += failed
      total.passed += passed
    }
  }

  /** Those of one kind, by name. */
  of(kind: NamedKind): NamedTotal[] {
    return [...this.#totals.values()]
      .filter((total) => total.kind === kind)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #at(kind: NamedKind, name: string): NamedTotal {
    const key = `${kind} ${name}`
    let total = this.#totals.get(key)
    if (!total) {
      total = {
        kind,
        name,
        histogram: new Histogram(),
        censored: { count: 0, minUs: Number.POSITIVE_INFINITY },
        failed: 0,
        passed: 0,
      }
      this.#totals.set(key, total)
    }
    return total
  }
}
