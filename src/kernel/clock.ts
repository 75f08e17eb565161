// The global `performance` is an accessor; the import is not.
import { performance } from 'node:perf_hooks'
import type { Microseconds } from './units.js'

/**
 * The difference between host time and process time, in µs. The first reads load code and take milliseconds, so
 * the pair that lies closest together counts.
 */
function measureOffsetUs(): number {
  let offset = 0
  let closest = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 20; attempt++) {
    const before = performance.now()
    const host = process.hrtime.bigint()
    const after = performance.now()
    if (after - before >= closest) continue
    closest = after - before
    offset = Number(host) / 1_000 - ((before + after) / 2) * 1_000
  }
  return offset
}

const offsetUs = measureOffsetUs()

/**
 * CLOCK_MONOTONIC in microseconds with a nanosecond fraction: the same clock in every process and thread of the
 * host, to a few µs. `performance.now()` reads it without allocating; the offset turns process time into host time.
 */
export const monotonicUs = (): Microseconds => (performance.now() * 1_000 + offsetUs) as Microseconds

/** A source of time; tests pass a virtual one. */
export type Clock = () => Microseconds
