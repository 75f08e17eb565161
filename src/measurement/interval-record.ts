import { Histogram, type HistogramDelta } from './histogram.js'
import {
  emptyCounts,
  type IntervalDelta,
  type MessageMetric,
  messageMetrics,
  noneCensored,
} from './interval-delta.js'
import { NamedRecords } from './named-values.js'

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  take(): Record<string, number> {
    const counts = Object.fromEntries(this.#counts)
    this.#counts.clear()
    return counts
  }
}

/** Something happened in it. */
export const isTold = ({ counts, histograms, named }: IntervalDelta): boolean =>
  named.length > 0 || Object.keys(histograms).length > 0 || Object.values(counts).some((count) => count > 0)

/** All that is measured in one interval of the time line. */
export class IntervalRecord {
  bin = -1
  lastUse = 0
  counts = emptyCounts()
  readonly errors = new Tally()
  readonly connectionErrors = new Tally()
  censored = noneCensored()
  readonly response = new Histogram()
  readonly service = new Histogram()
  readonly wait = new Histogram()
  readonly slip = new Histogram()
  readonly ttfb = new Histogram()
  readonly named = new NamedRecords()

  take(): IntervalDelta {
    const histograms: Partial<Record<MessageMetric, HistogramDelta>> = {}
    for (const metric of messageMetrics) {
      const delta = this[metric].takeDelta()
      if (delta) histograms[metric] = delta
    }
    const delta = {
      bin: this.bin,
      counts: this.counts,
      errorsByKind: this.errors.take(),
      connectionErrorsByKind: this.connectionErrors.take(),
      histograms,
      censored: this.censored,
      named: this.named.take(),
    }
    this.counts = emptyCounts()
    this.censored = noneCensored()
    return delta
  }
}
