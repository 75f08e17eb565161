import type { Microseconds } from '../kernel/units.js'
import type { CgroupWatch } from './cgroup-watch.js'
import { CostPace, ownCpuUs } from './cost-pace.js'
import { difference } from './differences.js'
import type { NetworkWatch } from './network-watch.js'
import { type DetailMeans, ProcessDetails, type ThreadMeans } from './process-details.js'
import type { ProcessReader } from './process-reader.js'
import { type ProcessMeans, type ProcessSecond, ProcessSeries } from './process-series.js'

/** A little under a second, so that every whole second holds a count. */
const descriptorsEveryUs = 900_000
const detailPace = { leastUs: 900_000, share: 0.001, usuallyUs: 1_900_000, mostShare: 0.003 }
/** A process of more threads than this is read once a second: each thread costs a read of a file. */
const manyThreads = 100

/** One watched process, as the reports ask about it. */
export interface WatchedProcess {
  readonly pid: number
  /** When its end was noticed, at most a sample (100 ms) late; null while it lives. */
  readonly vanishedAtUs: Microseconds | null
  /** Means over `[startUs, endUs)` of the monotonic clock. */
  between(startUs: Microseconds, endUs: Microseconds): ProcessMeans
  /** One entry a second since the start instant. */
  seconds(): ProcessSecond[]
}

/** A process of the target: more of it is read, and what surrounds it. */
export interface WatchedTarget extends WatchedProcess {
  details(startUs: Microseconds, endUs: Microseconds): DetailMeans
  /** By name and role, the busiest first; empty where the system does not tell. */
  threads(startUs: Microseconds, endUs: Microseconds): ThreadMeans[]
  /** Its network namespace; the same object for all processes that share one. */
  readonly network: NetworkWatch
  /** The same object for all processes that share one. */
  readonly cgroup: CgroupWatch
}

/** Looks at one process and keeps what it saw. */
export class Watched implements WatchedProcess {
  readonly pid: number
  vanishedAtUs: Microseconds | null = null
  protected readonly reader: ProcessReader
  #series: ProcessSeries
  #lastUs: Microseconds | null = null
  #lastCpuNs: number | null = null
  #lastWaitNs: number | null = null
  #descriptorsAtUs = Number.NEGATIVE_INFINITY
  #threads = 0

  constructor(pid: number, reader: ProcessReader, startUs: Microseconds) {
    this.pid = pid
    this.#series = new ProcessSeries(startUs)
    this.reader = reader
  }

  between(startUs: Microseconds, endUs: Microseconds): ProcessMeans {
    return this.#series.between(startUs, endUs)
  }

  seconds(): ProcessSecond[] {
    return this.#series.seconds()
  }

  alignTo(startUs: Microseconds): void {
    this.#series = new ProcessSeries(startUs)
  }

  /** False: the process has ended. */
  look(nowUs: Microseconds, wholeSecond: boolean): boolean {
    if (this.#threads > manyThreads && this.#lastUs !== null && nowUs - this.#lastUs < 950_000) return true
    const reading = this.reader.read()
    if (!reading) return false
    const countDescriptors = this.#lastUs !== null && nowUs - this.#descriptorsAtUs >= descriptorsEveryUs
    if (countDescriptors) this.#descriptorsAtUs = nowUs
    const descriptors = countDescriptors ? this.reader.descriptors() : null
    this.lookCloser(this.#lastUs, nowUs, wholeSecond)
    if (this.#lastUs !== null) {
      this.#series.add({
        startUs: this.#lastUs,
        endUs: nowUs,
        cpuNs: difference(reading.cpuNs, this.#lastCpuNs),
        runQueueWaitNs: difference(reading.runQueueWaitNs, this.#lastWaitNs),
        rssBytes: reading.rssBytes,
        threads: reading.threads,
        descriptors,
      })
    }
    this.#lastUs = nowUs
    this.#lastCpuNs = reading.cpuNs
    this.#lastWaitNs = reading.runQueueWaitNs
    this.#threads = reading.threads ?? 0
    return true
  }

  /** After each reading; `lastUs` is null at the first. */
  protected lookCloser(_lastUs: Microseconds | null, _nowUs: Microseconds, _wholeSecond: boolean): void {}
}

/** A process of the target. What costs more is read once a second, and less often where there is very much of it. */
export class WatchedInDetail extends Watched implements WatchedTarget {
  readonly network: NetworkWatch
  readonly cgroup: CgroupWatch
  readonly #details: ProcessDetails
  readonly #pace = new CostPace(detailPace)

  constructor(
    pid: number,
    reader: ProcessReader,
    startUs: Microseconds,
    around: { network: NetworkWatch; cgroup: CgroupWatch },
  ) {
    super(pid, reader, startUs)
    this.#details = new ProcessDetails(startUs)
    this.network = around.network
    this.cgroup = around.cgroup
  }

  details(startUs: Microseconds, endUs: Microseconds): DetailMeans {
    return this.#details.between(startUs, endUs)
  }

  threads(startUs: Microseconds, endUs: Microseconds): ThreadMeans[] {
    return this.#details.threadsBetween(startUs, endUs)
  }

  override alignTo(startUs: Microseconds): void {
    super.alignTo(startUs)
    this.#details.alignTo(startUs)
  }

  protected override lookCloser(
    lastUs: Microseconds | null,
    nowUs: Microseconds,
    wholeSecond: boolean,
  ): void {
    if (lastUs !== null) this.#details.addThreads(lastUs, nowUs, this.reader.threadGroups)
    if (!(wholeSecond && this.#pace.isDue(nowUs))) return
    const before = ownCpuUs()
    const detail = this.reader.detail()
    if (detail) this.#details.add(nowUs, detail)
    this.#pace.looked(nowUs, ownCpuUs() - before)
  }
}
