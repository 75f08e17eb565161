import { describe, expect, it } from 'vitest'
import type { Windows } from '../../../src/load/windows.js'
import { Histogram } from '../../../src/measurement/histogram.js'
import { readIntervalLog } from '../../../src/measurement/interval-log.js'
import { Recorder } from '../../../src/measurement/recorder.js'
import { Timeline } from '../../../src/measurement/timeline.js'
import { LatencyLogs } from '../../../src/run/latency-logs.js'

const windows: Windows = { measureFromUs: 1e6, measureToUs: 4e6, endUs: 4e6 }

/** Runs so many workers for four seconds; what each file holds at the end. */
function logsOf(workers: number): { files: Map<string, string>; timeline: Timeline } {
  const files = new Map<string, string>()
  const logs = new LatencyLogs(
    { append: (name, text) => void files.set(name, (files.get(name) ?? '') + text) },
    workers,
  )
  const timeline = new Timeline(windows, 0, (row, histograms) => logs.write(row, histograms))
  const recorders = Array.from({ length: workers }, (_, worker) => new Recorder(windows, 1e6, worker))
  logs.begin(Date.UTC(2026, 0, 1), '1.2.3')
  for (let id = 0; id < 4_000; id++) {
    const worker = id % workers
    const intendedUs = id * 1_000
    recorders[worker]!.answered(
      id,
      0,
      intendedUs,
      intendedUs,
      intendedUs + 3,
      Number.NaN,
      intendedUs + 10 + id,
      null,
    )
    // The last worker reports late, after intervals were closed.
    if (id % 250 !== worker || (worker === workers - 1 && id < 3_000)) continue
    const delta = recorders[worker]!.take()
    logs.add(worker, delta)
    timeline.add(delta)
    timeline.fold(intendedUs)
  }
  for (const [worker, recorder] of recorders.entries()) {
    const delta = recorder.take()
    logs.add(worker, delta)
    timeline.add(delta)
  }
  timeline.fold(Number.POSITIVE_INFINITY)
  return { files, timeline }
}

function sumOf(logs: readonly string[], tag: string): Histogram {
  const sum = new Histogram()
  for (const log of logs) {
    for (const interval of readIntervalLog(log).intervals)
      if (interval.tag === tag) sum.add(interval.histogram)
  }
  return sum
}

const bucketsOf = (histogram: Histogram): Array<[number, number]> => {
  const buckets: Array<[number, number]> = []
  histogram.forEachBucket((low, _high, count) => buckets.push([low, count]))
  return buckets
}

describe('LatencyLogs', () => {
  it('keeps a log of each worker, and they add up to the log of all, bucket by bucket', () => {
    const { files, timeline } = logsOf(3)
    expect([...files.keys()].toSorted()).toEqual([
      'latency-worker-0.hlog',
      'latency-worker-1.hlog',
      'latency-worker-2.hlog',
      'latency.hlog',
    ])
    const own = [0, 1, 2].map((worker) => files.get(`latency-worker-${worker}.hlog`)!)
    for (const tag of ['response', 'warmup.response', 'wait']) {
      expect(bucketsOf(sumOf(own, tag))).toEqual(bucketsOf(sumOf([files.get('latency.hlog')!], tag)))
    }
    const { response } = timeline.totals('measured').histograms
    expect(bucketsOf(sumOf(own, 'response'))).toEqual(bucketsOf(response))
    expect(own.map((log) => sumOf([log], 'response').count)).toEqual([1_000, 1_000, 1_000])
  })

  it('keeps one log where there is one worker', () => {
    expect([...logsOf(1).files.keys()]).toEqual(['latency.hlog'])
  })
})
