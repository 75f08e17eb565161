import { monotonicUs } from '../../src/kernel/clock.js'

/** Burns CPU until CLOCK_MONOTONIC reaches `untilUs`; nothing else of the process runs meanwhile. */
export function burnUntil(untilUs: number): void {
  while (monotonicUs() < untilUs);
}
