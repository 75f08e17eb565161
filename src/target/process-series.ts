import type { Microseconds } from '../kernel/units.js'
import { BoundedSeries, type LevelMeans, type SeriesMeans } from './bounded-series.js'

/** Means over a stretch of time; null where nothing was seen, or the system does not tell. */
export interface ProcessMeans {
  /** Of one core: 200 for two cores used whole. */
  readonly cpuPercent: number | null
  /** Time that threads were ready to run and waited for a core, of one core. */
  readonly runQueueWaitPercent: number | null
  readonly rssBytes: number | null
  readonly rssMaxBytes: number | null
  readonly threads: number | null
  readonly descriptors: number | null
}

export interface ProcessSecond extends ProcessMeans {
  /** Seconds since the start instant, at the start of the interval. */
  readonly at: number
  /** Length of the interval in seconds: 1, and more once a very long run was coarsened. */
  readonly length: number
}

/** What was seen between two looks. Times in ns; null where the system does not tell. */
export interface ProcessInterval {
  readonly startUs: number
  readonly endUs: number
  readonly cpuNs: number | null
  readonly runQueueWaitNs: number | null
  readonly rssBytes: number | null
  readonly threads: number | null
  readonly descriptors: number | null
}

const flows = ['cpuNs', 'runQueueWaitNs'] as const
const levels = ['rssBytes', 'threads', 'descriptors'] as const
type Means = SeriesMeans<(typeof flows)[number], (typeof levels)[number]>

/** What a process used, by second, in bounded memory. */
export class ProcessSeries {
  readonly startUs: number
  readonly #series: BoundedSeries<(typeof flows)[number], (typeof levels)[number]>

  constructor(startUs: Microseconds, maxSeconds?: number) {
    this.startUs = startUs
    this.#series = new BoundedSeries(startUs, flows, levels, maxSeconds)
  }

  /** Spreads an interval over the seconds that it touches; what lies before the start instant is dropped. */
  add(interval: ProcessInterval): void {
    if (interval.endUs <= interval.startUs) return
    this.#series.addFlows(interval.startUs, interval.endUs, interval)
    this.#series.addLevels(interval.endUs, interval)
  }

  /** Means over `[startUs, endUs)`, instants of the monotonic clock. Seconds that the ends cut count by their part. */
  between(startUs: number, endUs: number): ProcessMeans {
    return meansOf(this.#series.between(startUs, endUs))
  }

  /** The series so far; seconds in which nothing was seen are missing. */
  seconds(): ProcessSecond[] {
    return this.#series.rows().map((row) => ({ at: row.at, length: row.length, ...meansOf(row) }))
  }
}

function meansOf({ flows, levels }: Means): ProcessMeans {
  const ofOneCore = (nsPerSecond: number | undefined): number | null =>
    nsPerSecond === undefined ? null : nsPerSecond / 1e7
  const whole = (level: LevelMeans | null): number | null => level && Math.round(level.mean)
  return {
    cpuPercent: ofOneCore(flows.cpuNs?.perSecond),
    runQueueWaitPercent: ofOneCore(flows.runQueueWaitNs?.perSecond),
    rssBytes: whole(levels.rssBytes),
    rssMaxBytes: levels.rssBytes?.max ?? null,
    threads: levels.threads?.mean ?? null,
    descriptors: levels.descriptors?.mean ?? null,
  }
}
