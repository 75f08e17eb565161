import { PlimsollError } from '../kernel/errors.js'
import type { Random } from '../kernel/random.js'
import { parseSize } from '../kernel/units.js'

/** Bytes, or text such as `'4KiB'`. */
export type Size = number | string

/** Draws a size in whole bytes. */
export type SizeLaw = (random: Random) => number

/** What a law draws is held between the two. */
export interface SizeBounds {
  /** Default 1. */
  readonly min?: Size
  /** Default: none. */
  readonly max?: Size
}

const bytesOf = (size: Size): number => (typeof size === 'number' ? size : parseSize(size))

function within(draw: (random: Random) => number, { min = 1, max }: SizeBounds): SizeLaw {
  const lowest = bytesOf(min)
  const highest = max === undefined ? Number.MAX_SAFE_INTEGER : bytesOf(max)
  requireThat(lowest >= 0 && lowest <= highest, 'a law of sizes needs 0 ≤ min ≤ max')
  return (random) => Math.min(highest, Math.max(lowest, Math.round(draw(random))))
}

function requireThat(holds: boolean, what: string): void {
  if (!holds) throw new PlimsollError('BAD_VALUE', `Bad law: ${what}.`)
}

type LogNormalSizes = SizeBounds & { readonly median: Size } & (
    | { readonly p99: Size }
    | { readonly sigma: number }
  )

/** Log-normal: the usual law of messages and of files. By its median, and by its p99 or σ of the logarithm. */
function logNormal(law: LogNormalSizes): SizeLaw {
  const median = bytesOf(law.median)
  const shape = 'p99' in law ? { median, p99: bytesOf(law.p99) } : { median, sigma: law.sigma }
  requireThat(
    median > 0 && ('p99' in shape ? shape.p99 >= median : shape.sigma >= 0),
    'logNormal() needs 0 < median ≤ p99, or σ ≥ 0',
  )
  return within((random) => random.logNormal(shape), law)
}

interface GeneralizedPareto extends SizeBounds {
  readonly scale: Size
  readonly shape: number
  /** Where the law begins. Default 0. */
  readonly location?: Size
}

/** Generalized Pareto: a body like an exponential law's and a longer tail, the longer the greater `shape` is. */
function generalizedPareto({ scale, shape, location = 0, ...bounds }: GeneralizedPareto): SizeLaw {
  const [width, begin] = [bytesOf(scale), bytesOf(location)]
  requireThat(width > 0 && shape > 0, 'generalizedPareto() needs a scale and a shape above 0')
  return within(
    (random) => begin + (width / shape) * Math.expm1(-shape * Math.log(1 - random.fine())),
    bounds,
  )
}

/** Each size between the two as likely. */
function uniform(min: Size, max: Size): SizeLaw {
  const [lowest, highest] = [bytesOf(min), bytesOf(max)]
  requireThat(lowest >= 0 && lowest <= highest, 'uniform() needs 0 ≤ min ≤ max')
  return (random) => random.integer(lowest, highest)
}

type Percentiles = Readonly<Record<`p${number}`, Size>> & { readonly min?: Size; readonly max: Size }

/**
 * From the percentiles that a dashboard shows: `percentiles({ p50: '200B', p99: '4KiB', max: '64KiB' })`. Between two
 * of them the logarithm of the size is uniform. `min` is 1 byte where it is not given.
 */
function percentiles({ min = 1, max, ...inner }: Percentiles): SizeLaw {
  const points = [
    { share: 0, size: bytesOf(min) },
    ...Object.entries(inner).map(([name, size]) => ({ share: shareOf(name), size: bytesOf(size as Size) })),
    { share: 1, size: bytesOf(max) },
  ].toSorted((a, b) => a.share - b.share)
  for (const [at, { size }] of points.entries()) {
    requireThat(
      size >= 1 && size >= (points[at - 1]?.size ?? 1),
      'percentiles() need sizes that grow, from 1 on',
    )
  }
  return (random) => {
    const share = random.fine()
    const above = points.findIndex((point) => point.share > share)
    const [low, high] = [points[above - 1]!, points[above]!]
    const way = (share - low.share) / (high.share - low.share)
    return Math.round(low.size * (high.size / low.size) ** way)
  }
}

function shareOf(name: string): number {
  const percent = /^p(\d+(?:\.\d+)?)$/.exec(name)?.[1]
  requireThat(
    percent !== undefined && Number(percent) > 0 && Number(percent) < 100,
    `'${name}' is no percentile; write p50 or p99.9`,
  )
  return Number(percent) / 100
}

/**
 * From a histogram: `[upper bound, weight]` of each bucket, in rising order. Within a bucket each size is as likely;
 * the first begins at 1 byte. Weights are counts or shares.
 */
function histogram(buckets: ReadonlyArray<readonly [upTo: Size, weight: number]>): SizeLaw {
  const bounds = buckets.map(([upTo]) => bytesOf(upTo))
  const ends = buckets.map((_, at) => buckets.slice(0, at + 1).reduce((sum, [, weight]) => sum + weight, 0))
  const total = ends.at(-1) ?? 0
  requireThat(
    total > 0 && buckets.every(([, weight]) => weight >= 0),
    'histogram() needs weights of 0 or more, and one above 0',
  )
  requireThat(
    bounds.every((bound, at) => Number.isInteger(bound) && bound > (bounds[at - 1] ?? 0)),
    'histogram() needs upper bounds in whole bytes that grow',
  )
  return (random) => {
    const weight = random.fine() * total
    const bucket = ends.findIndex((end) => end > weight)
    return random.integer((bounds[bucket - 1] ?? 0) + 1, bounds[bucket]!)
  }
}

/** Laws of sizes. `docs/guides/realistic-payloads.md` says which one for what. */
export const sizes = { logNormal, generalizedPareto, uniform, percentiles, histogram } as const
