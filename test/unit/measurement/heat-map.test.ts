import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LoadPhase } from '../../../src/load/windows.js'
import {
  HeatMap,
  type HeatMapColumn,
  heatMapRow,
  rowsPerDoubling,
} from '../../../src/measurement/heat-map.js'
import { Histogram } from '../../../src/measurement/histogram.js'

const second = 1e6

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const us of values) histogram.record(us)
  return histogram
}

function fill(map: HeatMap, phases: readonly LoadPhase[], valuesOf: (i: number) => readonly number[]): void {
  const histogram = new Histogram()
  for (const [i, phase] of phases.entries()) {
    histogram.reset()
    for (const us of valuesOf(i)) histogram.record(us)
    map.add({ phase, startUs: i * second, endUs: (i + 1) * second }, histogram)
  }
}

function rowCounts(columns: readonly HeatMapColumn[]): Map<number, number> {
  const sums = new Map<number, number>()
  for (const { cells } of columns) {
    for (let i = 0; i < cells.length; i += 2) {
      sums.set(cells[i]!, (sums.get(cells[i]!) ?? 0) + cells[i + 1]!)
    }
  }
  return sums
}

describe('a row of the heat map', () => {
  it('begins at a power of two every eight rows, and holds 9 %', () => {
    expect([1, 2, 1_024, 2 ** 20].map(heatMapRow)).toEqual([0, 8, 80, 160])
    const row = heatMapRow(1_500)
    expect(2 ** (row / rowsPerDoubling)).toBeLessThanOrEqual(1_500)
    expect(2 ** ((row + 1) / rowsPerDoubling)).toBeGreaterThan(1_500)
    expect(2 ** (1 / rowsPerDoubling)).toBeCloseTo(1.09, 2)
  })

  it('exists for everything that a histogram holds', () => {
    expect([0, 0.4, 1].map(heatMapRow)).toEqual([0, 0, 0])
    expect(heatMapRow(2 ** 32 - 1)).toBe(255)
  })
})

describe('the heat map', () => {
  it('keeps a column for each second while there is room', () => {
    const map = new HeatMap(16)
    fill(map, ['warmup', 'measured', 'measured'], (i) => [1_000 * (i + 1), 1_000 * (i + 1), 50])
    expect(map.columns()).toEqual([
      { at: 0, length: 1, cells: [heatMapRow(50), 1, heatMapRow(1_000), 2] },
      { at: 1, length: 1, cells: [heatMapRow(50), 1, heatMapRow(2_000), 2] },
      { at: 2, length: 1, cells: [heatMapRow(50), 1, heatMapRow(3_000), 2] },
    ])
  })

  it('leaves out an interval in which nothing was due', () => {
    const map = new HeatMap(16)
    fill(map, ['measured', 'measured'], (i) => (i === 0 ? [] : [70]))
    expect(map.columns().map(({ at }) => at)).toEqual([1])
  })

  it('takes an interval that comes late at its place', () => {
    const map = new HeatMap(16)
    for (const i of [0, 2, 1]) {
      map.add({ phase: 'measured', startUs: i * second, endUs: (i + 1) * second }, histogramOf([i + 1]))
    }
    expect(map.columns().map(({ at }) => at)).toEqual([0, 1, 2])
  })

  it('loses no message, stays bounded and in order, and joins no two phases, however long the run', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 8, max: 64 }),
        (warm, measured, profiled, most) => {
          const phases: LoadPhase[] = [
            ...Array<LoadPhase>(warm).fill('warmup'),
            ...Array<LoadPhase>(measured).fill('measured'),
            ...Array<LoadPhase>(profiled).fill('profiled'),
          ]
          const map = new HeatMap(most)
          fill(map, phases, (i) => [100 + (i % 7) * 400, 30_000])
          const columns = map.columns()
          expect(columns.length).toBeLessThanOrEqual(most)
          const whole = new HeatMap(phases.length)
          fill(whole, phases, (i) => [100 + (i % 7) * 400, 30_000])
          expect(rowCounts(columns)).toEqual(rowCounts(whole.columns()))
          let end = 0
          for (const { at, length } of columns) {
            expect(at).toBe(end)
            end = at + length
            for (const border of [warm, warm + measured]) {
              expect(at < border && border < end, `${at} to ${end} straddles ${border}`).toBe(false)
            }
          }
          expect(end).toBe(phases.length)
        },
      ),
      { numRuns: 30 },
    )
  })
})
