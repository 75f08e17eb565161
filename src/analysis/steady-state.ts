import { lag1, madDeviation, median, theilSen, tQuantile } from './statistics.js'

/** One complete second of the load, by intended time. */
export interface SteadySecond {
  /** Median response time in ms; null or NaN where nothing was answered. */
  readonly p50Ms: number | null
  /** Achieved rate, a second. */
  readonly throughput: number
  /** Messages behind the median. */
  readonly count: number
}

export type SteadyState =
  | { readonly state: 'undecided'; readonly reason: string }
  /** `cut`: the whole second, counted from the start of the series, at which the steady part begins. */
  | { readonly state: 'steady'; readonly cut: number }

/** At least so many blocks must follow the cut: fewer say nothing about drift. */
const minimumKept = 5
/** A series is judged in about this many blocks, so that a long warm-up costs no more than a short one. */
const targetBlocks = 20
const minimumMessagesPerSecond = 5
/** A second within this of the steady level (ln) belongs to it, however quiet the series. */
const levelTolerance = 0.1
/** A second within so many standard deviations of noise belongs to the level. */
const levelDeviations = 3
/** Up to this share of the kept seconds may be outliers: a pause of the collector is part of a steady state. */
const outlierShare = 0.25
/** Drift over a window below this (ln) is practically none. */
const negligibleDrift = 0.1
/** The equivalence band (ln): wide, since 20 noisy seconds cannot bound a drift any closer. */
const equivalenceBand = 0.8
/** Noise is never taken to be below this (ln): a straight line is only a model of drift. */
const leastNoise = 0.02
/** Autocorrelation makes differences of neighbours look too quiet. */
const noiseInflation = 1.2
/** What a start of any shape may cost, in squared deviations beyond the seconds that it spans. */
const transientPenalty = 12

interface Signal {
  /** Natural logarithms, one a block. */
  readonly values: readonly number[]
  /** Standard deviation of the noise. */
  readonly noise: number
  readonly tolerance: number
}

/**
 * Where does the steady part of a load begin? For `--warmup auto`; call it each second with all complete seconds
 * so far. It decides only once the series is `capSeconds` long, because the cut lies in the past: the load is
 * constant, so the measured window may begin at any whole second, waiting costs nothing, and whoever decides
 * earlier takes a slow plateau for the steady state. Still `undecided` at the cap means "not established".
 *
 * Method, on ln p50 and ln throughput: MSER truncation (White 1997; White, Cobb & Spratt 2000) on a running median
 * finds the level that the series ends on; the cut is the earliest second from which the series stays at that
 * level. It holds if no drift is left after it, by the Theil-Sen slope and an equivalence test (Schuirmann 1987),
 * and if one drift that began before the cut does not explain the series better than a start of any shape and a
 * level after it.
 */
export function judgeSteadyState(series: readonly SteadySecond[], capSeconds: number): SteadyState {
  const seconds = series.length
  if (seconds < capSeconds) return undecided(`${seconds} of ${capSeconds} s seen`)
  if (seconds < minimumKept + 1) return undecided(`${seconds} s are too short to tell`)
  const present = series.filter(hasData)
  const messages = median(series.map((second) => second.count))
  if (messages < minimumMessagesPerSecond || present.length < 0.8 * seconds) {
    return undecided(`too few messages: ${messages} a second`)
  }
  const block = Math.max(1, Math.floor(seconds / targetBlocks))
  const p50 = fillGaps(series.map((second) => (hasData(second) ? Math.log(second.p50Ms!) : Number.NaN)))
  const throughput = series.map((second) => Math.log(Math.max(1, second.throughput)))
  const signals = [
    toSignal(inBlocks(p50, block), 0),
    toSignal(inBlocks(throughput, block), 1 / Math.sqrt(messages * block)),
  ]
  const blocks = signals[0]!.values.length
  const first = Math.max(...signals.map(levelBegins))
  let obstacle: string | null = null
  for (let cut = first; cut <= blocks - minimumKept; cut++) {
    const found = signals.map((signal) => driftAround(signal, cut)).find((text) => text !== null)
    if (!found) return { state: 'steady', cut: cut === 0 ? 0 : seconds - (blocks - cut) * block }
    obstacle ??= found
  }
  return undecided(obstacle ?? 'the level changed within the last seconds')
}

const undecided = (reason: string): SteadyState => ({ state: 'undecided', reason })

const hasData = (second: SteadySecond): boolean =>
  second.count > 0 && second.p50Ms !== null && second.p50Ms > 0 && Number.isFinite(second.p50Ms)

/** Gaps take the value before them, or the first value at the start. */
function fillGaps(values: readonly number[]): number[] {
  let last = values.find((value) => !Number.isNaN(value)) ?? 0
  return values.map((value) => {
    if (!Number.isNaN(value)) last = value
    return last
  })
}

/** Medians of blocks that end with the last second; a remainder at the start belongs to no block. */
function inBlocks(values: readonly number[], block: number): number[] {
  const medians: number[] = []
  for (let start = values.length % block; start < values.length; start += block) {
    medians.push(median(values.slice(start, start + block)))
  }
  return medians
}

/** The noise is that of differences of neighbours: they know neither level nor steps, and their median no drift. */
function toSignal(values: readonly number[], samplingNoise: number): Signal {
  const differences = values.slice(1).map((value, index) => value - values[index]!)
  const noise = Math.max(samplingNoise, (noiseInflation * madDeviation(differences)) / Math.SQRT2)
  return { values, noise, tolerance: Math.max(levelTolerance, levelDeviations * noise) }
}

/** The truncation point that minimises the squared standard error of the mean of what is kept (White 1997). */
function mserTruncation(values: readonly number[]): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let start = 0; start <= values.length - minimumKept; start++) {
    const kept = values.slice(start)
    const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
    const error = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length ** 2
    if (error < least) {
      least = error
      best = start
    }
  }
  return best
}

/** The earliest block from which on the series is at the level that it ends on, a few outliers aside. */
function levelBegins({ values, tolerance }: Signal): number {
  const smooth = values.map((value, index) =>
    index === 0 || index === values.length - 1 ? value : median(values.slice(index - 1, index + 2)),
  )
  const level = median(values.slice(Math.max(mserTruncation(smooth), values.length >> 1)))
  const last = values.length - minimumKept
  const off = values.map((value) => Math.abs(value - level) > tolerance)
  for (let start = 0; start < last; start++) {
    const outliers = off.slice(start).filter(Boolean).length
    if (!off[start] && outliers <= outlierShare * (values.length - start)) return start
  }
  return last
}

/** What speaks against a steady state from block `cut` on, in words; null if nothing does. */
function driftAround(signal: Signal, cut: number): string | null {
  const kept = signal.values.slice(cut)
  const after = driftOf(kept, signal.tolerance)
  // Few blocks estimate their own noise badly: after the cut the evidence must be stronger.
  if (isDrift(after, 1.3)) return describe(after.change)
  const level = median(kept)
  const keptCost = costOf(
    kept.map((value) => value - level),
    signal.noise,
  )
  for (let start = 0; start < cut; start++) {
    const window = signal.values.slice(start)
    const transient = cut - start + Math.min(5 * (cut - start), transientPenalty)
    if (costOf(lineResiduals(window), signal.noise) > keptCost + transient) continue
    const whole = driftOf(window, signal.tolerance)
    if (isDrift(whole, 1)) return describe(whole.change)
  }
  const most = Math.abs(after.change) + tQuantile(0.95, after.freedom) * after.error
  return most > equivalenceBand ? 'too noisy to exclude a drift' : null
}

const describe = (change: number): string => `still ${change > 0 ? 'rising' : 'falling'}`

interface Drift {
  /** Change over the window (ln) and its standard error. */
  readonly change: number
  readonly error: number
  readonly freedom: number
}

const isDrift = (drift: Drift, factor: number): boolean =>
  Math.abs(drift.change) > negligibleDrift &&
  Math.abs(drift.change) > factor * tQuantile(0.99, drift.freedom) * drift.error

/**
 * Theil-Sen drift over a window with the standard error of a least-squares slope, widened for the lag-1
 * autocorrelation of what the line leaves, which short series underestimate (Marriott & Pope 1954).
 */
function driftOf(window: readonly number[], tolerance: number): Drift {
  const length = window.length
  const rest = lineResiduals(window).map((value) => Math.max(-tolerance, Math.min(tolerance, value)))
  const correlation = Math.min(0.8, Math.max(0, lag1(rest) + 2 / length))
  const spread = rest.reduce((sum, value) => sum + value * value, 0) / (length - 2)
  const variance = (spread * 12 * (1 + correlation)) / ((1 - correlation) * length * (length * length - 1))
  return {
    change: theilSen(window) * (length - 1),
    error: Math.sqrt(variance) * (length - 1),
    freedom: length - 2,
  }
}

function lineResiduals(window: readonly number[]): number[] {
  const slope = theilSen(window)
  const rest = window.map((value, index) => value - slope * index)
  const centre = median(rest)
  return rest.map((value) => value - centre)
}

/** Sum of squared deviations in units of the noise, each bounded at 6σ so that an outlier decides nothing. */
const costOf = (residuals: readonly number[], noise: number): number =>
  residuals.reduce((sum, value) => sum + Math.min(6, Math.abs(value) / Math.max(leastNoise, noise)) ** 2, 0)
