import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeRanges, slowMessages, type TimeRange } from '../../../src/report/slow-messages.js'

const message = (intendedUs: number, serviceUs: number, slipUs = 0, waitUs = 0) => ({
  intendedUs,
  slipUs,
  waitUs,
  serviceUs,
})

const always: TimeRange = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]

describe('slowMessages', () => {
  it('takes the slowest 1 %, open from when they were ready until their reply', () => {
    const fast = Array.from({ length: 98 }, (_, i) => message(i * 1_000, 100))
    const kept = [...fast, message(5_000, 400, 50, 600), message(70_000, 2_000)]
    expect(slowMessages(kept, 200, 1_000_000, always)).toEqual({
      messages: 2,
      of: 200,
      thresholdMs: 1.05,
      ranges: [
        [1_005_050, 1_006_050],
        [1_070_000, 1_072_000],
      ],
    })
  })

  it('takes no more than were kept', () => {
    const kept = Array.from({ length: 100 }, (_, i) => message(i * 10, 100))
    const slow = slowMessages(kept, 50_000, 0, always)
    expect(slow).toMatchObject({ messages: 100, of: 50_000, ranges: [[0, 1_090]] })
  })

  it('leaves out what was over before the profiler recorded', () => {
    const kept = [message(0, 9_000), message(20_000, 5_000), message(30_000, 4_000)]
    expect(slowMessages(kept, 200, 0, [10_000, 40_000])).toEqual({
      messages: 1,
      of: 200,
      thresholdMs: 5,
      ranges: [[20_000, 25_000]],
    })
    expect(slowMessages(kept, 200, 0, [60_000, 90_000])).toHaveProperty('why')
  })

  it('says why a few messages have no slowest 1 %', () => {
    expect(slowMessages([message(0, 5)], 99, 0, always)).toEqual({
      why: 'too few messages in the profiled window: 99, and 1 % is less than one',
    })
    expect(slowMessages([], 0, 0, always)).toHaveProperty('why')
  })
})

describe('mergeRanges', () => {
  const ranges = fc.array(
    fc
      .tuple(fc.nat(100), fc.integer({ min: -5, max: 30 }))
      .map(([from, length]): TimeRange => [from, from + length]),
  )
  const covers = (all: readonly TimeRange[], at: number): boolean =>
    all.some(([from, to]) => from <= at && at < to)

  it('covers the same moments, each once, in order', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const merged = mergeRanges(given)
        for (let at = 0; at <= 130; at++) expect(covers(merged, at)).toBe(covers(given, at))
        merged.forEach(([from, to], i) => {
          expect(to).toBeGreaterThan(from)
          if (i > 0) expect(from).toBeGreaterThan(merged[i - 1]![1])
        })
      }),
    )
  })
})
