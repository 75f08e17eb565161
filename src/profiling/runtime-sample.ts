/** Pauses of the garbage collector of one kind. */
export interface GcPauses {
  readonly count: number
  readonly ms: number
}

export const gcKinds = ['minor', 'major', 'incremental', 'weak'] as const
/** As `perf_hooks` tells them apart; `weak` is the processing of weak callbacks after a collection. */
export type GcKind = (typeof gcKinds)[number]

/**
 * How much later than asked a timer of 20 ms came: what an event waits for the loop. A stall that still goes on counts
 * with the time it has taken. A CPU profiler changes it by less than 1 ms.
 */
export interface LoopDelay {
  /** To within 5 %. */
  readonly p50Ms: number
  /** To within 5 %. Of a second's 50 timers it is the longest. */
  readonly p99Ms: number
  readonly maxMs: number
}

/** What a Node process says about itself since the sample before (the first: since it was attached to). */
export interface RuntimeSample {
  /** 0…1; null where a CPU profiler ran in the interval, since it keeps waking the loop. */
  readonly eventLoopUtilization: number | null
  /** Null where the interval was shorter than its timer. */
  readonly loopDelay: LoopDelay | null
  readonly gc: Readonly<Record<GcKind, GcPauses>>
  /** Sums of `gc`. */
  readonly gcMs: number
  readonly gcCount: number
  /** What lived after the last major collection of the interval; null if there was none. */
  readonly heapAfterMajorBytes: number | null
  readonly heapUsedBytes: number
  readonly heapTotalBytes: number
  /** Memory of C++ objects bound to JavaScript ones, `arrayBuffersBytes` included. */
  readonly externalBytes: number
  readonly arrayBuffersBytes: number
  readonly rssBytes: number
}

/** Totals of a Node process since the probe was installed, or since its start (event loop). */
export interface RuntimeTotals {
  /** ms in which the event loop waited for the kernel, and in which it did not. */
  readonly loopIdleMs: number
  readonly loopActiveMs: number
  /** Since the reading before. */
  readonly loopDelay: LoopDelay | null
  readonly gc: Readonly<Record<GcKind, GcPauses>>
  /** After the last of the major collections that `gc` counts. */
  readonly heapAfterMajorBytes: number | null
  readonly heapUsedBytes: number
  readonly heapTotalBytes: number
  readonly externalBytes: number
  readonly arrayBuffersBytes: number
  readonly rssBytes: number
}

/** What happened between two readings. `disturbed`: a CPU profiler ran in between. */
export function sampleBetween(before: RuntimeTotals, now: RuntimeTotals, disturbed: boolean): RuntimeSample {
  const activeMs = now.loopActiveMs - before.loopActiveMs
  const wholeMs = now.loopIdleMs - before.loopIdleMs + activeMs
  const gc = gcBetween(before, now)
  return {
    eventLoopUtilization: disturbed || !(wholeMs > 0) ? null : Math.min(1, Math.max(0, activeMs / wholeMs)),
    loopDelay: now.loopDelay,
    gc,
    gcMs: gcKinds.reduce((sum, kind) => sum + gc[kind].ms, 0),
    gcCount: gcKinds.reduce((sum, kind) => sum + gc[kind].count, 0),
    heapAfterMajorBytes: gc.major.count > 0 ? now.heapAfterMajorBytes : null,
    heapUsedBytes: now.heapUsedBytes,
    heapTotalBytes: now.heapTotalBytes,
    externalBytes: now.externalBytes,
    arrayBuffersBytes: now.arrayBuffersBytes,
    rssBytes: now.rssBytes,
  }
}

function gcBetween(before: RuntimeTotals, now: RuntimeTotals): Record<GcKind, GcPauses> {
  const since = (kind: GcKind): GcPauses => ({
    count: Math.max(0, now.gc[kind].count - before.gc[kind].count),
    ms: Math.max(0, now.gc[kind].ms - before.gc[kind].ms),
  })
  return {
    minor: since('minor'),
    major: since('major'),
    incremental: since('incremental'),
    weak: since('weak'),
  }
}
