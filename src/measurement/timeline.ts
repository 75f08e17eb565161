import { intervalOf, type LoadPhase, type Phase, type Windows } from '../load/windows.js'
import { type Exemplar, Exemplars } from './exemplars.js'
import { HeatMap } from './heat-map.js'
import { Histogram } from './histogram.js'
import {
  addCensored,
  connectMetrics,
  emptyCounts,
  type IntervalCounts,
  type IntervalDelta,
  intervalCounters,
  type MessageMetric,
  messageMetrics,
  noneCensored,
  type RecorderDelta,
} from './interval-delta.js'
import { NamedTotals } from './named-values.js'

/** Percentiles of one interval, in µs. */
export interface IntervalPercentiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** One interval of the time line, all workers together. */
export interface TimelineRow {
  readonly bin: number
  readonly phase: LoadPhase
  readonly startUs: number
  readonly endUs: number
  readonly counts: IntervalCounts
  readonly errorsByKind: Readonly<Record<string, number>>
  readonly percentiles: Readonly<Record<MessageMetric, IntervalPercentiles>>
}

/** What was counted in one window of the run. */
export class WindowCounts {
  readonly counts = emptyCounts()
  readonly errorsByKind: Record<string, number> = {}
  readonly connectionErrorsByKind: Record<string, number> = {}
  readonly censored = noneCensored()

  add(delta: Omit<IntervalDelta, 'bin' | 'histograms' | 'named'>): void {
    for (const name of intervalCounters) this.counts[name] += delta.counts[name]
    addCounts(this.errorsByKind, delta.errorsByKind)
    addCounts(this.connectionErrorsByKind, delta.connectionErrorsByKind)
    addCensored(this.censored, delta.censored)
  }
}

/** All that was measured in one window of the run. */
export class WindowTotals extends WindowCounts {
  readonly histograms = newHistograms()
  readonly named = new NamedTotals()

  addDelta(delta: IntervalDelta): void {
    this.add(delta)
    this.named.add(delta.named)
    addHistograms(this.histograms, delta)
  }

  addTotals(other: WindowTotals): void {
    this.add(other)
    this.named.addTotals(other.named)
    for (const metric of messageMetrics) this.histograms[metric].add(other.histograms[metric])
  }
}

type MessageHistograms = Record<MessageMetric, Histogram>

const newHistograms = (): MessageHistograms =>
  Object.fromEntries(messageMetrics.map((metric) => [metric, new Histogram()])) as MessageHistograms

function addHistograms(into: MessageHistograms, delta: IntervalDelta): void {
  for (const metric of messageMetrics) {
    const histogram = delta.histograms[metric]
    if (histogram) into[metric].addDelta(histogram)
  }
}

const mostSessionErrors = 50

function addBounded(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [error, count] of Object.entries(from)) {
    const known = into[error] !== undefined || Object.keys(into).length < mostSessionErrors
    if (known) into[error] = (into[error] ?? 0) + count
  }
}

export function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [kind, count] of Object.entries(from)) into[kind] = (into[kind] ?? 0) + count
}

/** Some intervals together, for the eyes of whoever waits. */
export interface RecentIntervals {
  readonly response: Histogram
  readonly arrived: number
  /** Messages that the generator was ready to send, on time or late. */
  readonly dispatched: number
  readonly sessionsStarted: number
}

interface OpenInterval {
  readonly deltas: IntervalDelta[]
}

/**
 * Puts the deltas of all workers together by interval. An interval stays open, as sparse deltas, until no more
 * replies to it can come and its window is known; then it is folded into the totals of its window and only a row
 * of numbers remains. So memory grows by one row a second.
 */
export class Timeline {
  readonly connects = {
    connect: new Histogram(),
    tcp: new Histogram(),
    tls: new Histogram(),
    handshake: new Histogram(),
  }
  readonly errorDetails: Record<string, string> = {}
  readonly heatMap = new HeatMap()
  /** What sessions threw, and how often; a bounded number of different texts. */
  readonly sessionErrors: Record<string, number> = {}
  #windows: Windows
  readonly #settleUs: number
  readonly #onFold: (row: TimelineRow, histograms: Readonly<Record<MessageMetric, Histogram>>) => void
  readonly #open = new Map<number, OpenInterval>()
  readonly #rows = new Map<number, TimelineRow>()
  readonly #totals: Record<Phase, WindowTotals> = {
    warmup: new WindowTotals(),
    measured: new WindowTotals(),
    control: new WindowTotals(),
    settling: new WindowTotals(),
    profiled: new WindowTotals(),
    drain: new WindowTotals(),
  }
  /** Histograms are large: one set serves every summary of an interval. */
  readonly #scratch = newHistograms()
  readonly #recent = new Histogram()
  readonly #exemplars: Exemplars

  /**
   * @param settleUs so long after its end an interval may still change (the timeout, and the way here)
   * @param onFold told of each interval when it is final, and once more of what comes late to it; the histograms are
   *   valid during the call only
   */
  constructor(
    windows: Windows,
    settleUs: number,
    onFold: (row: TimelineRow, histograms: Readonly<Record<MessageMetric, Histogram>>) => void,
  ) {
    this.#windows = windows
    this.#exemplars = new Exemplars(windows)
    this.#settleUs = settleUs
    this.#onFold = onFold
  }

  get windows(): Windows {
    return this.#windows
  }

  set windows(windows: Windows) {
    this.#windows = windows
    this.#exemplars.windows = windows
  }

  add(delta: RecorderDelta): void {
    for (const interval of delta.intervals) {
      const folded = this.#rows.has(interval.bin) && !this.#open.has(interval.bin)
      if (folded) this.#addLate(interval)
      else this.#openAt(interval.bin).deltas.push(interval)
    }
    for (const metric of connectMetrics) {
      const connects = delta.connects[metric]
      if (connects) this.connects[metric].addDelta(connects)
    }
    Object.assign(this.errorDetails, delta.errorDetails)
    addBounded(this.sessionErrors, delta.sessionErrors)
    this.#exemplars.add(delta)
  }

  /** Folds what is final by now (µs since the load started); all of it at the end of the run. */
  fold(nowUs: number): void {
    for (const bin of [...this.#open.keys()].sort((a, b) => a - b)) {
      if (!Number.isFinite(this.#windows.measureFromUs) && nowUs !== Number.POSITIVE_INFINITY) return
      const { endUs } = intervalOf(this.#windows, bin)
      if (nowUs < endUs + this.#settleUs) continue
      this.#fold(bin)
    }
  }

  /** Every interval of the load so far, in order of time; open ones as they are. */
  rows(): TimelineRow[] {
    const rows = [...this.#rows.values()]
    for (const [bin, { deltas }] of this.#open) {
      const row = this.#summarize(bin, deltas)
      if (row) rows.push(row)
    }
    return rows.sort((a, b) => a.bin - b.bin)
  }

  /**
   * What the progress shows of the intervals from `firstBin` up to before `endBin`. The histogram is valid until the
   * next call.
   */
  recent(firstBin: number, endBin: number): RecentIntervals {
    const response = this.#recent
    response.reset()
    let arrived = 0
    let dispatched = 0
    let sessionsStarted = 0
    for (const [bin, { deltas }] of this.#open) {
      if (bin < firstBin || bin >= endBin) continue
      for (const { counts, histograms } of deltas) {
        arrived += counts.arrived
        dispatched += counts.shed - counts.shedLate
        sessionsStarted += counts.sessionsStarted
        for (const count of histograms.slip?.counts ?? []) dispatched += count
        if (histograms.response) response.addDelta(histograms.response)
      }
    }
    return { response, arrived, dispatched, sessionsStarted }
  }

  /** The counts of a window as it stands, open intervals included; far cheaper than its totals. */
  counts(phase: Phase): WindowCounts {
    const counts = new WindowCounts()
    counts.add(this.#totals[phase])
    for (const delta of this.#openDeltas(phase)) counts.add(delta)
    return counts
  }

  /** A window as it stands, open intervals included. */
  totals(phase: Phase): WindowTotals {
    const totals = new WindowTotals()
    totals.addTotals(this.#totals[phase])
    for (const delta of this.#openDeltas(phase)) totals.addDelta(delta)
    return totals
  }

  /** The slowest and the sampled messages of a window. */
  exemplars(phase: LoadPhase): Exemplar[] {
    return this.#exemplars.of(phase)
  }

  /** Its row stands; the totals and whoever keeps the histograms still get it. */
  #addLate(interval: IntervalDelta): void {
    this.#totals[intervalOf(this.#windows, interval.bin).phase].addDelta(interval)
    const late = this.#summarize(interval.bin, [interval])
    if (late) this.#onFold(late, this.#scratch)
  }

  #openAt(bin: number): OpenInterval {
    let interval = this.#open.get(bin)
    if (!interval) {
      interval = { deltas: [] }
      this.#open.set(bin, interval)
    }
    return interval
  }

  *#openDeltas(phase: Phase): Generator<IntervalDelta> {
    for (const [bin, { deltas }] of this.#open) {
      if (intervalOf(this.#windows, bin).phase === phase) yield* deltas
    }
  }

  #fold(bin: number): void {
    const { deltas } = this.#open.get(bin)!
    this.#open.delete(bin)
    const totals = this.#totals[intervalOf(this.#windows, bin).phase]
    for (const delta of deltas) totals.addDelta(delta)
    const row = this.#summarize(bin, deltas)
    if (!row) return
    this.#rows.set(bin, row)
    this.heatMap.add(row, this.#scratch.response)
    this.#onFold(row, this.#scratch)
  }

  /**
   * The numbers of one interval, and its histograms in the scratch ones until the next call. Null for the drain,
   * which is no part of the time line.
   */
  #summarize(bin: number, deltas: readonly IntervalDelta[]): TimelineRow | null {
    const { phase, startUs, endUs } = intervalOf(this.#windows, bin)
    if (phase === 'drain') return null
    const sums = new WindowCounts()
    for (const metric of messageMetrics) this.#scratch[metric].reset()
    for (const delta of deltas) {
      sums.add(delta)
      addHistograms(this.#scratch, delta)
    }
    const errorsByKind = { ...sums.errorsByKind }
    addCounts(errorsByKind, sums.connectionErrorsByKind)
    const percentiles = Object.fromEntries(
      messageMetrics.map((metric) => [metric, percentilesOf(this.#scratch[metric])]),
    ) as Record<MessageMetric, IntervalPercentiles>
    return { bin, phase, startUs, endUs, counts: sums.counts, errorsByKind, percentiles }
  }
}

function percentilesOf(histogram: Histogram): IntervalPercentiles {
  return {
    count: histogram.count,
    p50: histogram.valueAtQuantile(0.5),
    p90: histogram.valueAtQuantile(0.9),
    p99: histogram.valueAtQuantile(0.99),
    p999: histogram.valueAtQuantile(0.999),
    max: histogram.max,
  }
}
