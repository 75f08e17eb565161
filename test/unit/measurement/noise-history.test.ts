import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { NoiseHistory, type NoiseInterval } from '../../../src/measurement/noise-history.js'

const quarterUs = 250_000

/** The interval number `at`, with one round trip of `at` µs and one ping late by twice that. */
function interval(at: number): NoiseInterval {
  const roundTrip = new Histogram()
  const lateness = new Histogram()
  roundTrip.record(at)
  lateness.record(2 * at)
  return {
    startUs: at * quarterUs,
    endUs: (at + 1) * quarterUs,
    roundTrip: roundTrip.takeDelta(),
    lateness: lateness.takeDelta(),
  }
}

describe('the history of the noise floor', () => {
  it('gives what lies wholly inside a window', () => {
    const history = new NoiseHistory()
    for (let at = 0; at < 12; at++) history.add(interval(at))
    const window = history.between(3.5 * quarterUs, 8 * quarterUs)
    expect([window.roundTrip.count, window.roundTrip.min, window.roundTrip.max]).toEqual([4, 4, 7])
    expect([window.lateness.count, window.lateness.min, window.lateness.max]).toEqual([4, 8, 14])
    expect(history.between(0, 0.9 * quarterUs).roundTrip.count).toBe(0)
    expect(history.between(0, Infinity).roundTrip.count).toBe(12)
  })

  it('takes intervals in which nothing came back', () => {
    const history = new NoiseHistory(2)
    history.add({ startUs: 0, endUs: 1, roundTrip: null, lateness: null })
    history.add({ startUs: 1, endUs: 2, roundTrip: null, lateness: null })
    history.add({ startUs: 2, endUs: 3, roundTrip: null, lateness: null })
    expect(history.between(0, 3).roundTrip.count).toBe(0)
  })

  it('stays bounded and loses nothing', () => {
    const history = new NoiseHistory(64)
    for (let at = 0; at < 2_000; at++) {
      history.add(interval(at))
      expect(history.length).toBeLessThanOrEqual(64)
    }
    const all = history.between(0, 2_000 * quarterUs)
    expect([all.roundTrip.count, all.roundTrip.max, all.lateness.max]).toEqual([2_000, 1_999, 3_998])
    // No interval is longer than 2/64 of the run, here 63 quarters; one at each end may be left out.
    const late = history.between(1_000 * quarterUs, 2_000 * quarterUs).roundTrip
    expect(late.min).toBeGreaterThanOrEqual(1_000)
    expect(late.count).toBeGreaterThanOrEqual(1_000 - 63)
  })
})
