import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CgroupReader } from '../../../src/target/cgroup-reader.js'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A tree of files such as a kernel shows; process 7 is the one that is looked at. */
function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-cgroup-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const unified = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n'
const stat = (periods: number, throttled: number, usec: number): string =>
  `usage_usec 9\nuser_usec 6\nsystem_usec 3\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec ${usec}\nnr_bursts 0\nburst_usec 0\n`

describe('CgroupReader, version 2', () => {
  it('finds the tightest limit above a process: of a pod that holds its container', () => {
    const pod = '/sys/fs/cgroup/kubepods.slice/pod1.slice'
    const root = tree({
      '/proc/7/cgroup': '0::/kubepods.slice/pod1.slice/cri-a.scope\n',
      '/proc/self/mountinfo': unified,
      [`${pod}/cpu.max`]: '50000 100000\n',
      [`${pod}/cpu.stat`]: stat(40, 30, 2_500_000),
      [`${pod}/memory.max`]: 'max\n',
      [`${pod}/cri-a.scope/cpu.max`]: 'max 100000\n',
      [`${pod}/cri-a.scope/cpu.stat`]: stat(0, 0, 0),
      [`${pod}/cri-a.scope/memory.max`]: '536870912\n',
      [`${pod}/cri-a.scope/memory.current`]: '104857600\n',
      [`${pod}/cri-a.scope/memory.events`]: 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n',
    })
    expect(new CgroupReader(7, root).read()).toEqual({
      cpuLimitCores: 0.5,
      periods: 40,
      throttledPeriods: 30,
      throttledNs: 2.5e9,
      memoryLimitBytes: 536_870_912,
      memoryBytes: 104_857_600,
      memoryLimitHits: 12,
      oomKills: 1,
    })
  })

  it('knows no limit where there is none, and still what is used', () => {
    const slice = '/sys/fs/cgroup/user.slice'
    const root = tree({
      '/proc/7/cgroup': '0::/user.slice\n',
      '/proc/self/mountinfo': unified,
      [`${slice}/cpu.stat`]: 'usage_usec 9\nuser_usec 6\nsystem_usec 3\n',
      [`${slice}/memory.max`]: 'max\n',
      [`${slice}/memory.current`]: '4096\n',
    })
    expect(new CgroupReader(7, root).read()).toMatchObject({
      cpuLimitCores: null,
      throttledNs: null,
      memoryLimitBytes: null,
      memoryBytes: 4_096,
    })
  })

  it('reads a container from inside, where its own group is the root of the mount', () => {
    const root = tree({
      '/proc/7/cgroup': '0::/\n',
      '/proc/self/mountinfo': unified,
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/cpu.stat': stat(5, 0, 0),
    })
    expect(new CgroupReader(7, root).read()).toMatchObject({ cpuLimitCores: 2, throttledPeriods: 0 })
  })
})

describe('CgroupReader, version 1', () => {
  const mounts = `32 31 0:29 /docker/ab /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`

  it('takes each controller from its own hierarchy, though version 2 is mounted as well', () => {
    const root = tree({
      '/proc/7/cgroup': '5:memory:/docker/ab\n2:cpu,cpuacct:/docker/ab/job\n0::/\n',
      '/proc/self/mountinfo': mounts,
      '/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '25000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.stat': 'nr_periods 8\nnr_throttled 7\nthrottled_time 900000000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '268435456\n',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1048576\n',
      '/sys/fs/cgroup/memory/memory.failcnt': '3\n',
      '/sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    })
    expect(new CgroupReader(7, root).read()).toEqual({
      cpuLimitCores: 0.25,
      periods: 8,
      throttledPeriods: 7,
      throttledNs: 9e8,
      memoryLimitBytes: 268_435_456,
      memoryBytes: 1_048_576,
      memoryLimitHits: 3,
      oomKills: 2,
    })
  })

  it('says nothing of a process whose group it cannot see, and of one that is gone', () => {
    const root = tree({ '/proc/7/cgroup': '2:cpu:/docker/xy\n0::/../..\n', '/proc/self/mountinfo': mounts })
    expect(new CgroupReader(7, root).read()).toBeNull()
    expect(new CgroupReader(8, root).read()).toBeNull()
  })

  it('has one key for processes of the same groups', () => {
    const root = tree({
      '/proc/7/cgroup': '2:cpu:/docker/ab\n5:memory:/docker/ab\n1:pids:/a\n',
      '/proc/8/cgroup': '2:cpu:/docker/ab\n5:memory:/docker/ab\n1:pids:/b\n',
      '/proc/9/cgroup': '2:cpu:/docker/ab/c\n5:memory:/docker/ab\n',
      '/proc/self/mountinfo': mounts,
    })
    const [first, second, third] = [7, 8, 9].map((pid) => new CgroupReader(pid, root).key)
    expect(first).toBe(second)
    expect(third).not.toBe(first)
  })
})
