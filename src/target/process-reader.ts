import { readFileSync, statSync } from 'node:fs'
import { isAlive } from './describe-process.js'
import {
  parsePageSize,
  parseResidentPages,
  parseSchedStat,
  parseStat,
  type SchedStat,
} from './proc-parsing.js'
import { hasProc, list, readSmall } from './read-proc.js'

/** One look at a process. Times are totals since the first look; null where the system does not tell. */
export interface ProcessReading {
  readonly cpuNs: number | null
  readonly runQueueWaitNs: number | null
  readonly rssBytes: number | null
  readonly threads: number | null
}

/** Reads one process again and again. */
export interface ProcessReader {
  /** null: the process has ended. */
  read(): ProcessReading | null
  /** Open descriptors; null where the system does not tell. */
  descriptors(): number | null
}

export const createProcessReader = (pid: number): ProcessReader =>
  hasProc ? new ProcReader(pid) : new LivenessReader(pid)

/**
 * Adds up `schedstat` over the threads of a process, in nanoseconds: /proc/PID/stat counts in ticks of 10 ms, too
 * coarse for ten samples a second. A thread that ends takes its last part of a sample with it.
 */
class ProcReader implements ProcessReader {
  readonly #pid: number
  readonly #tasks: string
  #threads = new Map<string, SchedStat>()
  #first = true
  #cpuNs = 0
  #runQueueWaitNs = 0
  #hasSchedStat = true

  constructor(pid: number) {
    this.#pid = pid
    this.#tasks = `/proc/${pid}/task`
  }

  read(): ProcessReading | null {
    const residentPages = parseResidentPages(readSmall(`/proc/${this.#pid}/statm`) ?? '')
    const threads = residentPages === null ? [] : list(this.#tasks)
    if (residentPages === null || threads.length === 0) return null
    if (residentPages === 0 && !isAlive(this.#pid)) return null
    if (this.#hasSchedStat) this.#addThreads(threads)
    return {
      cpuNs: this.#hasSchedStat ? this.#cpuNs : this.#cpuFromTicks(),
      runQueueWaitNs: this.#hasSchedStat ? this.#runQueueWaitNs : null,
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

  #addThreads(ids: readonly string[]): void {
    const now = new Map<string, SchedStat>()
    for (const id of ids) {
      const stat = parseSchedStat(readSmall(`${this.#tasks}/${id}/schedstat`) ?? '')
      if (!stat) continue
      now.set(id, stat)
      if (this.#first) continue
      const before = this.#threads.get(id)
      // A thread id that counts less than before was given to a new thread.
      const same = before !== undefined && before.cpuNs <= stat.cpuNs
      this.#cpuNs += stat.cpuNs - (same ? before.cpuNs : 0)
      this.#runQueueWaitNs += Math.max(0, stat.runQueueWaitNs - (same ? before.runQueueWaitNs : 0))
    }
    if (this.#first && now.size === 0) this.#hasSchedStat = false
    this.#first = false
    this.#threads = now
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
}
