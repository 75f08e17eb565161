import { leastSquares } from './least-squares.js'
import { tQuantile } from './statistics.js'

/** One stretch of the load, and what was looking into the target in it. */
export interface LedgerSlot {
  /** Its place among the stretches. */
  readonly place: number
  readonly on: readonly string[]
  /** The target's CPU time for each reply, ns. */
  readonly cpuNsPerReply: number
  /** Replies a second. */
  readonly rate: number
}

/** A relative change, 0.05 for 5 % more, with its 95 % interval. */
export interface RelativeChange {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
}

export interface CollectorCost {
  readonly collector: string
  /** Of the target's CPU time for each reply. */
  readonly cpuPerReply: RelativeChange
  /** Of the replies a second: below 0 where the collector takes some away. Tells of a cost only in the closed model. */
  readonly rate: RelativeChange
}

/**
 * What each collector cost, from stretches with and without it in a balanced design (each on in half of them, any two
 * together in a quarter, none tied to the order): effects on the logarithm, beside a steady drift; the noise is what
 * remains. A stretch may be missing, which widens the intervals. Null where too few are left, or a stretch was idle.
 */
export function collectorCosts(
  slots: readonly LedgerSlot[],
  collectors: readonly string[],
): CollectorCost[] | null {
  if (slots.some(({ cpuNsPerReply, rate }) => cpuNsPerReply <= 0 || rate <= 0)) return null
  const cpu = effects(slots, collectors, ({ cpuNsPerReply }) => cpuNsPerReply)
  const rate = effects(slots, collectors, (slot) => slot.rate)
  if (cpu === null || rate === null) return null
  return collectors.map((collector, at) => ({ collector, cpuPerReply: cpu[at]!, rate: rate[at]! }))
}

function effects(
  slots: readonly LedgerSlot[],
  collectors: readonly string[],
  measure: (slot: LedgerSlot) => number,
): RelativeChange[] | null {
  const rows = slots.map(({ on, place }) => [
    ...collectors.map((collector) => (on.includes(collector) ? 1 : 0)),
    1,
    place,
  ])
  const fit = leastSquares(
    rows,
    slots.map((slot) => Math.log(measure(slot))),
  )
  if (fit === null) return null
  const margin = tQuantile(0.975, fit.freedom)
  return collectors.map((_, at) => {
    const effect = fit.coefficients[at]!
    const half = margin * fit.standardErrors[at]!
    return {
      value: Math.expm1(effect),
      interval: [Math.expm1(effect - half), Math.expm1(effect + half)],
    }
  })
}
