import type { Microseconds } from '../kernel/units.js'
import { BoundedSeries } from './bounded-series.js'
import type { CgroupReader, CgroupReading } from './cgroup-reader.js'
import { byName, difference } from './differences.js'

const flows = ['periods', 'throttledPeriods', 'throttledNs', 'memoryLimitHits', 'oomKills'] as const

/** What a control group allowed, and how often that was too little. Null where it has no limit, or nothing was seen. */
export interface CgroupMeans {
  readonly cpuLimitCores: number | null
  readonly memoryLimitBytes: number | null
  readonly memoryBytes: number | null
  readonly memoryMaxBytes: number | null
  /** Share of the quota's periods in which it was used up, 0 to 1. */
  readonly throttledShare: number | null
  readonly throttledMs: number | null
  readonly throttledMsPerSecond: number | null
  readonly memoryLimitHits: number | null
  readonly oomKills: number | null
}

/** Watches a control group, once a second. */
export class CgroupWatch {
  readonly #reader: CgroupReader
  #series: BoundedSeries<(typeof flows)[number], 'memoryBytes'>
  #last: { atUs: number; reading: CgroupReading } | null = null

  constructor(reader: CgroupReader, startUs: Microseconds) {
    this.#reader = reader
    this.#series = new BoundedSeries(startUs, flows, ['memoryBytes'])
  }

  alignTo(startUs: Microseconds): void {
    this.#series = new BoundedSeries(startUs, flows, ['memoryBytes'])
  }

  look(nowUs: number): void {
    const reading = this.#reader.read()
    if (!reading) return
    const last = this.#last
    if (last) {
      this.#series.addFlows(
        last.atUs,
        nowUs,
        byName(flows, (name) => difference(reading[name], last.reading[name])),
      )
    }
    this.#series.addLevels(nowUs, reading)
    this.#last = { atUs: nowUs, reading }
  }

  between(startUs: number, endUs: number): CgroupMeans {
    const { flows: seen, levels } = this.#series.between(startUs, endUs)
    const limited = this.#last !== null && this.#last.reading.cpuLimitCores !== null
    const periods = seen.periods?.total ?? 0
    return {
      cpuLimitCores: this.#last?.reading.cpuLimitCores ?? null,
      memoryLimitBytes: this.#last?.reading.memoryLimitBytes ?? null,
      memoryBytes: levels.memoryBytes && Math.round(levels.memoryBytes.mean),
      memoryMaxBytes: levels.memoryBytes?.max ?? null,
      throttledShare:
        limited && seen.throttledPeriods && periods > 0 ? seen.throttledPeriods.total / periods : null,
      throttledMs: limited && seen.throttledNs ? seen.throttledNs.total / 1e6 : null,
      throttledMsPerSecond: limited && seen.throttledNs ? seen.throttledNs.perSecond / 1e6 : null,
      memoryLimitHits: seen.memoryLimitHits?.total ?? null,
      oomKills: seen.oomKills?.total ?? null,
    }
  }
}
