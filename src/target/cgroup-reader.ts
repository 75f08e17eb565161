import {
  type CgroupLine,
  type CgroupMount,
  cgroupFolder,
  parseBytes,
  parseCfsQuota,
  parseCgroupMounts,
  parseCgroups,
  parseCpuMax,
  parseFlatKeys,
  parseThrottling,
} from './cgroup-parsing.js'
import { readSmall, readWhole } from './read-proc.js'

/** What a process may use, and how often it met the limit. Totals since the group began; null where there is none. */
export interface CgroupReading {
  /** Cores that the tightest quota above the process amounts to; null: no quota. */
  readonly cpuLimitCores: number | null
  readonly periods: number | null
  readonly throttledPeriods: number | null
  readonly throttledNs: number | null
  /** The tightest limit above the process; null: none. */
  readonly memoryLimitBytes: number | null
  /** Used by the group of that limit, or by the process’s own group. The page cache counts. */
  readonly memoryBytes: number | null
  /** How often the group’s use met its limit, and the kernel had to reclaim. */
  readonly memoryLimitHits: number | null
  readonly oomKills: number | null
}

/** The text of a small file; null if it cannot be read. */
type Read = (path: string) => string | null

interface CpuGroup {
  readonly cores: number | null
  readonly statFile: string
}

interface MemoryGroup {
  readonly limitBytes: number | null
  readonly folder: string
}

/**
 * Reads the control group of a process: of version 1, of version 2, or of both, since each controller lives in one of
 * them. Limits of the groups above count as well; a look costs a handful of small files.
 * @param root stands before every path, for tests
 */
export class CgroupReader {
  /** Processes with the same key share all groups that matter. */
  readonly key: string
  readonly #read: Read
  readonly #cpu: Hierarchy | null
  readonly #memory: Hierarchy | null

  constructor(pid: number, root = '') {
    this.#read = (path) => readSmall(`${root}${path}`)
    const lines = parseCgroups(this.#read(`/proc/${pid}/cgroup`) ?? '')
    const mounts = parseCgroupMounts(readWhole(`${root}/proc/self/mountinfo`) ?? '')
    this.#cpu = hierarchyOf('cpu', lines, mounts)
    this.#memory = hierarchyOf('memory', lines, mounts)
    this.key = `${this.#cpu?.folders[0] ?? '-'} ${this.#memory?.folders[0] ?? '-'}`
  }

  /** Null where no control group can be read. */
  read(): CgroupReading | null {
    const cpu = this.#cpu && this.#tightestCpu(this.#cpu)
    const memory = this.#memory && this.#tightestMemory(this.#memory)
    if (!cpu && !memory) return null
    const throttling = cpu ? parseThrottling(this.#read(cpu.statFile) ?? '') : null
    return {
      cpuLimitCores: cpu?.cores ?? null,
      periods: throttling?.periods ?? null,
      throttledPeriods: throttling?.throttledPeriods ?? null,
      throttledNs: throttling?.throttledNs ?? null,
      memoryLimitBytes: memory?.limitBytes ?? null,
      ...this.#memoryUse(memory),
    }
  }

  #tightestCpu({ version, folders }: Hierarchy): CpuGroup {
    let tightest: CpuGroup = { cores: null, statFile: `${folders[0]!}/cpu.stat` }
    for (const folder of folders) {
      const cores =
        version === 2
          ? parseCpuMax(this.#read(`${folder}/cpu.max`) ?? '')
          : parseCfsQuota(
              this.#read(`${folder}/cpu.cfs_quota_us`) ?? '',
              this.#read(`${folder}/cpu.cfs_period_us`) ?? '',
            )
      if (cores !== null && cores < (tightest.cores ?? Number.POSITIVE_INFINITY))
        tightest = { cores, statFile: `${folder}/cpu.stat` }
    }
    return tightest
  }

  #tightestMemory({ version, folders }: Hierarchy): MemoryGroup {
    let tightest: MemoryGroup = { limitBytes: null, folder: folders[0]! }
    const file = version === 2 ? 'memory.max' : 'memory.limit_in_bytes'
    for (const folder of folders) {
      const limitBytes = parseBytes(this.#read(`${folder}/${file}`) ?? '')
      if (limitBytes !== null && limitBytes < (tightest.limitBytes ?? Number.POSITIVE_INFINITY))
        tightest = { limitBytes, folder }
    }
    return tightest
  }

  #memoryUse(group: MemoryGroup | null): Pick<CgroupReading, 'memoryBytes' | 'memoryLimitHits' | 'oomKills'> {
    if (!group) return { memoryBytes: null, memoryLimitHits: null, oomKills: null }
    const bytes = (file: string): number | null => parseBytes(this.#read(`${group.folder}/${file}`) ?? '')
    if (this.#memory!.version === 2) {
      const events = parseFlatKeys(this.#read(`${group.folder}/memory.events`) ?? '')
      return {
        memoryBytes: bytes('memory.current'),
        memoryLimitHits: events.get('max') ?? null,
        oomKills: events.get('oom_kill') ?? null,
      }
    }
    const control = parseFlatKeys(this.#read(`${group.folder}/memory.oom_control`) ?? '')
    return {
      memoryBytes: bytes('memory.usage_in_bytes'),
      memoryLimitHits: bytes('memory.failcnt'),
      oomKills: control.get('oom_kill') ?? null,
    }
  }
}

interface Hierarchy {
  readonly version: 1 | 2
  /** The folder of the process’s group, then those above it up to the mount. */
  readonly folders: readonly string[]
}

/** Where a controller lives: in a hierarchy of version 1 that names it, else in that of version 2. */
function hierarchyOf(
  controller: string,
  lines: readonly CgroupLine[],
  mounts: readonly CgroupMount[],
): Hierarchy | null {
  const old = lines.find(({ controllers }) => controllers.includes(controller))
  const line = old ?? lines.find(({ controllers }) => controllers.length === 0)
  if (!line) return null
  for (const mount of mounts) {
    if (old ? !mount.controllers.includes(controller) : mount.version !== 2) continue
    const folder = cgroupFolder(line.path, mount)
    if (folder !== null) return { version: mount.version, folders: upTo(folder, mount.mountPoint) }
  }
  return null
}

function upTo(folder: string, top: string): string[] {
  const folders = [folder]
  for (let at = folder; at !== top && at.length > top.length; ) {
    at = at.slice(0, at.lastIndexOf('/'))
    folders.push(at)
  }
  return folders
}
