import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { microseconds } from '../../../src/kernel/units.js'
import { BoundedSeries } from '../../../src/target/bounded-series.js'

const at = (seconds: number): number => 7e6 + seconds * 1e6
const series = (maxRows?: number) => new BoundedSeries(microseconds(7e6), ['drops'], ['queue'], maxRows)

describe('BoundedSeries', () => {
  it('keeps totals and rates of flows, means and peaks of levels', () => {
    const seen = series()
    seen.addFlows(at(0), at(2), { drops: 10 })
    seen.addFlows(at(2), at(3), { drops: 1 })
    for (const [second, queue] of [3, 9, 0].entries()) seen.addLevels(at(second + 0.5), { queue })
    expect(seen.between(at(0), at(3))).toEqual({
      flows: { drops: { total: 11, perSecond: 11 / 3, seconds: 3 } },
      levels: { queue: { mean: 4, max: 9 } },
    })
    expect(seen.between(at(2), at(3))).toEqual({
      flows: { drops: { total: 1, perSecond: 1, seconds: 1 } },
      levels: { queue: { mean: 0, max: 0 } },
    })
    expect(seen.rows().map((row) => [row.at, row.length, row.flows.drops?.total])).toEqual([
      [0, 1, 5],
      [1, 1, 5],
      [2, 1, 1],
    ])
  })

  it('knows nothing where nothing was seen, and tells it from zero', () => {
    const seen = series()
    seen.addFlows(at(0), at(1), { drops: 0 })
    seen.addFlows(at(3), at(4), { drops: null })
    expect(seen.between(at(0), at(1)).flows.drops).toEqual({ total: 0, perSecond: 0, seconds: 1 })
    expect(seen.between(at(3), at(4)).flows.drops).toBeNull()
    expect(seen.between(at(0), at(9)).levels.queue).toBeNull()
  })

  it('loses nothing when rows are joined, and the highest stays', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 4_000 }), fc.nat(1_000)), {
      minLength: 1,
      maxLength: 80,
    })
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 30 }), (all, maxRows) => {
        const seen = series(maxRows)
        let now = 0
        for (const [lengthMs, amount] of all) {
          const end = now + lengthMs / 1_000
          seen.addFlows(at(now), at(end), { drops: amount })
          seen.addLevels(at(end), { queue: amount })
          now = end
        }
        const { flows, levels } = seen.between(at(0), at(now + 1e6))
        const amounts = all.map(([, amount]) => amount)
        expect(seen.rows().length).toBeLessThanOrEqual(maxRows)
        expect(flows.drops!.total).toBeCloseTo(
          amounts.reduce((sum, amount) => sum + amount, 0),
          6,
        )
        expect(levels.queue!.max).toBe(Math.max(...amounts))
      }),
    )
  })
})
