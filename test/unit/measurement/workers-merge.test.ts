import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Windows } from '../../../src/load/windows.js'
import { Histogram } from '../../../src/measurement/histogram.js'
import type { RecorderDelta } from '../../../src/measurement/interval-delta.js'
import { Recorder } from '../../../src/measurement/recorder.js'
import { Timeline } from '../../../src/measurement/timeline.js'
import { referenceOf } from './reference-histogram.js'

const windows: Windows = { measureFromUs: 2e6, measureToUs: 12e6, endUs: 12e6 }
const quantiles = [...Array.from({ length: 41 }, (_, at) => at / 40), 0.99, 0.999, 0.9999, 0.99999]

interface Answer {
  readonly worker: number
  readonly intendedUs: number
  readonly slipUs: number
  readonly waitUs: number
  readonly serviceUs: number
  /** The worker reports after it. */
  readonly flush: boolean
}

const answer = fc.record({
  worker: fc.nat(2),
  intendedUs: fc.integer({ min: 0, max: 11_999_999 }),
  slipUs: fc.integer({ min: 0, max: 3_000 }),
  waitUs: fc.integer({ min: 0, max: 20_000 }),
  serviceUs: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 60_000_000 })),
  flush: fc.boolean(),
})

/** The deltas of three workers in the order in which they reach the coordinator. */
function deltasOf(answers: readonly Answer[]): Array<{ worker: number; delta: RecorderDelta }> {
  const recorders = [0, 1, 2].map((worker) => new Recorder(windows, 1e6, worker))
  const deltas: Array<{ worker: number; delta: RecorderDelta }> = []
  answers.forEach(({ worker, intendedUs, slipUs, waitUs, serviceUs, flush }, id) => {
    const recorder = recorders[worker]!
    const readyUs = intendedUs + slipUs
    const sentUs = readyUs + waitUs
    recorder.due(intendedUs, 1)
    recorder.sent(intendedUs)
    recorder.answered(id, 0, intendedUs, readyUs, sentUs, Number.NaN, sentUs + serviceUs, null)
    if (flush) deltas.push({ worker, delta: recorder.take() })
  })
  for (const [worker, recorder] of recorders.entries()) deltas.push({ worker, delta: recorder.take() })
  return deltas
}

function mergedAs(deltas: readonly RecorderDelta[], foldAfter: number): Timeline {
  const timeline = new Timeline(windows, 0, () => {})
  for (const [at, delta] of deltas.entries()) {
    timeline.add(delta)
    if (foldAfter > 0 && at % foldAfter === 0) timeline.fold(8e6)
  }
  return timeline
}

const figuresOf = (histogram: Histogram): readonly number[] => [
  histogram.count,
  histogram.min,
  histogram.max,
  histogram.mean,
  ...quantiles.map((q) => histogram.valueAtQuantile(q)),
]

describe('what workers measured', () => {
  it('gives the same figures in every order and grouping, and those of all values at once', () => {
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 120 }), (answers) => {
        const arrived = deltasOf(answers)
        const inOrder = arrived.map(({ delta }) => delta)
        const byWorker = [2, 0, 1].flatMap((one) =>
          arrived.filter(({ worker }) => worker === one).map(({ delta }) => delta),
        )
        const orders = [
          mergedAs(inOrder, 0),
          mergedAs(inOrder, 3),
          mergedAs(byWorker, 0),
          mergedAs(inOrder.toReversed(), 2),
        ]
        const measured = answers.filter(({ intendedUs }) => intendedUs >= windows.measureFromUs)
        const reference = referenceOf(
          measured.map(({ slipUs, waitUs, serviceUs }) => slipUs + waitUs + serviceUs),
        )
        for (const metric of ['response', 'service', 'wait', 'slip'] as const) {
          const [first, ...others] = orders.map((timeline) =>
            figuresOf(timeline.totals('measured').histograms[metric]),
          )
          for (const other of others) expect(other).toEqual(first)
        }
        const { response } = orders[0]!.totals('measured').histograms
        expect(response.count).toBe(measured.length)
        for (const q of quantiles.slice(1)) {
          const theirs = Math.min(reference.getValueAtPercentile(q * 100), response.max)
          expect(response.valueAtQuantile(q)).toBe(theirs)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('reaches whoever keeps the histograms of final intervals, also where it comes late', () => {
    const kept = new Histogram()
    const timeline = new Timeline(windows, 0, (row, histograms) => {
      if (row.phase === 'measured') kept.add(histograms.response)
    })
    const deltas = deltasOf(
      Array.from({ length: 60 }, (_, id) => ({
        worker: id % 3,
        intendedUs: 2e6 + id * 1_000,
        slipUs: 0,
        waitUs: 0,
        serviceUs: 1_000 + 37 * id,
        flush: id % 5 === 0,
      })),
    )
    for (const { delta } of deltas) {
      timeline.add(delta)
      timeline.fold(11e6)
    }
    expect(figuresOf(kept)).toEqual(figuresOf(timeline.totals('measured').histograms.response))
    expect(kept.count).toBe(60)
  })
})
