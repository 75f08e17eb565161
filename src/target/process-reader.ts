import { readFileSync, statSync } from 'node:fs'
import { describeProcess, isAlive } from './describe-process.js'
import {
  parseAllowedCores,
  parsePageSize,
  parseResidentPages,
  parseStat,
  parseStorage,
} from './proc-parsing.js'
import { hasProc, list, readSmall } from './read-proc.js'
import { type ThreadGroup, ThreadGroups } from './thread-groups.js'

/** One look at a process. Times are totals since the first look; null where the system does not tell. */
export interface ProcessReading {
  readonly cpuNs: number | null
  readonly runQueueWaitNs: number | null
  readonly rssBytes: number | null
  readonly threads: number | null
}

/** What costs more to read, and is read once a second. Totals since some earlier instant; null where not told. */
export interface ProcessDetail {
  readonly voluntarySwitches: number | null
  readonly involuntarySwitches: number | null
  readonly majorFaults: number | null
  readonly readBytes: number | null
  readonly writtenBytes: number | null
  /** Cores that its affinity lets it run on. */
  readonly allowedCores: number | null
}

/** Reads one process again and again. */
export interface ProcessReader {
  /** null: the process has ended. */
  read(): ProcessReading | null
  /** Open descriptors; null where the system does not tell. */
  descriptors(): number | null
  /** After `read`. null where the system does not tell, or the reader was not made for it. */
  detail(): ProcessDetail | null
  /** Threads by name and role; empty until the first `detail`. */
  readonly threadGroups: readonly ThreadGroup[]
}

export interface ProcessReaderOptions {
  /** Also read what `ProcessDetail` holds, and tell threads apart. */
  readonly detail?: boolean
}

export const createProcessReader = (pid: number, options: ProcessReaderOptions = {}): ProcessReader =>
  hasProc ? new ProcReader(pid, options.detail ?? false) : new LivenessReader(pid)

/**
 * Adds up `schedstat` over the threads of a process, in nanoseconds: /proc/PID/stat counts in ticks of 10 ms, too
 * coarse for ten samples a second.
 */
class ProcReader implements ProcessReader {
  readonly #pid: number
  readonly #tasks: string
  readonly #threads: ThreadGroups
  readonly #detail: boolean
  #hasSchedStat = true

  constructor(pid: number, detail: boolean) {
    this.#pid = pid
    this.#tasks = `/proc/${pid}/task`
    this.#detail = detail
    this.#threads = new ThreadGroups(pid, { detail, isNode: detail && describeProcess(pid).kind === 'node' })
  }

  get threadGroups(): readonly ThreadGroup[] {
    return this.#threads.groups
  }

  read(): ProcessReading | null {
    const residentPages = parseResidentPages(readSmall(`/proc/${this.#pid}/statm`) ?? '')
    const threads = residentPages === null ? [] : list(this.#tasks)
    if (residentPages === null || threads.length === 0) return null
    if (residentPages === 0 && !isAlive(this.#pid)) return null
    if (this.#hasSchedStat) this.#hasSchedStat = this.#threads.add(threads)
    return {
      cpuNs: this.#hasSchedStat ? this.#threads.cpuNs : this.#cpuFromTicks(),
      runQueueWaitNs: this.#hasSchedStat ? this.#threads.runQueueWaitNs : null,
      rssBytes: residentPages * pageSize(),
      threads: threads.length,
    }
  }

  descriptors(): number | null {
    try {
      // Since Linux 6.2 the size of the folder is the number of descriptors: no need to list 15,000 of them.
      const size = statSync(`/proc/${this.#pid}/fd`).size
      if (size > 0) return size
    } catch {
      return null
    }
    return list(`/proc/${this.#pid}/fd`).length || null
  }

  detail(): ProcessDetail | null {
    if (!this.#detail) return null
    this.#threads.addDetail()
    const { switches } = this.#threads
    const stat = parseStat(readSmall(`/proc/${this.#pid}/stat`) ?? '')
    const storage = parseStorage(readSmall(`/proc/${this.#pid}/io`) ?? '')
    return {
      voluntarySwitches: switches?.voluntary ?? null,
      involuntarySwitches: switches?.involuntary ?? null,
      majorFaults: stat?.majorFaults ?? null,
      readBytes: storage?.readBytes ?? null,
      writtenBytes: storage?.writtenBytes ?? null,
      allowedCores: parseAllowedCores(readSmall(`/proc/${this.#pid}/status`) ?? ''),
    }
  }

  #cpuFromTicks(): number | null {
    const stat = parseStat(readSmall(`/proc/${this.#pid}/stat`) ?? '')
    return stat && stat.cpuTicks * 1e7
  }
}

let cachedPageSize = 0

function pageSize(): number {
  if (cachedPageSize === 0) {
    try {
      cachedPageSize = parsePageSize(readFileSync('/proc/self/auxv')) ?? 4_096
    } catch {
      cachedPageSize = 4_096
    }
  }
  return cachedPageSize
}

/** Without /proc: tells whether the process lives, and nothing else. */
class LivenessReader implements ProcessReader {
  readonly threadGroups: readonly ThreadGroup[] = []
  readonly #pid: number

  constructor(pid: number) {
    this.#pid = pid
  }

  read(): ProcessReading | null {
    return isAlive(this.#pid) ? { cpuNs: null, runQueueWaitNs: null, rssBytes: null, threads: null } : null
  }

  descriptors(): null {
    return null
  }

  detail(): null {
    return null
  }
}
