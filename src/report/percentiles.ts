import { bucketIndex, type Histogram, highestValueAt } from '../measurement/histogram.js'
import { percentileCurve } from '../measurement/percentile-curve.js'

/*
 * The text that HdrHistogram's `outputPercentileDistribution` prints and its plotter takes. Its footer describes the
 * layout of the histogram: 22 buckets of 2,048 sub-buckets hold 1 µs … 2^32 − 1 µs to 3 significant digits.
 */
const buckets = 22
const subBuckets = 2_048
const valueColumns = 12
const countColumns = 10

/** The percentile distribution of a histogram of µs, values in ms. */
export function renderPercentiles(histogram: Histogram): string {
  const { mean, deviation } = momentsOf(histogram)
  const max = histogram.count === 0 ? 0 : highestValueAt(bucketIndex(histogram.max))
  return [
    `${'Value'.padStart(valueColumns)} ${'Percentile'.padStart(14)} TotalCount 1/(1-Percentile)`,
    '',
    ...percentileCurve(histogram).map(({ percentile, value }) => lineOf(histogram, percentile / 100, value)),
    `#[Mean    = ${inMs(mean)}, StdDeviation   = ${inMs(deviation)}]`,
    `#[Max     = ${inMs(max)}, Total count    = ${String(histogram.count).padStart(valueColumns)}]`,
    `#[Buckets = ${String(buckets).padStart(valueColumns)}, SubBuckets     = ${String(subBuckets).padStart(valueColumns)}]`,
    '',
  ].join('\n')
}

function lineOf(histogram: Histogram, share: number, valueMs: number): string {
  const reached = histogram.countAtOrBelow(Math.round(valueMs * 1_000))
  const line = `${inMs(valueMs * 1_000)} ${share.toFixed(12)} ${String(reached).padStart(countColumns)}`
  return share < 1 ? `${line} ${(1 / (1 - share)).toFixed(2).padStart(14)}` : line
}

const inMs = (us: number): string => (us / 1_000).toFixed(3).padStart(valueColumns)

/** Mean and standard deviation (µs) with each value in the middle of its bucket, as HdrHistogram takes them. */
function momentsOf(histogram: Histogram): { mean: number; deviation: number } {
  const { count } = histogram
  if (count === 0) return { mean: 0, deviation: 0 }
  const middle = (lowUs: number, highUs: number): number => lowUs + Math.floor((highUs - lowUs + 1) / 2)
  let sum = 0
  histogram.forEachBucket((lowUs, highUs, inBucket) => {
    sum += middle(lowUs, highUs) * inBucket
  })
  const mean = sum / count
  let squares = 0
  histogram.forEachBucket((lowUs, highUs, inBucket) => {
    squares += (middle(lowUs, highUs) - mean) ** 2 * inBucket
  })
  return { mean, deviation: Math.sqrt(squares / count) }
}
