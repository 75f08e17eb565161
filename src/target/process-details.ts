import type { Microseconds } from '../kernel/units.js'
import { BoundedSeries } from './bounded-series.js'
import { byName, difference } from './differences.js'
import type { ProcessDetail } from './process-reader.js'
import type { ThreadGroup } from './thread-groups.js'
import type { ThreadRole } from './thread-roles.js'

/** Threads of one name and role over a stretch of time. Of one core, each. */
export interface ThreadMeans {
  readonly name: string
  readonly role: ThreadRole
  /** How many there were at the last look. */
  readonly threads: number
  readonly cpuPercent: number
  readonly runQueueWaitPercent: number
}

const flows = [
  'voluntarySwitches',
  'involuntarySwitches',
  'majorFaults',
  'readBytes',
  'writtenBytes',
] as const

/** A second, over the stretch of time; null where nothing was seen, or the system does not tell. */
export type DetailMeans = Readonly<Record<(typeof flows)[number], number | null>> & {
  /** Cores that the affinity of the process lets it run on. */
  readonly allowedCores: number | null
}

type ThreadSeries = BoundedSeries<'cpuNs' | 'runQueueWaitNs', never>

/** Threads, context switches and storage of one process, by second. */
export class ProcessDetails {
  #startUs: Microseconds
  #series: BoundedSeries<(typeof flows)[number], never>
  readonly #threads = new Map<ThreadGroup, { series: ThreadSeries; cpuNs: number; runQueueWaitNs: number }>()
  #last: { atUs: number; detail: ProcessDetail } | null = null

  constructor(startUs: Microseconds) {
    this.#startUs = startUs
    this.#series = new BoundedSeries(startUs, flows, [])
  }

  alignTo(startUs: Microseconds): void {
    this.#startUs = startUs
    this.#series = new BoundedSeries(startUs, flows, [])
    for (const thread of this.#threads.values()) thread.series = threadSeries(startUs)
  }

  addThreads(startUs: number, endUs: number, groups: readonly ThreadGroup[]): void {
    for (const group of groups) {
      const known = this.#threads.get(group)
      const before = known ?? { series: threadSeries(this.#startUs), cpuNs: 0, runQueueWaitNs: 0 }
      if (!known) this.#threads.set(group, before)
      before.series.addFlows(startUs, endUs, {
        cpuNs: group.cpuNs - before.cpuNs,
        runQueueWaitNs: group.runQueueWaitNs - before.runQueueWaitNs,
      })
      before.cpuNs = group.cpuNs
      before.runQueueWaitNs = group.runQueueWaitNs
    }
  }

  add(nowUs: number, detail: ProcessDetail): void {
    const last = this.#last
    if (last) {
      this.#series.addFlows(
        last.atUs,
        nowUs,
        byName(flows, (name) => difference(detail[name], last.detail[name])),
      )
    }
    this.#last = { atUs: nowUs, detail }
  }

  between(startUs: number, endUs: number): DetailMeans {
    const seen = this.#series.between(startUs, endUs).flows
    return {
      ...byName(flows, (name) => seen[name]?.perSecond ?? null),
      allowedCores: this.#last?.detail.allowedCores ?? null,
    }
  }

  /** The busiest first; of those that were there. */
  threadsBetween(startUs: number, endUs: number): ThreadMeans[] {
    const sums = new Map<string, ThreadSums>()
    let seconds = 0
    for (const [{ name, role, threads }, { series }] of this.#threads) {
      const { cpuNs, runQueueWaitNs } = series.between(startUs, endUs).flows
      if (!cpuNs || !runQueueWaitNs) continue
      const key = `${role}:${name}`
      const sum = sums.get(key) ?? { name, role, threads: 0, cpuNs: 0, runQueueWaitNs: 0 }
      sum.threads += threads
      sum.cpuNs += cpuNs.total
      sum.runQueueWaitNs += runQueueWaitNs.total
      sums.set(key, sum)
      seconds = Math.max(seconds, cpuNs.seconds)
    }
    return [...sums.values()]
      .map(({ cpuNs, runQueueWaitNs, ...named }) => ({
        ...named,
        cpuPercent: cpuNs / seconds / 1e7,
        runQueueWaitPercent: runQueueWaitNs / seconds / 1e7,
      }))
      .sort((a, b) => b.cpuPercent - a.cpuPercent)
  }
}

interface ThreadSums {
  readonly name: string
  readonly role: ThreadRole
  threads: number
  cpuNs: number
  runQueueWaitNs: number
}

const threadSeries = (startUs: Microseconds): ThreadSeries =>
  new BoundedSeries(startUs, ['cpuNs', 'runQueueWaitNs'], [])
