import { type Clock, monotonicUs } from '../kernel/clock.js'
import type { Microseconds } from '../kernel/units.js'
import { createProcessReader, type ProcessReader } from './process-reader.js'
import { type ProcessMeans, type ProcessSecond, ProcessSeries } from './process-series.js'
import { hasProc, procUnavailable } from './read-proc.js'

const sampleEveryMs = 100
/** A little under a second, so that every whole second holds a count. */
const descriptorsEveryUs = 900_000
/** A process of more threads than this is read once a second: each thread costs a read of a file. */
const manyThreads = 100

/** Why there are no figures on this system; null on Linux. */
export const processWatchUnavailable: string | null = hasProc ? null : procUnavailable(process.platform)

export interface ProcessWatchOptions {
  /** The instant that seconds count from; now, if left out. `alignTo` moves it. */
  readonly startUs?: Microseconds
  readonly clock?: Clock
  readonly createReader?: (pid: number) => ProcessReader
  /** Called once for a process that ended while it was watched. */
  readonly onVanished?: (pid: number, atUs: Microseconds) => void
}

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

/**
 * Looks at a handful of processes ten times a second. A look at a Node process costs about 0.1 ms, thus 0.1 % of a
 * core. Where the system has no /proc, the figures are null and only the end of a process is told.
 */
export class ProcessWatch {
  readonly #clock: Clock
  readonly #createReader: (pid: number) => ProcessReader
  readonly #onVanished: (pid: number, atUs: Microseconds) => void
  readonly #watched = new Map<number, Watched>()
  #startUs: Microseconds
  #timer: NodeJS.Timeout | null = null

  constructor(options: ProcessWatchOptions = {}) {
    this.#clock = options.clock ?? monotonicUs
    this.#createReader = options.createReader ?? createProcessReader
    this.#onVanished = options.onVanished ?? (() => {})
    this.#startUs = options.startUs ?? this.#clock()
  }

  /** Watches `pid` from now on; the same pid again gives the same answer. */
  watch(pid: number): WatchedProcess {
    const known = this.#watched.get(pid)
    if (known) return known
    const watched = new Watched(pid, this.#createReader(pid), this.#startUs)
    this.#watched.set(pid, watched)
    this.#look(watched)
    return watched
  }

  /** Starts to sample. The timer keeps no process alive. */
  start(): void {
    this.#timer ??= setInterval(() => this.sample(), sampleEveryMs).unref()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Seconds count from `startUs` from now on; what was seen before is forgotten. */
  alignTo(startUs: Microseconds): void {
    this.#startUs = startUs
    for (const watched of this.#watched.values()) watched.series = new ProcessSeries(startUs)
  }

  /** One look at every process that still lives. */
  sample(): void {
    for (const watched of this.#watched.values()) {
      if (watched.vanishedAtUs === null) this.#look(watched)
    }
  }

  #look(watched: Watched): void {
    if (!watched.look(this.#clock())) {
      watched.vanishedAtUs = this.#clock()
      this.#onVanished(watched.pid, watched.vanishedAtUs)
    }
  }
}

class Watched implements WatchedProcess {
  readonly pid: number
  series: ProcessSeries
  vanishedAtUs: Microseconds | null = null
  readonly #reader: ProcessReader
  #lastUs: Microseconds | null = null
  #lastCpuNs: number | null = null
  #lastWaitNs: number | null = null
  #descriptorsAtUs = Number.NEGATIVE_INFINITY
  #threads = 0

  constructor(pid: number, reader: ProcessReader, startUs: Microseconds) {
    this.pid = pid
    this.series = new ProcessSeries(startUs)
    this.#reader = reader
  }

  between(startUs: Microseconds, endUs: Microseconds): ProcessMeans {
    return this.series.between(startUs, endUs)
  }

  seconds(): ProcessSecond[] {
    return this.series.seconds()
  }

  /** False: the process has ended. */
  look(nowUs: Microseconds): boolean {
    if (this.#threads > manyThreads && this.#lastUs !== null && nowUs - this.#lastUs < 950_000) return true
    const reading = this.#reader.read()
    if (!reading) return false
    const countDescriptors = this.#lastUs !== null && nowUs - this.#descriptorsAtUs >= descriptorsEveryUs
    if (countDescriptors) this.#descriptorsAtUs = nowUs
    const descriptors = countDescriptors ? this.#reader.descriptors() : null
    if (this.#lastUs !== null) {
      this.series.add({
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
}

const difference = (now: number | null, before: number | null): number | null =>
  now === null || before === null ? null : Math.max(0, now - before)
