import fc from 'fast-check'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { encodeHistogram } from '../../../src/measurement/histogram-codec.js'
import { renderPercentiles } from '../../../src/report/percentiles.js'

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const us of values) histogram.record(us)
  return histogram
}

/** What hdr-histogram-js prints of the same histogram, values in ms. */
const reference = (histogram: Histogram): string =>
  decodeFromCompressedBase64(encodeHistogram(histogram)).outputPercentileDistribution(5, 1_000)

const summed = /(?:Mean|StdDeviation) +=( +[0-9.]+)/g
/** All but mean and standard deviation, whose last digit hangs on the order of the additions. */
const counted = (text: string): string => text.replaceAll(summed, '')
const sums = (text: string): number[] => Array.from(text.matchAll(summed), ([, value]) => Number(value))

describe('renderPercentiles', () => {
  it('prints what HdrHistogram prints of the same histogram', () => {
    const latency = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    const usual = fc.integer({ min: 100, max: 2_000_000 })
    fc.assert(
      fc.property(fc.array(fc.oneof(latency, usual), { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = histogramOf(values)
        const [printed, expected] = [renderPercentiles(histogram), reference(histogram)]
        expect(counted(printed)).toBe(counted(expected))
        expect(sums(printed)).toHaveLength(2)
        for (const [at, value] of sums(printed).entries())
          expect(Math.abs(value - sums(expected)[at]!)).toBeLessThan(0.002)
      }),
      { numRuns: 60 },
    )
  })

  it('has the columns and the footer that the plotter looks for', () => {
    const lines = renderPercentiles(histogramOf([1_000, 1_000, 1_000, 250_000])).split('\n')
    expect(lines[0]).toBe('       Value     Percentile TotalCount 1/(1-Percentile)')
    expect(lines[2]).toBe('       1.000 0.000000000000          3           1.00')
    const data = lines.filter((line) => /^ +[0-9]/.test(line)).map((line) => line.trim().split(/ +/))
    expect(data.at(-1)!.slice(1)).toEqual(['1.000000000000', '4'])
    expect(data.at(-1)![0]).toMatch(/^250\.\d{3}$/)
    expect(lines.slice(-4, -1).map((line) => line.replace(/=.*/, ''))).toEqual([
      '#[Mean    ',
      '#[Max     ',
      '#[Buckets ',
    ])
  })

  it('is empty, with its footer, for an empty histogram', () => {
    expect(renderPercentiles(new Histogram())).toContain('Total count    =            0]')
  })
})
