import { describe, expect, it } from 'vitest'
import {
  errorTrack,
  otherKinds,
  rateTrack,
} from '../../../../../../src/report/html/page/charts/load-tracks.js'
import { stackColumns } from '../../../../../../src/report/html/page/charts/stack.js'
import type { PageData } from '../../../../../../src/report/html/page-data.js'
import { makeReportData } from '../../../../../fixtures/report-data.js'

function pageData(change: Partial<PageData> = {}): PageData {
  return { kind: 'run', ...makeReportData(), secondsPerPoint: 1, against: null, ...change }
}

describe('stackColumns', () => {
  it('puts the first column on top of all others', () => {
    expect(
      stackColumns([
        [1, null, 5],
        [2, null, 0],
        [4, null, null],
      ]),
    ).toEqual([
      [7, null, 5],
      [6, null, null],
      [4, null, null],
    ])
  })
})

describe('errors by kind', () => {
  it('are ranked, and the rare ones share a colour', () => {
    const data = pageData()
    const kinds = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`kind-${i}`, 90 - i * 10]))
    const timeline = data.timeline.map((second, i) =>
      i === 12 ? { ...second, errorsByKind: kinds } : second,
    )
    const { lines } = errorTrack({ ...data, timeline })
    expect(lines.map(({ label }) => label)).toEqual([
      'kind-0',
      'kind-1',
      'kind-2',
      'kind-3',
      'kind-4',
      otherKinds,
    ])
    expect(lines.map(({ values }) => values[12])).toEqual([90, 80, 70, 60, 50, 40 + 30 + 20 + 10])
    expect(new Set(lines.map(({ color }) => color)).size).toBe(6)
  })

  it('may be called like a part of every object', () => {
    const data = pageData()
    const timeline = data.timeline.map((second) => ({ ...second, errorsByKind: { constructor: 2 } }))
    const { lines } = errorTrack({ ...data, timeline })
    expect(lines[0]).toMatchObject({ label: 'constructor', rest: '0' })
    expect(lines[0]!.values[3]).toBe(2)
  })

  it('take no room where there are none', () => {
    const data = pageData()
    const timeline = data.timeline.map((second) => ({ ...second, errorsByKind: {}, errors: 0 }))
    expect(errorTrack({ ...data, timeline })).toMatchObject({ quiet: 'none in any second', lines: [] })
  })
})

describe('the rate', () => {
  it('shows offered, dispatched and achieved in the open model, and what was achieved in the closed one', () => {
    const data = pageData()
    expect(rateTrack(data).lines.map(({ label }) => label)).toEqual(['achieved', 'dispatched', 'offered'])
    const closed = { ...data.run, load: { ...data.run.load, model: 'closed' as const, offeredRate: null } }
    expect(rateTrack({ ...data, run: closed }).lines.map(({ label }) => label)).toEqual(['achieved'])
  })

  it('is a rate also in an interval that is no whole second', () => {
    const data = pageData()
    const half = { ...data.timeline[8]!, length: 0.5, arrived: 1_000, due: 1_200 }
    const { lines } = rateTrack({ ...data, timeline: [half] })
    expect(lines.map(({ values }) => values[0])).toEqual([2_000, half.dispatched * 2, 2_400])
  })
})
