import { build, type Histogram } from 'hdr-histogram-js'
import { highestValueUs } from '../../../src/measurement/histogram.js'

/** Of hdr-histogram-js, with the methods of its classes that its interface leaves out. */
export interface ReferenceHistogram extends Histogram {
  getCountAtValue(value: number): number
  lowestEquivalentValue(value: number): number
  highestEquivalentValue(value: number): number
  readonly percentileIterator: {
    reset(ticksPerHalfDistance: number): void
    hasNext(): boolean
    next(): { readonly valueIteratedTo: number; readonly percentileLevelIteratedTo: number }
  }
}

/** An empty histogram of hdr-histogram-js with the range and the precision of ours: the oracle of these tests. */
export function referenceHistogram(): ReferenceHistogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestValueUs,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
    bitBucketSize: 64,
    useWebAssembly: false,
  }) as ReferenceHistogram
}

/** The same with whole values recorded. */
export function referenceOf(values: Iterable<number>): ReferenceHistogram {
  const reference = referenceHistogram()
  for (const value of values) reference.recordValue(value)
  return reference
}
