import { HistogramLogReader, listTags } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { intervalLogHeader, intervalLogLine } from '../../../src/measurement/interval-log.js'
import { tagsOf, untaggedLog } from '../../../src/report/hdr.js'

function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram()
  for (const us of values) histogram.record(us)
  return histogram
}

const log =
  intervalLogHeader(Date.UTC(2026, 4, 17), '1.2.3') +
  intervalLogLine('warmup.response', 0, 1, histogramOf(9_000)) +
  intervalLogLine('response', 1, 1, histogramOf(1_000, 2_000)) +
  intervalLogLine('service', 1, 1, histogramOf(900)) +
  intervalLogLine('response', 2, 0.5, histogramOf(3_000))

describe('an interval log', () => {
  it('names its tags, each once', () => {
    expect(tagsOf(log)).toEqual(['warmup.response', 'response', 'service'])
    expect(tagsOf(log)).toEqual(listTags(log))
    expect(tagsOf('')).toEqual([])
  })

  it('of one metric is read without a tag by hdr-histogram-js', () => {
    const reader = new HistogramLogReader(untaggedLog(log, 'response'))
    const counts: number[] = []
    for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram()) {
      expect(next.tag).toBe('NO TAG')
      counts.push(next.totalCount)
    }
    expect(counts).toEqual([2, 1])
  })

  it('of a metric that is not there keeps its header only', () => {
    const empty = untaggedLog(log, 'wait')
    expect(empty.split('\n').filter((line) => line !== '' && !/^[#"]/.test(line))).toEqual([])
    expect(empty).toContain('#[StartTime')
  })
})
