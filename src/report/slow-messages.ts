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
 * @param recorded what the profile spans: a message that was slow while the profiler started tells nothing
 */
export function slowMessages(
  kept: readonly OpenMessage[],
  count: number,
  originUs: number,
  recorded: TimeRange,
): SlowMessagesJson {
  const most = Math.floor(count * slowestShare)
  if (most === 0)
    return { why: `too few messages in the profiled window: ${count}, and 1 % is less than one` }
  const openOf = ({ intendedUs, slipUs, waitUs, serviceUs }: OpenMessage): TimeRange => {
    const fromUs = originUs + intendedUs + slipUs
    return [fromUs, fromUs + waitUs + serviceUs]
  }
  const slowest = kept
    .toSorted((a, b) => responseUs(b) - responseUs(a))
    .slice(0, most)
    .filter((message) => overlap(openOf(message), recorded))
  if (slowest.length === 0) return { why: 'no slow message was open while the profiler recorded' }
  return {
    messages: slowest.length,
    of: count,
    thresholdMs: responseUs(slowest.at(-1)!) / 1_000,
    ranges: mergeRanges(slowest.map(openOf)),
  }
}

const overlap = (a: TimeRange, b: TimeRange): boolean => a[0] < b[1] && b[0] < a[1]

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
