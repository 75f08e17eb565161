import type { ReportData, TimelineSecond } from '../run-json.js'
import type { FlatFlame } from './flat-flame.js'

/** One point of the page's time line: a second of the run, or several of them where it has very many. */
export interface PageSecond extends TimelineSecond {
  /** Lowest and highest achieved rate of the seconds in this point; absent where it is one second. */
  readonly achievedRange?: readonly [low: number, high: number]
}

/** What the page finds in its JSON element: a `ReportData` whose flame graph is flat and whose time line is bounded. */
export interface PageData extends Omit<ReportData, 'flame' | 'timeline'> {
  readonly flame: FlatFlame | null
  readonly timeline: readonly PageSecond[]
  /** Seconds that a point of the time line stands for at most. */
  readonly secondsPerPoint: number
}

/** The id of the JSON element. */
export const dataElementId = 'plimsoll-data'
