/** The part of support.mjs that typed code uses. */
export class LogHistogram {
  count: number
  record(us: number): void
  quantileMs(q: number): number
  reset(): void
}
