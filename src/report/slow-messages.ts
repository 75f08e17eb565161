/** When the slowest messages of the profiled window were open, for the flame graph of those times. */
export interface SlowMessages {
  /** So many of the slowest: 1 % of the window's, at most those that were kept whole. */
  readonly messages: number
  /** All of the window. */
  readonly of: number
  /** Response time of the fastest among them, in ms. */
  readonly thresholdMs: number
  /** While at least one was open: from and to, on CLOCK_MONOTONIC in µs. In order, without overlap. */
  readonly ranges: readonly TimeRange[]
}

export type TimeRange = readonly [fromUs: number, toUs: number]

/** Or why there is nothing to compare. */
export type SlowMessagesJson = SlowMessages | { readonly why: string }

/** A message kept whole; times in µs, `intendedUs` since the load started. */
export interface OpenMessage {
  readonly intendedUs: number
  readonly slipUs: number
  readonly waitUs: number
  readonly serviceUs: number
}

const slowestShare = 0.01

/**
 * The slowest 1 % of a window's messages, and when they were open: from when each was ready to be sent (what the
 * generator was late is not the target's) until its reply.
 * @param kept the slowest messages, as many as were kept
 * @param count all messages of the window
 * @param originUs start of the load on CLOCK_MONOTONIC
 */
export function slowMessages(
  kept: readonly OpenMessage[],
  count: number,
  originUs: number,
): SlowMessagesJson {
  const wanted = Math.min(kept.length, Math.floor(count * slowestShare))
  if (wanted === 0)
    return { why: `too few messages in the profiled window: ${count}, and 1 % is less than one` }
  const slowest = kept.toSorted((a, b) => responseUs(b) - responseUs(a)).slice(0, wanted)
  const ranges = slowest.map(({ intendedUs, slipUs, waitUs, serviceUs }): TimeRange => {
    const fromUs = originUs + intendedUs + slipUs
    return [fromUs, fromUs + waitUs + serviceUs]
  })
  return {
    messages: wanted,
    of: count,
    thresholdMs: responseUs(slowest.at(-1)!) / 1_000,
    ranges: mergeRanges(ranges),
  }
}

const responseUs = ({ slipUs, waitUs, serviceUs }: OpenMessage): number => slipUs + waitUs + serviceUs

/** Joins ranges that overlap or touch; those without length are left out. */
export function mergeRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const merged: [number, number][] = []
  for (const [fromUs, toUs] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (!(toUs > fromUs)) continue
    const last = merged.at(-1)
    if (last && fromUs <= last[1]) last[1] = Math.max(last[1], toUs)
    else merged.push([fromUs, toUs])
  }
  return merged
}
