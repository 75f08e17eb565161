import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { csvColumns, renderCsv } from '../../../src/report/csv.js'
import { makeReportData } from '../../fixtures/report-data.js'

const { timeline } = makeReportData()
const read = (text: string): Array<Record<string, string>> =>
  parse(text, { columns: true, record_delimiter: '\r\n', relax_column_count: false })

describe('renderCsv', () => {
  it('is read back by a CSV reader: a row a second, under a header', () => {
    const rows = read(renderCsv(timeline))
    expect(rows).toHaveLength(timeline.length)
    expect(Object.keys(rows[0]!)).toEqual(csvColumns)
    for (const [at, row] of rows.entries()) {
      const second = timeline[at]!
      expect(Number(row.at_s)).toBe(second.at)
      expect(row.phase).toBe(second.phase)
      expect(Number(row.due)).toBe(second.due)
      expect(Number(row['response_p99.9_ms'])).toBe(second.response['p99.9'])
      expect(Number(row.slip_max_ms)).toBe(second.slip.max)
      expect(Number(row.target_rss_bytes)).toBe(second.target!.rssBytes)
      expect(Number(row.generator_cpu_percent)).toBe(second.generator.cpuPercent)
    }
    expect(rows[17]!.errors_by_kind).toBe('timeout 9')
  })

  it('leaves a cell empty where nothing is known: no percentile of no values, no target', () => {
    const silent = { ...timeline[0]!.response, count: 0, p50: 0, p99: 0 }
    const [row] = read(renderCsv([{ ...timeline[0]!, response: silent, target: null }]))
    expect([row!.response_count, row!.response_p50_ms, row!.response_p99_ms]).toEqual(['0', '', ''])
    expect([row!.target_cpu_percent, row!.target_gc_ms]).toEqual(['', ''])
  })

  it('quotes what would break a cell', () => {
    const errorsByKind = { 'a "b", c': 1, timeout: 2 }
    const [row] = read(renderCsv([{ ...timeline[0]!, errorsByKind }]))
    expect(row!.errors_by_kind).toBe('a "b", c 1, timeout 2')
  })

  it('is a header alone for a run without a load', () => {
    expect(renderCsv([])).toBe(`${csvColumns.join(',')}\r\n`)
    expect(new Set(csvColumns).size).toBe(csvColumns.length)
  })
})
