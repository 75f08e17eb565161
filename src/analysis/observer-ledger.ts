import { tQuantile } from './statistics.js'

/** One stretch of the load, and what was looking into the target in it. */
export interface LedgerSlot {
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
 * together in a quarter, none tied to the order): effects are differences of mean logarithms; the noise is what
 * remains after all effects and a steady drift. Null where a stretch is missing, or too few remain to tell the noise.
 */
export function collectorCosts(
  slots: readonly LedgerSlot[],
  collectors: readonly string[],
): CollectorCost[] | null {
  const freedom = slots.length - 2 - collectors.length
  const whole = slots.every(({ cpuNsPerReply, rate }) => cpuNsPerReply > 0 && rate > 0)
  if (freedom < 1 || !whole) return null
  const cpu = effects(slots, collectors, freedom, ({ cpuNsPerReply }) => cpuNsPerReply)
  const rate = effects(slots, collectors, freedom, (slot) => slot.rate)
  return collectors.map((collector, at) => ({ collector, cpuPerReply: cpu[at]!, rate: rate[at]! }))
}

function effects(
  slots: readonly LedgerSlot[],
  collectors: readonly string[],
  freedom: number,
  measure: (slot: LedgerSlot) => number,
): RelativeChange[] {
  const values = slots.map((slot) => Math.log(measure(slot)))
  const signs = collectors.map((collector) => slots.map(({ on }) => (on.includes(collector) ? 0.5 : -0.5)))
  const trend = slots.map((_, place) => place - (slots.length - 1) / 2)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const columns = [...signs, trend]
  const slopes = columns.map((column) => dot(column, values) / dot(column, column))
  const residuals = values.map(
    (value, place) => value - mean - slopes.reduce((sum, slope, at) => sum + slope * columns[at]![place]!, 0),
  )
  const variance = dot(residuals, residuals) / freedom
  const margin = tQuantile(0.975, freedom)
  return signs.map((column, at) => {
    const half = margin * Math.sqrt(variance / dot(column, column))
    const effect = slopes[at]!
    return {
      value: Math.expm1(effect),
      interval: [Math.expm1(effect - half), Math.expm1(effect + half)],
    }
  })
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, place) => sum + value * b[place]!, 0)
