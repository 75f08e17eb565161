import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { NamedRecords, NamedTotals } from '../../../src/measurement/named-values.js'

const entry = fc.record({
  name: fc.constantFrom('join', 'cart'),
  us: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  censored: fc.boolean(),
})

describe('values under names', () => {
  it('are those of a histogram of their own, however they are cut into intervals', () => {
    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 40 }), { maxLength: 4 }), (intervals) => {
        const records = new NamedRecords()
        const totals = new NamedTotals()
        for (const entries of intervals) {
          for (const { name, us, censored } of entries) records.at('measure', name).record(us, censored)
          totals.add(structuredClone(records.take()))
        }
        expect(records.take()).toEqual([])
        for (const total of totals.of('measure')) {
          const own = intervals.flat().filter(({ name }) => name === total.name)
          const truth = new Histogram()
          for (const { us } of own) truth.record(us)
          const lowerBounds = own.filter(({ censored }) => censored).map(({ us }) => us)
          expect([
            total.histogram.count,
            total.histogram.min,
            total.histogram.max,
            total.histogram.mean,
          ]).toEqual([truth.count, truth.min, truth.max, truth.mean])
          for (const q of [0.5, 0.9, 0.99]) {
            expect(total.histogram.valueAtQuantile(q)).toBe(truth.valueAtQuantile(q))
          }
          expect(total.censored).toEqual({ count: lowerBounds.length, minUs: Math.min(...lowerBounds) })
        }
      }),
    )
  })

  it('of different kinds stand apart, and windows add up', () => {
    const records = new NamedRecords()
    records.at('check', 'cheap').passed += 2
    records.at('group', 'cheap').failed += 1
    const one = new NamedTotals()
    one.add(records.take())
    const both = new NamedTotals()
    both.addTotals(one)
    both.addTotals(one)
    expect(both.of('check')).toMatchObject([{ name: 'cheap', passed: 4, failed: 0 }])
    expect(both.of('group')).toMatchObject([{ name: 'cheap', passed: 0, failed: 2 }])
  })

  it('under too many names are counted together, and none is lost', () => {
    const records = new NamedRecords()
    for (let name = 0; name < 150; name++) records.at('group', `item ${name}`).record(5, false)
    const deltas = records.take()
    expect(deltas).toHaveLength(101)
    expect(deltas.find(({ name }) => name === 'other names')!.histogram!.counts[0]).toBe(50)
  })
})
