import { type Clock, monotonicUs } from '../kernel/clock.js'
import type { Microseconds } from '../kernel/units.js'
import { CgroupReader } from './cgroup-reader.js'
import { CgroupWatch } from './cgroup-watch.js'
import { NetworkWatch } from './network-watch.js'
import { createProcessReader, type ProcessReader, type ProcessReaderOptions } from './process-reader.js'
import { hasProc, linkOf, procUnavailable } from './read-proc.js'
import { Watched, WatchedInDetail, type WatchedProcess, type WatchedTarget } from './watched-process.js'

export type { WatchedProcess, WatchedTarget } from './watched-process.js'

const sampleEveryMs = 100

/** Why there are no figures on this system; null on Linux. */
export const processWatchUnavailable: string | null = hasProc ? null : procUnavailable(process.platform)

export interface ProcessWatchOptions {
  /** The instant that seconds count from; now, if left out. `alignTo` moves it. */
  readonly startUs?: Microseconds
  readonly clock?: Clock
  readonly createReader?: (pid: number, options: ProcessReaderOptions) => ProcessReader
  /** Called once for a process that ended while it was watched. */
  readonly onVanished?: (pid: number, atUs: Microseconds) => void
}

/**
 * Looks at a handful of processes ten times a second. With warm caches a look at a Node process takes 0.05 ms, and what
 * is read once a second of a target 0.3 ms; between other work both take several times that. Sockets take 0.15 % of a
 * core, at most 0.35 % where there are thousands. `pause` shows what it all comes to. Where the system has no /proc, the
 * figures are null and only the end of a process is told.
 */
export class ProcessWatch {
  readonly #clock: Clock
  readonly #createReader: (pid: number, options: ProcessReaderOptions) => ProcessReader
  readonly #onVanished: (pid: number, atUs: Microseconds) => void
  readonly #watched = new Map<number, Watched>()
  readonly #networks = new Map<string, NetworkWatch>()
  readonly #cgroups = new Map<string, CgroupWatch>()
  #startUs: Microseconds
  #second = Number.NaN
  #timer: NodeJS.Timeout | null = null
  #paused = false

  constructor(options: ProcessWatchOptions = {}) {
    this.#clock = options.clock ?? monotonicUs
    this.#createReader = options.createReader ?? createProcessReader
    this.#onVanished = options.onVanished ?? (() => {})
    this.#startUs = options.startUs ?? this.#clock()
  }

  /** Watches `pid` from now on; the same pid again gives the same answer. */
  watch(pid: number): WatchedProcess {
    return this.#watched.get(pid) ?? this.#begin(new Watched(pid, this.#createReader(pid, {}), this.#startUs))
  }

  /**
   * Watches a process of the target: also its threads, its network namespace, its sockets and its control group.
   * @param ports that the target listens on
   */
  watchTarget(pid: number, ports: readonly number[]): WatchedTarget {
    const known = this.#watched.get(pid)
    if (known instanceof WatchedInDetail) return known
    const cgroup = new CgroupReader(pid)
    const around = {
      network: shared(
        this.#networks,
        `${linkOf(`/proc/${pid}/ns/net`) ?? pid} ${ports.join()}`,
        () => new NetworkWatch(pid, ports, this.#startUs),
      ),
      cgroup: shared(this.#cgroups, cgroup.key, () => new CgroupWatch(cgroup, this.#startUs)),
    }
    const reader = this.#createReader(pid, { detail: true })
    return this.#begin(new WatchedInDetail(pid, reader, this.#startUs, around))
  }

  /** Starts to sample. The timer keeps no process alive. */
  start(): void {
    this.#timer ??= setInterval(() => this.sample(), sampleEveryMs).unref()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    for (const watched of this.#watched.values()) watched.close()
    for (const network of this.#networks.values()) network.interrupt()
  }

  /**
   * Takes a last look and reads nothing more until `resume`, so that what watching costs can be seen. All readings are
   * running totals: what happens meanwhile is not lost, but spread evenly over the pause. That a process ends is not
   * noticed meanwhile.
   */
  pause(): void {
    if (this.#paused) return
    this.#look(true)
    this.#paused = true
    for (const network of this.#networks.values()) network.interrupt()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#look(true)
  }

  /** Seconds count from `startUs` from now on; what was seen before is forgotten. */
  alignTo(startUs: Microseconds): void {
    this.#startUs = startUs
    for (const part of [this.#watched, this.#networks, this.#cgroups]) {
      for (const watch of part.values()) watch.alignTo(startUs)
    }
  }

  /** One look at every process that still lives. */
  sample(): void {
    if (this.#paused) return
    const second = Math.floor((this.#clock() - this.#startUs) / 1e6)
    const wholeSecond = second !== this.#second
    this.#second = second
    this.#look(wholeSecond)
  }

  #begin<Kind extends Watched>(watched: Kind): Kind {
    this.#watched.set(watched.pid, watched)
    this.#lookAt(watched, true)
    return watched
  }

  #look(wholeSecond: boolean): void {
    for (const watched of this.#watched.values()) {
      if (watched.vanishedAtUs === null) this.#lookAt(watched, wholeSecond)
    }
    for (const network of this.#networks.values()) network.look(this.#clock(), wholeSecond)
    if (wholeSecond) for (const cgroup of this.#cgroups.values()) cgroup.look(this.#clock())
  }

  #lookAt(watched: Watched, wholeSecond: boolean): void {
    if (!watched.look(this.#clock(), wholeSecond)) {
      watched.vanishedAtUs = this.#clock()
      this.#onVanished(watched.pid, watched.vanishedAtUs)
    }
  }
}

function shared<Part>(parts: Map<string, Part>, key: string, create: () => Part): Part {
  const part = parts.get(key) ?? create()
  parts.set(key, part)
  return part
}
