import { describe, expect, it } from 'vitest'
import { spanOf } from '../../../../../../src/report/html/page/flame/busy-bins.js'
import { compareRuns, compareSlow } from '../../../../../../src/report/html/page/flame/comparisons.js'
import { graphData } from '../../../../../../src/report/html/page/flame/graph-data.js'
import { TimeBrush } from '../../../../../../src/report/html/page/flame/time-brush.js'
import { type ReportFlame, reportFlame } from '../../../../../../src/report/report-flame.js'
import { stalledFlame } from '../../../../../fixtures/flame-streams.js'

const startUs = 1_000_000
const data = graphData(stalledFlame(startUs))
const span = spanOf(data.streams)
const slow = (ranges: [number, number][]) => ({ messages: 10, of: 1_000, thresholdMs: 5, ranges })

describe('compareSlow', () => {
  it('parts the profile into two without loss', () => {
    const found = compareSlow(data, span, slow([[startUs + 2_000_000, startUs + 2_400_000]]))
    if (typeof found === 'string') throw new Error(found)
    expect([...found.after]).toEqual([0, 0, 0, 400_000])
    expect([...found.before]).toEqual([0, 1_150_000, 1_150_000, 0])
  })

  it('says why it cannot be', () => {
    expect(compareSlow(data, span, null)).toMatch(/kept no times/)
    expect(compareSlow(data, span, { why: 'because' })).toBe('because')
    expect(compareSlow(data, null, slow([[0, 1]]))).toMatch(/no times/)
    expect(compareSlow(data, span, slow([[0, startUs]]))).toMatch(/no slow message was open/)
    expect(compareSlow(data, span, slow([[0, 1e12]]))).toMatch(/all the time/)
    expect(compareSlow(data, span, slow([[startUs + 2_000, startUs + 2_500]]))).toMatch(/was idle while/)
  })
})

describe('compareRuns', () => {
  const flame = (unit: 'us' | 'bytes', title = 'CPU', how = 'inspector'): ReportFlame =>
    reportFlame({
      title,
      how,
      analysis: { categories: {}, unattributed: 0, hottest: [], flame: { ...stalledFlame(0), unit } },
    })
  const against = (flames: readonly ReportFlame[]) => ({ name: 'other', ownName: 'own', notes: [], flames })

  it('sets like against like', () => {
    const found = compareRuns(flame('us'), data, against([flame('us', 'Native', 'perf'), flame('us')]))
    if (typeof found === 'string') throw new Error(found)
    expect([...found.before]).toEqual([...found.after])
    expect(found.names).toEqual(['other', 'own'])
  })

  it('says why it cannot be', () => {
    expect(compareRuns(flame('us'), data, against([flame('us', 'Native', 'perf')]))).toMatch(
      /no profile of this/,
    )
    expect(compareRuns(flame('us'), data, against([flame('bytes')]))).toMatch(/counts bytes/)
  })
})

describe('the time brush', () => {
  it('keeps to the profile, and takes all of it for no choice', () => {
    const brush = new TimeBrush({ fromUs: 100, toUs: 200 })
    const seen: unknown[] = []
    brush.onChange((chosen) => seen.push(chosen))
    brush.choose(150, 120)
    brush.choose(120, 150)
    brush.choose(-5, 110)
    brush.choose(0, 500)
    brush.choose(300, 500)
    expect(seen).toEqual([{ fromUs: 120, toUs: 150 }, { fromUs: 100, toUs: 110 }, null])
  })
})
