/**
 * What analysis needs to know of a distribution of durations; the measurement room's histogram satisfies it.
 * All values are in µs.
 */
export interface Distribution {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** The smallest recorded value that at least the share `quantile` (0 … 1) of all values does not exceed. */
  valueAtQuantile(quantile: number): number
  /** How many values are greater than `us`. */
  countAbove(us: number): number
}
