import type { Microseconds } from './units.js'

const offsetUs = Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000

/**
 * CLOCK_MONOTONIC in microseconds with a nanosecond fraction: the same clock in every process and thread of the
 * host. `performance.now()` reads it without allocating; the offset turns it from process time into host time.
 */
export const monotonicUs = (): Microseconds => (performance.now() * 1_000 + offsetUs) as Microseconds

/** A source of time; tests pass a virtual one. */
export type Clock = () => Microseconds
