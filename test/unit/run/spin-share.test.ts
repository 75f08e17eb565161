import { describe, expect, it } from 'vitest'
import { allowedCpus, parseCpuList, type SpinSituation, spinShare } from '../../../src/run/spin-share.js'

const cpus = (...list: number[]): Set<number> => new Set(list)
const share = (situation: Partial<SpinSituation>): number =>
  spinShare({ pacing: 'auto', workers: 1, own: cpus(0, 1), target: null, targetIsLocal: true, ...situation })

describe('parseCpuList', () => {
  it('reads what the kernel writes', () => {
    expect(parseCpuList('0-3,8\n')).toEqual(cpus(0, 1, 2, 3, 8))
    expect(parseCpuList('5')).toEqual(cpus(5))
    expect(parseCpuList('')).toEqual(cpus())
  })
})

describe('allowedCpus', () => {
  it('knows those of this process, and of none that is not there', () => {
    expect(allowedCpus('self')!.size).toBeGreaterThan(0)
    expect(allowedCpus(2 ** 30)).toBeNull()
  })
})

describe('spinShare', () => {
  it('does what it is told', () => {
    expect(share({ pacing: 'spin', own: cpus(0) })).toBe(1)
    expect(share({ pacing: 'sleep', own: 64 })).toBe(0)
  })

  it('is frugal where a worker shares its core with the target or the coordinator', () => {
    expect(share({})).toBe(0.25)
    expect(share({ own: cpus(0) })).toBe(0.25)
    expect(share({ own: 2, targetIsLocal: true })).toBe(0.25)
  })

  it('divides the frugal quarter among all workers', () => {
    expect(share({ workers: 5, own: 4 })).toBe(0.05)
  })

  it('spins freely with a core for each worker, one for the coordinator and one for a local target', () => {
    expect(share({ workers: 2, own: 4 })).toBe(1)
    expect(share({ workers: 3, own: 4 })).toBe(0.25 / 3)
    expect(share({ workers: 3, own: 4, targetIsLocal: false })).toBe(1)
    expect(share({ workers: 1, own: 2, targetIsLocal: false })).toBe(1)
  })

  it('spins freely on cores that the target may not run on', () => {
    expect(share({ workers: 1, own: cpus(0, 1), target: cpus(0) })).toBe(1)
    expect(share({ workers: 2, own: cpus(0, 1), target: cpus(0) })).toBe(0.125)
    expect(share({ workers: 1, own: cpus(0, 1), target: cpus(0, 1) })).toBe(0.25)
  })
})
