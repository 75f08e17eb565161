import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Microseconds } from '../../../src/kernel/units.js'
import { intervalOf, type Windows } from '../../../src/load/windows.js'
import { Recorder } from '../../../src/measurement/recorder.js'
import { Timeline, type TimelineRow } from '../../../src/measurement/timeline.js'

const windows: Windows = { measureFromUs: 2e6, measureToUs: 12e6, endUs: 14e6 }
const unknown: Windows = { measureFromUs: Infinity, measureToUs: Infinity, endUs: Infinity }
const timeoutUs = 1e6
const us = (value: number): Microseconds => value as Microseconds

interface Outcome {
  readonly intendedUs: number
  readonly slipUs: number
  readonly waitUs: number
  readonly serviceUs: number
  readonly fate: 'valid' | 'http-500' | 'timeout' | 'lost' | 'shed'
}

const outcome = fc.record({
  intendedUs: fc.integer({ min: 0, max: 13_999_999 }),
  slipUs: fc.integer({ min: 0, max: 5_000 }),
  waitUs: fc.integer({ min: 0, max: 5_000 }),
  serviceUs: fc.integer({ min: 1, max: 900_000 }),
  fate: fc.constantFrom('valid', 'valid', 'valid', 'http-500', 'timeout', 'lost', 'shed') as fc.Arbitrary<
    Outcome['fate']
  >,
})

function tell(
  recorder: Recorder,
  { intendedUs, slipUs, waitUs, serviceUs, fate }: Outcome,
  id: number,
): void {
  const readyUs = intendedUs + slipUs
  const sentUs = readyUs + waitUs
  recorder.due(intendedUs, 1)
  if (fate === 'shed') {
    recorder.shed(intendedUs, 1, false)
    return
  }
  recorder.sent(intendedUs)
  if (fate === 'valid' || fate === 'http-500') {
    recorder.answered(
      id,
      0,
      intendedUs,
      readyUs,
      sentUs,
      Number.NaN,
      sentUs + serviceUs,
      fate === 'valid' ? null : fate,
    )
  } else if (fate === 'timeout') {
    recorder.unanswered(id, 0, intendedUs, readyUs, sentUs, intendedUs + timeoutUs, 'timeout')
  } else {
    recorder.unanswered(id, 0, intendedUs, readyUs, sentUs, sentUs + 10, 'message-lost')
  }
}

const inWindow = ({ intendedUs }: Outcome): boolean =>
  intendedUs >= windows.measureFromUs && intendedUs < windows.measureToUs
const responseUs = ({ slipUs, waitUs, serviceUs, fate }: Outcome): number =>
  fate === 'valid' || fate === 'http-500' ? slipUs + waitUs + serviceUs : timeoutUs

describe('Recorder and Timeline together', () => {
  it('put every message into the window of its intended time, whatever the order and the flushes', () => {
    fc.assert(
      fc.property(
        fc.array(outcome, { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (outcomes, every) => {
          const recorder = new Recorder(windows, timeoutUs, 1)
          const timeline = new Timeline(windows, 2e6, () => {})
          outcomes.forEach((one, index) => {
            tell(recorder, one, index)
            if (index % every === 0) timeline.add(recorder.take())
            if (index % (3 * every) === 0) timeline.fold(one.intendedUs)
          })
          timeline.add(recorder.take())
          const mine = outcomes.filter(inWindow)
          const { counts, histograms, errorsByKind, censored } = timeline.totals('measured')
          const count = (...fates: Array<Outcome['fate']>): number =>
            mine.filter(({ fate }) => fates.includes(fate)).length
          expect(counts).toMatchObject({
            due: mine.length,
            sent: mine.length - count('shed'),
            received: count('valid'),
            invalid: count('http-500'),
            timeouts: count('timeout'),
            shed: count('shed'),
          })
          expect(censored.response.count).toBe(count('timeout', 'lost', 'shed'))
          expect(censored.service.count).toBe(count('timeout', 'lost'))
          expect(Object.values(errorsByKind).reduce((sum, kind) => sum + kind, 0)).toBe(
            mine.length - count('valid'),
          )
          expect(histograms.response.count).toBe(mine.length)
          expect(histograms.slip.count).toBe(mine.length - count('shed'))
          expect(histograms.response.max).toBe(Math.max(0, ...mine.map(responseUs)))
          expect(histograms.response.mean * mine.length || 0).toBeCloseTo(
            mine.reduce((sum, one) => sum + responseUs(one), 0),
            3,
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('know which part of a message without a reply is a lower bound', () => {
    const recorder = new Recorder(windows, timeoutUs, 1)
    const timeline = new Timeline(windows, 2e6, () => {})
    recorder.unanswered(1, 0, 3e6, 3e6 + 10, 3e6 + 30, 4e6, 'timeout')
    recorder.unanswered(2, 0, 3e6, 3e6 + 10, Number.NaN, 4e6, 'timeout')
    recorder.unanswered(3, 0, 3e6, Number.NaN, Number.NaN, 4e6, 'not-dispatched')
    timeline.add(recorder.take())
    const { censored, histograms } = timeline.totals('measured')
    expect(censored).toEqual({
      response: { count: 3, minUs: 1e6 },
      service: { count: 1, minUs: 1e6 - 30 },
      wait: { count: 1, minUs: 1e6 - 10 },
    })
    expect([histograms.slip.count, histograms.wait.count, histograms.service.count]).toEqual([2, 2, 1])
  })

  it('count arrivals by when they came, not by when their message was due', () => {
    const recorder = new Recorder(windows, 10e6, 1)
    const timeline = new Timeline(windows, 2e6, () => {})
    recorder.answered(1, 0, 1.9e6, 1.9e6, 1.9e6, Number.NaN, 2.1e6, null)
    recorder.answered(2, 0, 11.9e6, 11.9e6, 11.9e6, Number.NaN, 12.5e6, null)
    recorder.answered(3, 0, 13.9e6, 13.9e6, 13.9e6, Number.NaN, 15e6, null)
    timeline.add(recorder.take())
    expect(timeline.counts('measured').counts).toMatchObject({ received: 1, arrived: 1 })
    expect(timeline.counts('profiled').counts).toMatchObject({ received: 1, arrived: 1 })
    expect(timeline.counts('drain').counts).toMatchObject({ received: 0, arrived: 1 })
  })

  it('keep intervals when a cut in the past becomes known', () => {
    const recorder = new Recorder(unknown, timeoutUs, 1)
    const timeline = new Timeline(unknown, 2e6, () => {})
    for (let second = 0; second < 9; second++) {
      recorder.answered(
        second,
        0,
        second * 1e6 + 5,
        second * 1e6 + 5,
        second * 1e6 + 5,
        Number.NaN,
        second * 1e6 + 100,
        null,
      )
    }
    timeline.add(recorder.take())
    const known = { measureFromUs: 3e6, measureToUs: 13e6, endUs: 15e6 }
    recorder.windows = known
    timeline.windows = known
    recorder.answered(9, 0, 9e6, 9e6, 9e6, Number.NaN, 9e6 + 50, null)
    timeline.add(recorder.take())
    expect(timeline.totals('warmup').histograms.response.count).toBe(3)
    expect(timeline.totals('measured').histograms.response.count).toBe(7)
    expect(timeline.exemplars('measured').filter(({ kind }) => kind === 'slow')).toHaveLength(7)
  })

  it('fold each interval once, and tell once more of what comes late to it', () => {
    const folded: TimelineRow[] = []
    const recorder = new Recorder(windows, timeoutUs, 1)
    const timeline = new Timeline(windows, 1e6, (row) => void folded.push(row))
    const answer = (intendedUs: number): void =>
      recorder.answered(1, 0, intendedUs, intendedUs, intendedUs, Number.NaN, intendedUs + 10, null)
    answer(2.5e6)
    answer(3.5e6)
    timeline.add(recorder.take())
    timeline.fold(4.2e6)
    expect(folded.map(({ startUs }) => startUs)).toEqual([2e6])
    answer(2.6e6)
    timeline.add(recorder.take())
    timeline.fold(Number.POSITIVE_INFINITY)
    expect(folded.map(({ startUs, counts }) => [startUs, counts.received])).toEqual([
      [2e6, 1],
      [2e6, 1],
      [3e6, 1],
    ])
    expect(timeline.totals('measured').counts.received).toBe(3)
    expect(timeline.rows().map(({ bin }) => intervalOf(windows, bin).startUs)).toEqual([2e6, 3e6])
  })

  it('use bounded memory for replies to any number of seconds', () => {
    const long = { measureFromUs: 0, measureToUs: 3_600e6, endUs: 3_600e6 }
    const recorder = new Recorder(long, timeoutUs, 1)
    for (let second = 0; second < 100; second++) {
      const at = second * 1e6
      recorder.answered(second, 0, at, at, at, Number.NaN, at + 10, null)
    }
    const { intervals } = recorder.take()
    expect(intervals.reduce((sum, interval) => sum + interval.counts.received, 0)).toBe(100)
    expect(recorder.take().intervals.length).toBeLessThanOrEqual(8)
  })

  it('keep the slowest and a fair sample, by name of the error', () => {
    const recorder = new Recorder(windows, timeoutUs, 1)
    const timeline = new Timeline(windows, 2e6, () => {})
    for (let message = 0; message < 5_000; message++) {
      const intendedUs = 2e6 + message * 1_000
      recorder.answered(
        message,
        3,
        intendedUs,
        intendedUs,
        intendedUs,
        Number.NaN,
        intendedUs + message,
        null,
      )
    }
    recorder.unanswered(9_999, 4, 11e6, 11e6, 11e6, 12e6, 'timeout')
    timeline.add(recorder.take())
    const exemplars = timeline.exemplars('measured')
    const slow = exemplars.filter(({ kind }) => kind === 'slow')
    expect(slow.map(({ id }) => id).slice(0, 3)).toEqual([9_999, 4_999, 4_998])
    expect(slow[0]).toMatchObject({ problem: 'timeout', connection: 4 })
    expect(slow).toHaveLength(100)
    const sampled = exemplars.filter(({ kind }) => kind === 'random').map(({ id }) => id)
    expect(sampled).toHaveLength(100)
    const early = sampled.filter((id) => id < 2_500).length
    expect(early).toBeGreaterThan(25)
    expect(early).toBeLessThan(75)
  })

  it('keep connects and their parts, and errors of connections apart from those of messages', () => {
    const recorder = new Recorder(windows, timeoutUs, 1)
    const timeline = new Timeline(windows, 2e6, () => {})
    recorder.connectionOpened(0, { tcp: us(100), tls: us(0), handshake: us(400), total: us(500) })
    recorder.connectionFailed(0, 'connect-refused', 'nobody there')
    recorder.connectionLost(3e6, 'connection-reset', 'gone')
    timeline.add(recorder.take())
    expect(timeline.connects.connect.max).toBe(500)
    expect(timeline.connects.tcp.max + timeline.connects.handshake.max).toBe(500)
    expect(timeline.counts('warmup').connectionErrorsByKind).toEqual({ 'connect-refused': 1 })
    expect(timeline.counts('measured')).toMatchObject({
      errorsByKind: {},
      connectionErrorsByKind: { 'connection-reset': 1 },
      counts: { connectionsLost: 1 },
    })
    expect(timeline.errorDetails).toEqual({ 'connect-refused': 'nobody there', 'connection-reset': 'gone' })
  })

  it('keep TLS handshakes apart, and only where there were any', () => {
    const recorder = new Recorder(windows, timeoutUs, 1)
    const timeline = new Timeline(windows, 2e6, () => {})
    const phases = { tcp: us(100), handshake: us(0) }
    recorder.connectionOpened(0, { ...phases, tls: us(0), total: us(100) })
    recorder.connectionOpened(0, { ...phases, tls: us(700), total: us(800) })
    recorder.connectionOpened(3e6, { ...phases, tls: us(200), tlsResumed: true, total: us(300) })
    timeline.add(recorder.take())
    expect(timeline.connects.tls).toMatchObject({ count: 2, min: 200, max: 700 })
    expect(timeline.counts('warmup').counts.tlsResumed).toBe(0)
    expect(timeline.counts('measured').counts.tlsResumed).toBe(1)
  })

  it('count the compressed ones', () => {
    const recorder = new Recorder(windows, timeoutUs, 1)
    const timeline = new Timeline(windows, 2e6, () => {})
    const phases = { tcp: us(100), tls: us(0), handshake: us(0), total: us(100) }
    recorder.connectionOpened(3e6, phases)
    recorder.connectionOpened(3e6, { ...phases, compressed: true })
    timeline.add(recorder.take())
    expect(timeline.counts('measured').counts).toMatchObject({ connectionsOpened: 2, compressed: 1 })
  })
})
