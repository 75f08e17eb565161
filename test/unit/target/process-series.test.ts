import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { microseconds } from '../../../src/kernel/units.js'
import { type ProcessInterval, ProcessSeries } from '../../../src/target/process-series.js'

const start = 5_000_000
const at = (seconds: number): number => start + seconds * 1e6

const interval = (from: number, to: number, rest: Partial<ProcessInterval> = {}): ProcessInterval => ({
  startUs: at(from),
  endUs: at(to),
  cpuNs: (to - from) * 1e9,
  runQueueWaitNs: 0,
  rssBytes: 1_000,
  threads: 11,
  descriptors: null,
  ...rest,
})

describe('ProcessSeries', () => {
  it('gives percent of one core by second', () => {
    const series = new ProcessSeries(microseconds(start))
    series.add(interval(0, 0.5, { cpuNs: 0.25e9, runQueueWaitNs: 0.1e9, rssBytes: 100 }))
    series.add(interval(0.5, 0.9, { cpuNs: 0.2e9, runQueueWaitNs: 0, rssBytes: 300, descriptors: 20 }))
    const [second] = series.seconds()
    expect(second?.cpuPercent).toBeCloseTo(50, 9)
    expect(second?.runQueueWaitPercent).toBeCloseTo(100 / 9, 9)
    expect(second).toMatchObject({
      at: 0,
      length: 1,
      rssBytes: 200,
      rssMaxBytes: 300,
      threads: 11,
      descriptors: 20,
    })
  })

  it('splits an interval over the seconds that it touches', () => {
    const series = new ProcessSeries(microseconds(start))
    series.add(interval(0.5, 2.5, { cpuNs: 4e9 }))
    expect(series.seconds().map((second) => second.at)).toEqual([0, 1, 2])
    for (const second of series.seconds()) expect(second.cpuPercent).toBeCloseTo(200, 6)
  })

  it('drops what lies before the start instant', () => {
    const series = new ProcessSeries(microseconds(start))
    series.add(interval(-2, -1))
    series.add(interval(-0.5, 0.5, { cpuNs: 0.5e9 }))
    expect(series.seconds().length).toBe(1)
    expect(series.between(at(0), at(0.5)).cpuPercent).toBeCloseTo(50, 6)
  })

  it('answers null for what was not seen', () => {
    const series = new ProcessSeries(microseconds(start))
    series.add(interval(0, 1, { cpuNs: null, runQueueWaitNs: null }))
    expect(series.between(at(0), at(1))).toMatchObject({
      cpuPercent: null,
      runQueueWaitPercent: null,
      rssBytes: 1_000,
    })
    expect(series.between(at(10), at(11))).toEqual({
      cpuPercent: null,
      runQueueWaitPercent: null,
      rssBytes: null,
      rssMaxBytes: null,
      threads: null,
      descriptors: null,
    })
  })

  it('weighs windows by the seconds in them', () => {
    const series = new ProcessSeries(microseconds(start))
    for (let second = 0; second < 10; second++) {
      series.add(interval(second, second + 1, { cpuNs: second * 1e8 }))
    }
    expect(series.between(at(2), at(5)).cpuPercent).toBeCloseTo(30, 6)
    expect(series.between(at(2.5), at(4)).cpuPercent).toBeCloseTo((0.5 * 20 + 30) / 1.5, 6)
  })

  it('keeps CPU time whatever the cuts, also when rows were joined', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ min: 0.01, max: 3, noNaN: true }), fc.double({ min: 0, max: 4, noNaN: true })),
          {
            minLength: 1,
            maxLength: 60,
          },
        ),
        fc.integer({ min: 2, max: 200 }),
        (steps, maxSeconds) => {
          const series = new ProcessSeries(microseconds(start), maxSeconds)
          let now = 0
          let cpuSeconds = 0
          for (const [length, cores] of steps) {
            series.add(interval(now, now + length, { cpuNs: cores * length * 1e9 }))
            now += length
            cpuSeconds += cores * length
          }
          const whole = series.between(at(0), at(now + 1_000))
          expect(series.seconds().length).toBeLessThanOrEqual(maxSeconds)
          expect((whole.cpuPercent! / 100) * now).toBeCloseTo(cpuSeconds, 4)
        },
      ),
      { numRuns: 100 },
    )
  })
})
