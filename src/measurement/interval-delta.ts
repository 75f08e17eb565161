import type { HistogramDelta } from './histogram.js'
import type { NamedDelta } from './named-values.js'
import type { PackedRows } from './top-sample.js'

/** The histograms kept for messages, all in µs. */
export const messageMetrics = ['response', 'service', 'wait', 'slip', 'ttfb'] as const
export type MessageMetric = (typeof messageMetrics)[number]

/** The histograms kept for connects, in µs: from the first packet to a usable connection, and its parts. */
export const connectMetrics = ['connect', 'tcp', 'tls', 'handshake'] as const
export type ConnectMetric = (typeof connectMetrics)[number]

/** What is counted for each interval. */
export const intervalCounters = [
  'due',
  'sent',
  /** Valid replies to messages due in the interval. */
  'received',
  /** Valid replies that arrived in the interval, whenever their message was due. */
  'arrived',
  /** Replies that are errors themselves (http-503). */
  'invalid',
  'shed',
  /** Those of the shed that the generator, being late, never got to. */
  'shedLate',
  'timeouts',
  'unmatched',
  'pushed',
  'bytesSent',
  'bytesReceived',
  'connectionsOpened',
  'connectionsFailed',
  'connectionsLost',
  /** Connections opened with a short TLS handshake. */
  'tlsResumed',
  /** Connections on which compression was agreed. */
  'compressed',
  'sessionsStarted',
  'sessionsCompleted',
  'sessionsFailed',
  /** The load ended before they did. */
  'sessionsUnfinished',
  /** Messages of sessions that wait for no reply. */
  'posted',
] as const
export type IntervalCounter = (typeof intervalCounters)[number]
export type IntervalCounts = Record<IntervalCounter, number>

/** A literal, so that the engine lays it out as a record and not as a dictionary. */
export const emptyCounts = (): IntervalCounts => ({
  due: 0,
  sent: 0,
  received: 0,
  arrived: 0,
  invalid: 0,
  shed: 0,
  shedLate: 0,
  timeouts: 0,
  unmatched: 0,
  pushed: 0,
  bytesSent: 0,
  bytesReceived: 0,
  connectionsOpened: 0,
  connectionsFailed: 0,
  connectionsLost: 0,
  tlsResumed: 0,
  compressed: 0,
  sessionsStarted: 0,
  sessionsCompleted: 0,
  sessionsFailed: 0,
  sessionsUnfinished: 0,
  posted: 0,
})

/** The histograms that hold lower bounds: of messages that never got as far as a reply. */
export const censoredMetrics = ['response', 'service', 'wait'] as const
export type CensoredMetric = (typeof censoredMetrics)[number]

/** How many values of a histogram are lower bounds, and the lowest of them; Infinity if there are none. */
export interface Censoring {
  count: number
  minUs: number
}
export type Censored = Record<CensoredMetric, Censoring>

export const noneCensored = (): Censored => ({
  response: { count: 0, minUs: Number.POSITIVE_INFINITY },
  service: { count: 0, minUs: Number.POSITIVE_INFINITY },
  wait: { count: 0, minUs: Number.POSITIVE_INFINITY },
})

export function addCensored(into: Censored, from: Censored): void {
  for (const metric of censoredMetrics) {
    into[metric].count += from[metric].count
    into[metric].minUs = Math.min(into[metric].minUs, from[metric].minUs)
  }
}

/** What happened in one interval of the time line since the last delta. Plain data, additive. */
export interface IntervalDelta {
  readonly bin: number
  readonly counts: IntervalCounts
  /** Of messages, by the interval they were due in. */
  readonly errorsByKind: Readonly<Record<string, number>>
  /** Of connections that failed or were lost, by the interval in which it happened. */
  readonly connectionErrorsByKind: Readonly<Record<string, number>>
  readonly histograms: Partial<Record<MessageMetric, HistogramDelta>>
  readonly censored: Censored
  /** By names of the scenario. */
  readonly named: readonly NamedDelta[]
}

/** What a worker has measured since it was last asked. */
export interface RecorderDelta {
  readonly intervals: readonly IntervalDelta[]
  readonly connects: Readonly<Record<ConnectMetric, HistogramDelta | null>>
  readonly slowest: PackedRows
  readonly random: PackedRows
  /** Names of the error numbers in the sample rows. */
  readonly errorKinds: readonly string[]
  /** One text each of the kinds of connection errors, as the system or the protocol gave it. */
  readonly errorDetails: Readonly<Record<string, string>>
  /** What sessions threw, with its place, and how often. */
  readonly sessionErrors: Readonly<Record<string, number>>
}
