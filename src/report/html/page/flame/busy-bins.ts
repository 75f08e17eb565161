import type { FlameData, SampleStream } from '../../../../../packages/flame-graph/src/data.js'
import type { ChosenTime } from './time-brush.js'

/** What ran over time: for each bin the busy µs by category, all threads together. */
export interface BusyBins {
  readonly binUs: number
  readonly categories: readonly string[]
  /** One array a category, one entry a bin. */
  readonly us: readonly Float64Array[]
}

/** From the first sample of any thread to the end of the last; null where no times are known. */
export function spanOf(streams: readonly SampleStream[]): ChosenTime | null {
  const spans = streams.map(({ startUs, us }) => ({
    fromUs: startUs,
    toUs: startUs + us.reduce((sum, length) => sum + length, 0),
  }))
  const fromUs = Math.min(...spans.map((span) => span.fromUs))
  const toUs = Math.max(...spans.map((span) => span.toUs))
  return toUs > fromUs ? { fromUs, toUs } : null
}

/** Spreads the samples over bins of equal length; a sample that reaches over several counts in each by its part. */
export function busyBins({ frames, frame, streams }: FlameData, span: ChosenTime, bins: number): BusyBins {
  const binUs = (span.toUs - span.fromUs) / bins
  const categories = [...new Set(frames.map(({ category }) => category))]
  const numbers = new Map(categories.map((category, i) => [category, i]))
  const categoryOf = Int32Array.from(frame, (index) => numbers.get(frames[index]!.category)!)
  const us = categories.map(() => new Float64Array(bins))
  for (const { node, us: lengths, startUs } of streams) {
    let atUs = startUs - span.fromUs
    for (let i = 0; i < node.length; i++) {
      const untilUs = atUs + lengths[i]!
      if (node[i]! >= 0) spread(us[categoryOf[node[i]!]!]!, binUs, atUs, untilUs)
      atUs = untilUs
    }
  }
  return { binUs, categories, us }
}

function spread(bins: Float64Array, binUs: number, fromUs: number, toUs: number): void {
  const first = Math.max(0, Math.floor(fromUs / binUs))
  for (let bin = first; bin < bins.length && bin * binUs < toUs; bin++) {
    bins[bin]! += Math.max(0, Math.min(toUs, (bin + 1) * binUs) - Math.max(fromUs, bin * binUs))
  }
}
