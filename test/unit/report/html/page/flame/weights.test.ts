import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { busyBins, spanOf } from '../../../../../../src/report/html/page/flame/busy-bins.js'
import { graphData } from '../../../../../../src/report/html/page/flame/graph-data.js'
import {
  categoryShares,
  hottestFrames,
  shareChanges,
  sumOf,
  wallUsWithin,
} from '../../../../../../src/report/html/page/flame/weights.js'
import { flameDatas } from '../../../../../fixtures/flame-data.js'
import { stall, stalledFlame } from '../../../../../fixtures/flame-streams.js'

const stalled = graphData(stalledFlame(1_000_000))

describe('busyBins', () => {
  it('holds every busy µs once, whatever the bins', () => {
    fc.assert(
      fc.property(flameDatas, fc.integer({ min: 1, max: 300 }), (flame, count) => {
        const data = graphData(flame)
        const span = spanOf(data.streams)
        fc.pre(span !== null)
        const bins = busyBins(data, span!, count)
        const busyUs = data.streams.reduce(
          (sum, { node, us }) =>
            sum + us.reduce((total, length, i) => total + (node[i]! >= 0 ? length : 0), 0),
          0,
        )
        const inBins = bins.us.reduce((sum, column) => sum + sumOf(column), 0)
        expect(Math.abs(inBins - busyUs)).toBeLessThan(1e-3 + busyUs * 1e-9)
      }),
    )
  })

  it('shows a stall as full bins', () => {
    const { us, categories, binUs } = busyBins(stalled, spanOf(stalled.streams)!, 250)
    const logic = us[categories.indexOf('business-logic')]!
    expect(binUs).toBe(20_000)
    for (let bin = stall.fromMs / 20; bin < stall.toMs / 20; bin++) expect(logic[bin]).toBeCloseTo(20_000, 3)
    expect(logic[stall.toMs / 20]).toBeCloseTo(5_000, 3)
  })
})

describe('shares', () => {
  it('of categories add up to one, the largest first', () => {
    expect(categoryShares(stalled, stalled.self)).toEqual([
      ['business-logic', 1_550 / 2_700],
      ['serialization', 1_150 / 2_700],
    ])
    expect(categoryShares(stalled, new Float64Array(4))).toEqual([])
  })

  it('of functions count a recursion once', () => {
    const calls = {
      frames: stalled.frames,
      frame: Int32Array.of(0, 1, 2, 1, 3),
      parent: Int32Array.of(-1, 0, 1, 2, 3),
    }
    const hottest = hottestFrames(calls, Float64Array.of(0, 1, 2, 3, 4), 2)
    expect(hottest.map((entry) => [entry.function, entry.selfShare, entry.totalShare])).toEqual([
      ['answer', 0.4, 1],
      ['compact', 0.4, 0.4],
    ])
  })

  it('that changed come by their gain; what is as before is left out', () => {
    const changes = shareChanges(stalled, Float64Array.of(0, 5, 4, 1), Float64Array.of(0, 50, 0, 50), 10)
    expect(changes.map(({ function: name, before, after }) => [name, before, after])).toEqual([
      ['compact', 0.1, 0.5],
      ['encode', 0.4, 0],
    ])
  })

  it('of wall time know where each thread begins and ends', () => {
    const whole = { fromUs: 0, toUs: Number.POSITIVE_INFINITY }
    expect(wallUsWithin(stalled.streams, [whole])).toBe(5e6)
    expect(wallUsWithin(stalled.streams, [{ fromUs: 0, toUs: 1_500_000 }])).toBe(500_000)
  })
})
