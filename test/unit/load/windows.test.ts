import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binOf, intervalOf, type Windows } from '../../../src/load/windows.js'

const windows: Windows = { measureFromUs: 2.5e6, measureToUs: 5e6, endUs: 6.2e6 }

describe('intervals of the time line', () => {
  it('never straddle two windows', () => {
    const intervals = Array.from({ length: 8 }, (_, bin) => intervalOf(windows, bin))
    expect(intervals.map(({ phase }) => phase)).toEqual([
      'warmup',
      'warmup',
      'warmup',
      'measured',
      'measured',
      'measured',
      'profiled',
      'profiled',
    ])
    expect(intervals.map(({ startUs, endUs }) => [startUs / 1e6, endUs / 1e6])).toEqual([
      [0, 1],
      [1, 2],
      [2, 2.5],
      [2.5, 3.5],
      [3.5, 4.5],
      [4.5, 5],
      [5, 6],
      [6, 6.2],
    ])
  })

  it('hold the times that are numbered after them', () => {
    const anyWindows = fc
      .tuple(
        fc.integer({ min: 0, max: 9_000_000 }),
        fc.integer({ min: 1, max: 9_000_000 }),
        fc.integer({ min: 0, max: 5_000_000 }),
      )
      .map(([from, measured, profiled]) => ({
        measureFromUs: from,
        measureToUs: from + measured,
        endUs: from + measured + profiled,
      }))
    fc.assert(
      fc.property(anyWindows, fc.double({ min: 0, max: 1, noNaN: true }), (some, at) => {
        const time = Math.min(at * some.endUs, some.endUs - 1)
        fc.pre(time >= 0)
        const { startUs, endUs } = intervalOf(some, binOf(some, time))
        expect(startUs).toBeLessThanOrEqual(time)
        expect(time).toBeLessThan(endUs)
      }),
    )
  })

  it('are whole seconds while the windows are unknown', () => {
    const unknown = { measureFromUs: Infinity, measureToUs: Infinity, endUs: Infinity }
    expect(binOf(unknown, 7.9e6)).toBe(7)
    expect(intervalOf(unknown, 7)).toEqual({ phase: 'warmup', startUs: 7e6, endUs: 8e6 })
  })

  it('keep their numbers when a cut at a whole second becomes known', () => {
    const unknown = { measureFromUs: Infinity, measureToUs: Infinity, endUs: Infinity }
    const known = { measureFromUs: 3e6, measureToUs: 13e6, endUs: 15e6 }
    for (let time = 0; time < 9e6; time += 123_456) expect(binOf(known, time)).toBe(binOf(unknown, time))
  })
})
