import { Random } from '../../src/kernel/random.js'

export const laws = ['bimodal', 'heavy'] as const
export type Law = (typeof laws)[number]

/** Messages after which a law has been fulfilled exactly, and begins anew. */
export const cycleLength = 1_000

const heavyMedianMs = 2
const heavyCapMs = 500
/**
 * 1/α of the Pareto distribution Q(q) = x · (1 − q)^(−1/α) through p50 = 2 ms and p99.9 = 500 ms:
 * Q(0.999)/Q(0.5) = 500^(1/α) = 250.
 */
const heavyInverseShape = Math.log(heavyCapMs / heavyMedianMs) / Math.log(0.5 / 0.001)

/**
 * The true quantile of a law in ms: of a whole number of cycles, the share `q` (0 … 1) of latencies is at or
 * below it.
 */
export function lawQuantile(law: Law, q: number): number {
  // The product may miss a whole rank by a rounding error (0.999 · 1000 is one).
  const rank = Math.min(cycleLength, Math.max(1, Math.ceil(q * cycleLength - 1e-6)))
  return latencyAtRank(law, rank)
}

function latencyAtRank(law: Law, rank: number): number {
  const q = rank / cycleLength
  if (law === 'bimodal') return q <= 0.9 ? 5 : 50
  const pareto = heavyMedianMs * ((1 - q) / 0.5) ** -heavyInverseShape
  return Math.min(heavyCapMs, pareto)
}

/** One cycle of a law: every rank once, in an order that the seed decides. In ms. */
export function lawCycle(law: Law, seed: number): Float64Array {
  const cycle = Float64Array.from({ length: cycleLength }, (_, index) => latencyAtRank(law, index + 1))
  const random = new Random(seed)
  for (let last = cycle.length - 1; last > 0; last--) {
    const other = random.integer(0, last)
    const moved = cycle[last]!
    cycle[last] = cycle[other]!
    cycle[other] = moved
  }
  return cycle
}
