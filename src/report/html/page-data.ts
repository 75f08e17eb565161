import type { ReportData } from '../report-data.js'
import type { ReportFlame } from '../report-flame.js'
import type { TimelineSecond } from '../timeline-second.js'

/** One point of the page's time line: a second of the run, or several of them where it has very many. */
export interface PageSecond extends TimelineSecond {
  /** Lowest and highest achieved rate of the seconds in this point; absent where it is one second. */
  readonly achievedRange?: readonly [low: number, high: number]
}

/** What the page finds in its JSON element: a `ReportData` whose time line is bounded. */
export interface PageData extends Omit<ReportData, 'timeline'> {
  readonly kind: 'run'
  readonly timeline: readonly PageSecond[]
  /** Seconds that a point of the time line stands for at most. */
  readonly secondsPerPoint: number
  readonly against: Against | null
}

/** The other run of a report that sets two against each other. */
export interface Against {
  readonly name: string
  /** What the run of the report is called beside it. */
  readonly ownName: string
  /** What keeps the two from being compared fairly, as sentences. */
  readonly notes: readonly string[]
  readonly flames: readonly ReportFlame[]
}

/** What the page of `plimsoll profile` finds there. */
export interface ProfilePage {
  readonly kind: 'profile'
  /** What was profiled: `node src/server.js, process 4242`. */
  readonly title: string
  /** How, when and how long; a sentence. */
  readonly subtitle: string
  readonly flames: readonly ReportFlame[]
  /** Further figures and settings. */
  readonly facts?: readonly (readonly [term: string, value: string])[]
  /** Of Plimsoll. */
  readonly version: string
}

export type PageContent = PageData | ProfilePage

/** The id of the JSON element. */
export const dataElementId = 'plimsoll-data'
