import { Histogram, type HistogramDelta } from './histogram.js'

/** A quarter of a second of the floor, by CLOCK_MONOTONIC. */
export interface NoiseInterval {
  readonly startUs: number
  readonly endUs: number
  readonly roundTrip: HistogramDelta | null
  readonly lateness: HistogramDelta | null
}

/** The floor within a window. Histograms of µs. */
export interface NoiseWindow {
  /** From the write of a ping to its whole echo: what a service time can't be below on this machine, now. */
  readonly roundTrip: Histogram
  /** How late each ping was sent after a sleep until its time; up to 1 ms of it is the resolution of timers. */
  readonly lateness: Histogram
}

/** 4,096 quarters of a second are 17 minutes; a few MB. */
const mostIntervals = 4_096

/**
 * The intervals of a floor, in bounded memory. Once they are more than allowed, each further one makes those two
 * neighbours one that are the shortest together. The shortest pair is no longer than the average pair, so that no
 * interval ever gets longer than about 2/`most` of the run.
 */
export class NoiseHistory {
  readonly #intervals: NoiseInterval[] = []
  readonly #most: number
  readonly #scratch = new Histogram()

  constructor(most = mostIntervals) {
    this.#most = most
  }

  get length(): number {
    return this.#intervals.length
  }

  add(interval: NoiseInterval): void {
    this.#intervals.push(interval)
    if (this.#intervals.length > this.#most) this.#mergeShortest()
  }

  /** What lies wholly between two instants of CLOCK_MONOTONIC in µs. */
  between(startUs: number, endUs: number): NoiseWindow {
    const roundTrip = new Histogram()
    const lateness = new Histogram()
    for (const interval of this.#intervals) {
      if (interval.startUs < startUs || interval.endUs > endUs) continue
      if (interval.roundTrip !== null) roundTrip.addDelta(interval.roundTrip)
      if (interval.lateness !== null) lateness.addDelta(interval.lateness)
    }
    return { roundTrip, lateness }
  }

  #mergeShortest(): void {
    const all = this.#intervals
    let shortest = Infinity
    let at = 0
    for (let next = 1; next < all.length; next++) {
      const span = all[next]!.endUs - all[next - 1]!.startUs
      if (span < shortest) {
        shortest = span
        at = next - 1
      }
    }
    all.splice(at, 2, mergeIntervals(all[at]!, all[at + 1]!, this.#scratch))
  }
}

function mergeIntervals(first: NoiseInterval, second: NoiseInterval, scratch: Histogram): NoiseInterval {
  const merge = (one: HistogramDelta | null, other: HistogramDelta | null): HistogramDelta | null => {
    if (one !== null) scratch.addDelta(one)
    if (other !== null) scratch.addDelta(other)
    return scratch.takeDelta()
  }
  return {
    startUs: first.startUs,
    endUs: second.endUs,
    roundTrip: merge(first.roundTrip, second.roundTrip),
    lateness: merge(first.lateness, second.lateness),
  }
}
