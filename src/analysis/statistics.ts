import { logGamma } from '../kernel/log-gamma.js'

/*
 * The mathematics behind intervals, drift and steadiness. Everything is a pure function of plain numbers.
 */

/** Middle value, or the mean of the two middle ones; NaN for an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Robust standard deviation: the median absolute deviation times 1.4826, which estimates σ of a normal
 * distribution (Hampel 1974; Rousseeuw & Croux 1993).
 */
export function madDeviation(values: readonly number[]): number {
  const centre = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)))
}

/** Unbiased sample variance; 0 for fewer than two values. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}

/** Slope a step of a series taken at equal steps: the median of all pairwise slopes (Theil 1950; Sen 1968). */
export function theilSen(series: readonly number[]): number {
  const slopes: number[] = []
  for (let later = 1; later < series.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      slopes.push((series[later]! - series[earlier]!) / (later - earlier))
    }
  }
  return slopes.length === 0 ? 0 : median(slopes)
}

/** Lag-1 autocorrelation, r₁ = Σ(xₜ−x̄)(xₜ₊₁−x̄) / Σ(xₜ−x̄)² (Box & Jenkins 1970); 0 for a constant series. */
export function lag1(series: readonly number[]): number {
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length
  let product = 0
  let square = 0
  for (let index = 0; index < series.length; index++) {
    const deviation = series[index]! - mean
    square += deviation * deviation
    if (index + 1 < series.length) product += deviation * (series[index + 1]! - mean)
  }
  return square > 0 ? product / square : 0
}

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

/**
 * The continued fraction of DLMF 8.17.22 by the modified Lentz method (Thompson & Barnett 1986). It converges in
 * about √max(a, b) steps for x < (a+1)/(a+b+2).
 */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return value
}

/**
 * The regularised incomplete beta function Iₓ(a, b), a and b > 0: the distribution function of Beta(a, b) at x.
 * Source: DLMF 8.17.
 */
export function betaDistribution(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b))
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a
  return 1 - (front * betaFraction(1 - x, b, a)) / b
}

/**
 * The quantile of Beta(a, b): x with Iₓ(a, b) = p. Newton's method on the density, kept inside a bracket that
 * every step shrinks, so it always converges. Degenerate shapes give the ends: a = 0 → 0, b = 0 → 1.
 */
export function betaInverse(p: number, a: number, b: number): number {
  if (a <= 0 || p <= 0) return 0
  if (b <= 0 || p >= 1) return 1
  const scale = logBeta(a, b)
  let low = 0
  let high = 1
  let x = a / (a + b)
  for (let step = 0; step < 200; step++) {
    const error = betaDistribution(x, a, b) - p
    if (error > 0) high = x
    else low = x
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - scale)
    let next = x - error / density
    if (!(next > low && next < high)) next = (low + high) / 2
    if (Math.abs(next - x) <= 1e-14 * next) return next
    x = next
  }
  return x
}

/**
 * The quantile of Student's t distribution with `freedom` > 0 degrees of freedom, through the beta distribution:
 * P(|T| > t) = Iₓ(ν/2, ½) with x = ν/(ν+t²) (Abramowitz & Stegun 26.7.1, 26.5.27).
 */
export function tQuantile(p: number, freedom: number): number {
  if (p === 0.5) return 0
  if (p < 0.5) return -tQuantile(1 - p, freedom)
  const x = betaInverse(2 * (1 - p), freedom / 2, 0.5)
  return Math.sqrt((freedom * (1 - x)) / x)
}

export interface ShareInterval {
  readonly low: number
  readonly high: number
}

/**
 * The exact interval of a share after `successes` of `trials` (Clopper & Pearson 1934). Neither needs to be whole:
 * an effective sample size (Korn & Graubard 1998) is welcome.
 */
export function clopperPearson(successes: number, trials: number, confidence = 0.95): ShareInterval {
  const tail = (1 - confidence) / 2
  return {
    low: successes <= 0 ? 0 : betaInverse(tail, successes, trials - successes + 1),
    high: successes >= trials ? 1 : betaInverse(1 - tail, successes + 1, trials - successes),
  }
}

export interface Batch {
  readonly exceedances: number
  readonly count: number
}

/**
 * The effective sample size of `count` messages whose exceedances come in bursts: the design effect is measured
 * over batches of time (Künsch 1989; Kish 1965), and the few batches it is known from widen the interval by the
 * ratio of the normal and the t quantile (Korn & Graubard 1998). Fewer than two batches leave `count` as it is.
 */
export function effectiveSampleSize(count: number, batches: readonly Batch[]): number {
  const number = batches.length
  const total = batches.reduce((sum, batch) => sum + batch.count, 0)
  if (number < 2 || total === 0) return count
  const share = batches.reduce((sum, batch) => sum + batch.exceedances, 0) / total
  let effect = 1
  if (share > 0 && share < 1) {
    const spread = batches.reduce((sum, batch) => sum + (batch.exceedances - share * batch.count) ** 2, 0)
    const clustered = ((number / (number - 1)) * spread) / (total * total)
    effect = Math.max(1, clustered / ((share * (1 - share)) / total))
  }
  return (count / effect) * (1.959_964 / tQuantile(0.975, number - 1)) ** 2
}
