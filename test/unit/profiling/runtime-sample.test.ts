import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type GcKind,
  type GcPauses,
  gcKinds,
  type RuntimeTotals,
  sampleBetween,
} from '../../../src/profiling/runtime-sample.js'

const gcOf = (pauses: Partial<Record<GcKind, GcPauses>> = {}): Record<GcKind, GcPauses> => {
  const none = { count: 0, ms: 0 }
  return { minor: none, major: none, incremental: none, weak: none, ...pauses }
}
const totals = (change: Partial<RuntimeTotals> = {}): RuntimeTotals => ({
  loopIdleMs: 1_000,
  loopActiveMs: 500,
  loopDelay: null,
  gc: gcOf(),
  heapAfterMajorBytes: null,
  heapUsedBytes: 1,
  heapTotalBytes: 2,
  externalBytes: 3,
  arrayBuffersBytes: 4,
  rssBytes: 5,
  ...change,
})

describe('sampleBetween', () => {
  it('is about the interval and not about the life of the process', () => {
    const before = totals({ gc: gcOf({ minor: { count: 10, ms: 20 } }) })
    const now = totals({
      loopIdleMs: 1_900,
      loopActiveMs: 600,
      gc: gcOf({ minor: { count: 13, ms: 26 }, major: { count: 1, ms: 9 } }),
      heapAfterMajorBytes: 77,
    })
    expect(sampleBetween(before, now, false)).toMatchObject({
      eventLoopUtilization: 0.1,
      gc: gcOf({ minor: { count: 3, ms: 6 }, major: { count: 1, ms: 9 } }),
      gcCount: 4,
      gcMs: 15,
      heapAfterMajorBytes: 77,
    })
  })

  it('does not repeat the heap after a collection of an interval before', () => {
    const before = totals({ gc: gcOf({ major: { count: 2, ms: 9 } }), heapAfterMajorBytes: 77 })
    expect(sampleBetween(before, before, false).heapAfterMajorBytes).toBeNull()
  })

  it('says no utilization where a profiler ran or no time passed, and never one outside of 0…1', () => {
    expect(sampleBetween(totals(), totals({ loopIdleMs: 2_000 }), true).eventLoopUtilization).toBeNull()
    expect(sampleBetween(totals(), totals(), false).eventLoopUtilization).toBeNull()
    const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(ms, ms, ms, ms, (idle, active, idleLater, activeLater) => {
        const before = totals({ loopIdleMs: idle, loopActiveMs: active })
        const now = totals({ loopIdleMs: idleLater, loopActiveMs: activeLater })
        const { eventLoopUtilization: utilization } = sampleBetween(before, now, false)
        return utilization === null || (utilization >= 0 && utilization <= 1)
      }),
    )
  })

  it('adds up over the kinds', () => {
    const pauses = fc.record({ count: fc.nat(1000), ms: fc.nat(1000) })
    fc.assert(
      fc.property(fc.tuple(pauses, pauses, pauses, pauses), (each) => {
        const gc = Object.fromEntries(gcKinds.map((kind, index) => [kind, each[index]!])) as Record<
          GcKind,
          GcPauses
        >
        const { gcMs, gcCount } = sampleBetween(totals(), totals({ gc }), false)
        expect(gcMs).toBe(each.reduce((sum, { ms }) => sum + ms, 0))
        expect(gcCount).toBe(each.reduce((sum, { count }) => sum + count, 0))
      }),
    )
  })
})
