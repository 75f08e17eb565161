import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CgroupMount,
  cgroupFolder,
  parseBytes,
  parseCfsQuota,
  parseCgroupMounts,
  parseCgroups,
  parseCpuMax,
  parseFlatKeys,
  parseThrottling,
} from '../../../src/target/cgroup-parsing.js'

describe('parseCgroups', () => {
  it('reads both versions side by side', () => {
    expect(parseCgroups('4:memory:/api/54:9\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/a b\n')).toEqual([
      { controllers: ['memory'], path: '/api/54:9' },
      { controllers: ['cpu', 'cpuacct'], path: '/' },
      { controllers: ['name=systemd'], path: '/' },
      { controllers: [], path: '/a b' },
    ])
  })
})

describe('parseCgroupMounts', () => {
  it('finds hierarchies among other mounts, whatever optional fields there are', () => {
    const text = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct
41 31 0:38 /docker/ab /sys/fs/c\\040group ro,nosuid - cgroup2 cgroup rw,nsdelegate
`
    expect(parseCgroupMounts(text)).toEqual([
      {
        version: 1,
        root: '/',
        mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
        controllers: ['rw', 'cpu', 'cpuacct'],
      },
      { version: 2, root: '/docker/ab', mountPoint: '/sys/fs/c group', controllers: [] },
    ])
  })
})

describe('cgroupFolder', () => {
  const mount = (root: string): CgroupMount => ({ version: 2, root, mountPoint: '/m', controllers: [] })

  it('follows the part of the hierarchy that is mounted, and sees no other', () => {
    expect(cgroupFolder('/', mount('/'))).toBe('/m')
    expect(cgroupFolder('/a/b', mount('/'))).toBe('/m/a/b')
    expect(cgroupFolder('/docker/ab', mount('/docker/ab'))).toBe('/m')
    expect(cgroupFolder('/docker/ab/x', mount('/docker/ab'))).toBe('/m/x')
    expect(cgroupFolder('/docker/abc', mount('/docker/ab'))).toBeNull()
    expect(cgroupFolder('/../other', mount('/'))).toBeNull()
  })
})

describe('limits and throttling', () => {
  it('reads those of version 2', () => {
    expect(parseCpuMax('50000 100000\n')).toBe(0.5)
    expect(parseCpuMax('max 100000\n')).toBeNull()
    const stat =
      'usage_usec 95\nuser_usec 60\nsystem_usec 35\nnr_periods 120\nnr_throttled 30\nthrottled_usec 1500000\nnr_bursts 0\nburst_usec 0\n'
    expect(parseThrottling(stat)).toEqual({ periods: 120, throttledPeriods: 30, throttledNs: 1.5e9 })
    expect(parseThrottling('usage_usec 95\nuser_usec 60\nsystem_usec 35\n')).toBeNull()
    expect(parseBytes('536870912\n')).toBe(536_870_912)
    expect(parseBytes('max\n')).toBeNull()
    expect(parseFlatKeys('low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n').get('max')).toBe(12)
  })

  it('reads those of version 1', () => {
    expect(parseCfsQuota('150000\n', '100000\n')).toBe(1.5)
    expect(parseCfsQuota('-1\n', '100000\n')).toBeNull()
    const stat = 'nr_periods 8\nnr_throttled 7\nthrottled_time 900000000\nnr_bursts 0\nburst_time 0\n'
    expect(parseThrottling(stat)).toEqual({ periods: 8, throttledPeriods: 7, throttledNs: 9e8 })
    expect(parseBytes('9223372036854771712\n')).toBeNull()
  })

  it('takes no text for a limit that is none, and throws for none', () => {
    const words = fc.array(
      fc.constantFrom('0::/', '4:cpu:/a', 'max', '100000', '-1', ' - ', 'cgroup2', '/', '\\040', '\n', ' '),
    )
    const text = fc.oneof(
      fc.string(),
      words.map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, text, (first, second) => {
        for (const cores of [parseCpuMax(first), parseCfsQuota(first, second)])
          expect(cores === null || cores > 0).toBe(true)
        const bytes = parseBytes(first)
        expect(bytes === null || bytes >= 0).toBe(true)
        parseThrottling(first)
        for (const { path } of parseCgroups(first))
          for (const mount of parseCgroupMounts(second)) cgroupFolder(path, mount)
      }),
      { numRuns: 500 },
    )
  })
})
