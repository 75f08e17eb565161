import { describe, expect, it } from 'vitest'
import { targetTracks } from '../../../../../../src/report/html/page/charts/process-tracks.js'
import { foldZeros, track } from '../../../../../../src/report/html/page/charts/target-lines.js'
import { measured, type Track } from '../../../../../../src/report/html/page/charts/track.js'
import type { PageData } from '../../../../../../src/report/html/page-data.js'
import type { TimelineFigures, TimelineProcess } from '../../../../../../src/report/timeline-second.js'
import { makeReportData } from '../../../../../fixtures/report-data.js'

/** The run of the fixture, whose target said so much more in each second. */
function tracksOf(
  figures: Partial<TimelineFigures>,
  processes?: readonly TimelineProcess[],
): Map<string, Track> {
  const data = makeReportData()
  const timeline = data.timeline.map((second) => ({
    ...second,
    target: { ...second.target!, ...figures, ...(processes ? { processes } : {}) },
  }))
  const page: PageData = { kind: 'run', ...data, timeline, secondsPerPoint: 1, against: null }
  return new Map(targetTracks(page).map((each) => [each.title, each]))
}

const process = (pid: number, cpuPercent: number): TimelineProcess => ({
  pid,
  cpuPercent,
  runQueueWaitPercent: 0,
  rssBytes: 1e8,
  eventLoopUtilization: null,
})

describe('the tracks of the target', () => {
  it('say in one sentence what never moved, and draw what did', () => {
    const quiet = {
      listenQueue: 0,
      retransmitsPerSecond: 0,
      listenOverflowsPerSecond: 0,
      throttledMsPerSecond: 0,
    }
    const tracks = tracksOf(quiet)
    expect(tracks.get('Zero throughout')).toMatchObject({
      quiet:
        'listen queue, accept queue overflows, SYN cookies, retransmissions, throttling by the CPU quota',
      lines: [],
    })
    expect(tracks.has('Listen queue')).toBe(false)
    const moved = tracksOf({ ...quiet, listenQueue: 12, throttledMsPerSecond: 240 })
    expect(moved.get('Listen queue')!.lines[0]).toMatchObject({ rest: '12' })
    expect(moved.get('CPU quota of the target')!.lines[0]).toMatchObject({ rest: '240 ms' })
    expect(moved.get('Zero throughout')!.quiet).toBe('accept queue overflows, SYN cookies, retransmissions')
  })

  it('claim nothing of what is not known, as in a run of an older version', () => {
    const tracks = tracksOf({})
    expect(tracks.has('Zero throughout')).toBe(false)
    expect(tracks.get('Listen queue')!.lines).toEqual([])
    expect(tracks.get('Target garbage collection, a second')!.lines.map(({ label }) => label)).toEqual([
      'pauses',
    ])
  })

  it('part the CPU by threads only where several of them work', () => {
    const title = 'Target threads, of one core'
    const alone = { cpuMainPercent: 80, cpuV8Percent: 0.1, cpuPoolPercent: 0, cpuWorkerPercent: 0 }
    expect(tracksOf(alone).get(title)!.lines).toEqual([])
    expect(
      tracksOf({ ...alone, cpuPoolPercent: 30 })
        .get(title)!
        .lines.map(({ label, rest }) => [label, rest]),
    ).toEqual([
      ['main thread', '80 %'],
      ['thread pool', '30 %'],
    ])
  })

  it('mark the heap after major collections, and stack pauses by kind', () => {
    const tracks = tracksOf({ gcMinorMs: 12, gcMajorMs: 3, gcWeakMs: 0, heapAfterMajorBytes: 4e7 })
    expect(tracks.get('Target memory')!.lines.find(({ marks }) => marks)).toMatchObject({
      label: 'heap after a major collection',
      rest: '40 MB',
    })
    expect(tracks.get('Target garbage collection, a second')!.lines.map(({ label }) => label)).toEqual([
      'major',
      'minor',
    ])
  })

  it('show several processes each by itself, and many of them by the busiest', () => {
    const title = 'Processes of the target, CPU of one core'
    expect(tracksOf({}, undefined).has(title)).toBe(false)
    expect(
      tracksOf({}, [process(7, 20), process(8, 60)])
        .get(title)!
        .lines.map(({ label, rest }) => [label, rest]),
    ).toEqual([
      ['pid 8', '60 %'],
      ['pid 7', '20 %'],
    ])
    const many = Array.from({ length: 9 }, (_, i) => process(100 + i, 9 - i))
    const { lines } = tracksOf({}, many).get(title)!
    expect(lines.map(({ label }) => label)).toEqual([
      'pid 100',
      'pid 101',
      'pid 102',
      'pid 103',
      'pid 104',
      '4 others',
    ])
    expect(lines.at(-1)!.values[0]).toBe(4 + 3 + 2 + 1)
  })
})

describe('foldZeros', () => {
  it('leaves tracks alone that have no name for it', () => {
    const line = { label: 'x', color: '--kind-1', values: [0, 0, null] }
    const plain = track('Plain', 'count', [line])
    const named = track('Named', 'count', [line], { zeroName: 'it' })
    const moved = track('Moved', 'count', [{ ...line, values: [0, 1, 0] }], { zeroName: 'that' })
    expect(foldZeros([plain, moved]).map(({ title }) => title)).toEqual(['Plain', 'Moved'])
    expect(foldZeros([plain, named, moved]).map(({ title }) => title)).toEqual([
      'Plain',
      'Zero throughout',
      'Moved',
    ])
  })
})

describe('measured', () => {
  it('takes the measured window alone, each point by its length', () => {
    const [first] = makeReportData().timeline
    const points = [
      { ...first!, phase: 'warmup' as const, length: 1 },
      { ...first!, phase: 'measured' as const, length: 3 },
      { ...first!, phase: 'measured' as const, length: 1 },
      { ...first!, phase: 'measured' as const, length: 1 },
    ]
    expect(measured(points, [100, 2, 6, null], 'mean')).toBe(3)
    expect(measured(points, [100, 2, 6, null], 'highest')).toBe(6)
    expect(measured(points, [100, 2, 6, null], 'last')).toBe(6)
    expect(measured(points, [100, null, null, null], 'mean')).toBeNull()
  })
})
