import { describe, expect, it } from 'vitest'
import { binTimeline, mostPoints } from '../../../../src/report/html/bin-timeline.js'
import type { TimelineSecond } from '../../../../src/report/timeline-second.js'
import { makeReportData } from '../../../fixtures/report-data.js'

const template = makeReportData().timeline

/** As many seconds as asked for: a warm-up of ten, then measured. */
function longTimeline(seconds: number): TimelineSecond[] {
  return Array.from({ length: seconds }, (_, i) => ({
    ...template[10 + (i % 25)]!,
    at: i,
    phase: i < 10 ? ('warmup' as const) : ('measured' as const),
    errors: 0,
    errorsByKind: {},
  }))
}

const sum = (points: readonly TimelineSecond[], read: (point: TimelineSecond) => number): number =>
  points.reduce((total, point) => total + read(point), 0)

describe('binTimeline', () => {
  it('keeps every second of a short run as it is, to six digits', () => {
    const { points, secondsPerPoint } = binTimeline(template)
    expect(secondsPerPoint).toBe(1)
    expect(points.length).toBe(template.length)
    for (const [i, point] of points.entries()) {
      expect(point).not.toHaveProperty('achievedRange')
      expect(point.response.p99).toBe(Number(template[i]!.response.p99.toPrecision(6)))
      expect({ at: point.at, due: point.due, phase: point.phase }).toEqual({
        at: template[i]!.at,
        due: template[i]!.due,
        phase: template[i]!.phase,
      })
    }
  })

  it('adds up the counts of an hour and bounds its points', () => {
    const seconds = longTimeline(3_610)
    const { points, secondsPerPoint } = binTimeline(seconds)
    expect(secondsPerPoint).toBe(4)
    expect(points.length).toBeLessThanOrEqual(mostPoints + 3)
    expect(points.length).toBeGreaterThan(mostPoints / 2)
    for (const read of [
      (point: TimelineSecond) => point.due,
      (point: TimelineSecond) => point.arrived,
      (point: TimelineSecond) => point.dispatched,
      (point: TimelineSecond) => point.response.count,
      (point: TimelineSecond) => point.length,
    ]) {
      expect(sum(points, read)).toBe(sum(seconds, read))
    }
  })

  it('joins no two phases', () => {
    const { points } = binTimeline(longTimeline(3_610))
    const measured = points.find(({ phase }) => phase === 'measured')!
    expect(measured.at).toBe(10)
    expect(points.filter(({ phase }) => phase === 'warmup').map(({ length }) => length)).toEqual([4, 4, 2])
  })

  it('keeps the one bad second of an hour', () => {
    const seconds = longTimeline(3_600)
    const normal = seconds[1_803]!
    seconds[1_803] = {
      ...normal,
      arrived: 7,
      errors: 40,
      errorsByKind: { timeout: 30, 'http-503': 10 },
      response: { ...normal.response, 'p99.9': 9_876.54 },
      connections: 12,
      connectionsLost: 988,
      target: { ...normal.target!, cpuPercent: 387.25, gcMs: 912 },
    }
    const { points } = binTimeline(seconds)
    const point = points.find(({ at, length }) => at <= 1_803 && 1_803 < at + length)!
    expect(point.response['p99.9']).toBe(9_876.54)
    expect(point.errorsByKind).toEqual({ timeout: 30, 'http-503': 10 })
    expect(point.achievedRange![0]).toBe(7)
    expect(point.achievedRange![1]).toBeGreaterThan(4_000)
    expect([point.connections, point.connectionsLost]).toEqual([12, 988])
    expect([point.target!.cpuPercent, point.target!.gcMs]).toEqual([387.25, 912])
  })

  it('knows no target where no second has one', () => {
    const blind = longTimeline(2_400).map((second) => ({ ...second, target: null }))
    expect(binTimeline(blind).points.every(({ target }) => target === null)).toBe(true)
  })
})
