import fc from 'fast-check'
import { HistogramLogReader, listTags } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { encodeHistogram } from '../../../src/measurement/histogram-codec.js'
import { intervalLogHeader, intervalLogLine, readIntervalLog } from '../../../src/measurement/interval-log.js'

const startMs = Date.UTC(2026, 4, 17, 12, 30, 0, 250)
const header = intervalLogHeader(startMs, '1.2.3')

function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram()
  for (const us of values) histogram.record(us)
  return histogram
}

const bucketsOf = (histogram: Histogram): string => encodeHistogram(histogram)

const interval = fc.record({
  tag: fc.constantFrom('response', 'service', 'wait', 'slip', 'group.chat-1'),
  length: fc.integer({ min: 1, max: 5_000 }).map((ms) => ms / 1_000),
  values: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 30 }),
})

describe('a log', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 6 }), (intervals) => {
        let text = header
        for (const [at, { tag, length, values }] of intervals.entries()) {
          text += intervalLogLine(tag, at, length, histogramOf(...values))
        }
        const log = readIntervalLog(text)
        expect(log.truncated).toBe(false)
        expect(log.startEpochSeconds).toBe(startMs / 1_000)
        expect(log.intervals).toHaveLength(intervals.length)
        for (const [at, read] of log.intervals.entries()) {
          const { tag, length, values } = intervals[at]!
          expect([read.tag, read.startSeconds, read.lengthSeconds]).toEqual([tag, at, length])
          expect(read.maxMs).toBe(Math.max(0, ...values) / 1_000)
          expect(bucketsOf(read.histogram)).toBe(bucketsOf(histogramOf(...values)))
        }
      }),
    )
  })

  it('is read by hdr-histogram-js: times, tags and percentiles', () => {
    const first = histogramOf(900, 1_500, 48_000)
    const second = histogramOf(5, 3_000_000_000)
    const text =
      header + intervalLogLine('response', 0, 1, first) + intervalLogLine('service', 1.5, 0.25, second)
    expect(listTags(text)).toEqual(['response', 'service'])
    const reader = new HistogramLogReader(text)
    const one = reader.nextIntervalHistogram()!
    expect([one.tag, one.startTimeStampMsec, one.endTimeStampMsec]).toEqual([
      'response',
      startMs,
      startMs + 1_000,
    ])
    expect(Math.min(one.getValueAtPercentile(50), first.max)).toBe(first.valueAtQuantile(0.5))
    const two = reader.nextIntervalHistogram()!
    expect([two.tag, two.startTimeStampMsec, two.endTimeStampMsec]).toEqual([
      'service',
      startMs + 1_500,
      startMs + 1_750,
    ])
    expect(two.totalCount).toBe(2)
    expect(Math.min(two.getValueAtPercentile(100), second.max)).toBe(second.valueAtQuantile(1))
    expect(reader.nextIntervalHistogram()).toBeNull()
  })

  it('says its units and its start, one line each', () => {
    expect(header).toContain('#[Histogram log format version 1.3]\n')
    expect(header).toContain('#[StartTime: 1779021000.250 (seconds since epoch), 2026-05-17T12:30:00.250Z]\n')
    expect(header).toContain('#[BaseTime: 1779021000.250 (seconds since epoch)]\n')
    expect(header).toMatch(/microseconds, Interval_Max in milliseconds/)
    expect(header.endsWith('"Interval_Compressed_Histogram"\n')).toBe(true)
    expect(intervalLogHeader(startMs, '1\n2').split('\n')).toHaveLength(header.split('\n').length)
    expect(intervalLogLine('wait', 2, 1, histogramOf(12_345))).toMatch(
      /^Tag=wait,2\.000,1\.000,12\.345,HISTF[^,]+\n$/,
    )
  })

  it.each(['', 'two words', 'a,b', 'line\nbreak', 'Tag=x'])("refuses '%s' as a tag", (tag) => {
    expect(() => intervalLogLine(tag, 0, 1, histogramOf(1))).toThrow(RangeError)
  })
})

describe('a log of a run that broke off', () => {
  const whole = intervalLogLine('response', 0, 1, histogramOf(100))
  const last = intervalLogLine('response', 1, 1, histogramOf(200, 300, 90_000, 12_345_678))

  it('keeps all complete lines, wherever the last one ends', () => {
    for (let length = 1; length < last.length - 2; length++) {
      const log = readIntervalLog(header + whole + last.slice(0, length))
      // The padding of base64 can be missing and nothing be lost.
      if (!log.truncated) {
        expect(log.intervals).toHaveLength(2)
        expect(bucketsOf(log.intervals[1]!.histogram)).toBe(
          bucketsOf(histogramOf(200, 300, 90_000, 12_345_678)),
        )
        expect(length).toBeGreaterThan(last.length - 5)
        continue
      }
      expect(log.intervals).toHaveLength(1)
      expect(log.intervals[0]!.histogram.max).toBe(100)
    }
  })

  it.each([
    ['a damaged histogram', `${whole.slice(0, -20)}\n`],
    ['a missing column', 'Tag=response,0.000,1.000,0.100\n'],
    ['a fifth column', whole.replace('\n', ',more\n')],
    ['a start that is no number', whole.replace(',0.000', ',soon')],
    ['an empty length', whole.replace(',1.000', ',')],
    ['prose', 'what is this?\n'],
  ])('does not read past %s in the middle', (_what, line) => {
    expect(() => readIntervalLog(header + line + whole)).toThrow(
      expect.objectContaining({ code: 'RUN_UNREADABLE', message: expect.stringContaining('Line 7 ') }),
    )
  })
})

describe('a log of other tools', () => {
  const line = (start: string): string => `${start},1.000,0.1,${encodeHistogram(histogramOf(100))}\r\n`
  const starts = (text: string): number[] => readIntervalLog(text).intervals.map((each) => each.startSeconds)

  it('may have no tags and no header', () => {
    const log = readIntervalLog(line('5.5'))
    expect(log.startEpochSeconds).toBeNull()
    expect(log.intervals.map(({ tag, startSeconds }) => [tag, startSeconds])).toEqual([['', 5.5]])
  })

  it('may count time from a base, from the epoch or from its start', () => {
    const start = '#[StartTime: 1700000000.0 (seconds since epoch), some day]\r\n'
    expect(starts(`${start}#[BaseTime: 1699999990.0 (seconds since epoch)]\r\n${line('12.0')}`)).toEqual([2])
    expect(starts(start + line('1700000003.5') + line('1700000004.5'))).toEqual([3.5, 4.5])
    expect(starts(start + line('0.5') + line('1.5'))).toEqual([0.5, 1.5])
  })
})
