import { monotonicUs } from '../kernel/clock.js'
import { type Microseconds, microseconds } from '../kernel/units.js'
import { RateShape } from '../load/rate-shape.js'
import type { Histogram } from '../measurement/histogram.js'
import type { WindowTotals } from '../measurement/timeline.js'
import type { Evidence } from './evidence.js'

/** The measured window in numbers. Instants on CLOCK_MONOTONIC. */
export interface MeasuredWindow {
  readonly fromUs: Microseconds
  readonly toUs: Microseconds
  readonly seconds: number
  /** Since the load started. */
  readonly elapsedMs: number
  /** Messages that the plan asks for in the window; in the closed model those that were due. */
  readonly offered: number
  /** Messages that the generator was ready to send, on time or late. */
  readonly dispatched: number
  readonly dispatchedRate: number
  readonly achievedRate: number
  readonly floor: Histogram | null
}

/** The measured window as far as it has come. */
export function measuredWindow(
  { plan, timeline, originUs, floor }: Evidence,
  { counts, histograms }: WindowTotals,
): MeasuredWindow {
  const started = !Number.isNaN(originUs)
  const now = started ? monotonicUs() - originUs : 0
  const { measureFromUs, measureToUs } = timeline.windows
  const from = Math.min(measureFromUs, now)
  const to = Math.max(from, Math.min(measureToUs, now))
  const seconds = (to - from) / 1e6
  const asked = plan.rate === null ? 0 : Math.floor(new RateShape(plan.rate).cumulative(seconds))
  // Of sessions the schedule is one of arrivals; what each then sends is its own affair.
  const due = plan.sessions ? counts.sessionsStarted + counts.shed : counts.due
  const dispatched = plan.sessions ? due : histograms.slip.count + counts.shed - counts.shedLate
  const perSecond = (count: number): number => (seconds > 0 ? count / seconds : 0)
  const fromUs = microseconds(started ? originUs + from : 0)
  const toUs = microseconds(started ? originUs + to : 0)
  return {
    fromUs,
    toUs,
    seconds,
    elapsedMs: now / 1_000,
    offered: plan.arrival === 'poisson' ? due : Math.max(asked, due),
    dispatched,
    dispatchedRate: perSecond(dispatched),
    achievedRate: perSecond(counts.arrived),
    floor: started && seconds > 0 ? (floor?.between(fromUs, toUs).roundTrip ?? null) : null,
  }
}
