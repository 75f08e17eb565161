/*
 * Pure readers of what Linux says about control groups, version 1 and 2 (cgroups(7)). Wrong text gives null or nothing.
 */

/** One line of /proc/PID/cgroup. */
export interface CgroupLine {
  /** Empty for the one hierarchy of version 2. */
  readonly controllers: readonly string[]
  readonly path: string
}

export function parseCgroups(text: string): CgroupLine[] {
  const lines: CgroupLine[] = []
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (match) lines.push({ controllers: match[1] === '' ? [] : match[1]!.split(','), path: match[2]! })
  }
  return lines
}

export interface CgroupMount {
  readonly version: 1 | 2
  /** The folder of the hierarchy that is mounted. */
  readonly root: string
  readonly mountPoint: string
  /** Of version 1. */
  readonly controllers: readonly string[]
}

/** Mounted hierarchies, from /proc/self/mountinfo. */
export function parseCgroupMounts(text: string): CgroupMount[] {
  const mounts: CgroupMount[] = []
  for (const line of text.split('\n')) {
    const [before, after] = line.split(' - ')
    const fields = before!.split(' ')
    const [type, , options] = (after ?? '').split(' ')
    if ((type !== 'cgroup' && type !== 'cgroup2') || !fields[3]?.startsWith('/') || !fields[4]) continue
    mounts.push({
      version: type === 'cgroup' ? 1 : 2,
      root: unescapeMount(fields[3]),
      mountPoint: unescapeMount(fields[4]),
      controllers: type === 'cgroup' ? (options ?? '').split(',') : [],
    })
  }
  return mounts
}

/** Spaces, tabs, newlines and backslashes of a path stand as octal numbers. */
const unescapeMount = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/**
 * The folder in which a group can be read, from the group’s path and the mount of its hierarchy. Null where the mount
 * shows another part of the hierarchy, as in a container that looks at a process outside.
 */
export function cgroupFolder(path: string, mount: CgroupMount): string | null {
  if (path.split('/').includes('..')) return null
  if (mount.root === '/') return joined(mount.mountPoint, path)
  if (path === mount.root) return mount.mountPoint
  return path.startsWith(`${mount.root}/`) ? joined(mount.mountPoint, path.slice(mount.root.length)) : null
}

const joined = (folder: string, path: string): string => (path === '/' ? folder : `${folder}${path}`)

/** `name number` lines, as in cpu.stat and memory.events. */
export function parseFlatKeys(text: string): ReadonlyMap<string, number> {
  const keys = new Map<string, number>()
  for (const line of text.split('\n')) {
    const match = /^([\w.]+) (\d+)$/.exec(line)
    if (match) keys.set(match[1]!, Number(match[2]))
  }
  return keys
}

/** Totals since the group began. */
export interface Throttling {
  /** Periods in which the group ran. */
  readonly periods: number
  /** Periods in which it had used up its quota. */
  readonly throttledPeriods: number
  readonly throttledNs: number
}

/** cpu.stat of either version; null where the group has no quota to watch over. */
export function parseThrottling(text: string): Throttling | null {
  const keys = parseFlatKeys(text)
  const periods = keys.get('nr_periods')
  const throttledPeriods = keys.get('nr_throttled')
  const micros = keys.get('throttled_usec')
  const throttledNs = micros === undefined ? keys.get('throttled_time') : micros * 1_000
  return periods === undefined || throttledPeriods === undefined || throttledNs === undefined
    ? null
    : { periods, throttledPeriods, throttledNs }
}

/** `max 100000` or `50000 100000`: cores that the quota amounts to; null without one. */
export function parseCpuMax(text: string): number | null {
  const match = /^(\d+) (\d+)\s*$/.exec(text)
  return match ? coresOf(Number(match[1]), Number(match[2])) : null
}

/** cpu.cfs_quota_us and cpu.cfs_period_us; a quota of -1 is none. */
export function parseCfsQuota(quota: string, period: string): number | null {
  return /^\d+\s*$/.test(quota) && /^\d+\s*$/.test(period) ? coresOf(Number(quota), Number(period)) : null
}

const coresOf = (quotaUs: number, periodUs: number): number | null =>
  quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : null

/** Version 1 writes a number near 2^63, rounded down to a page, for no limit. */
const noLimit = 2 ** 62

/** A number of bytes; null for `max`, for the largest number of version 1, and for other text. */
export function parseBytes(text: string): number | null {
  const value = /^\d+\s*$/.test(text) ? Number(text) : Number.NaN
  return value < noLimit ? value : null
}
