/*
 * A flame graph on its way from the profile to the page. The shapes are those of profiling's `FlameProfile` and
 * `ProfileAnalysis`, which this room does not know.
 */

/** A function in a flame graph, or a line of one. */
export interface FlameDataFrame {
  readonly name: string
  /** A path or URL; empty where there is none. */
  readonly file: string
  /** 1-based; 0 where there is no source. */
  readonly line: number
  readonly category: string
}

/** What ran on one thread and when: each sample lasts until the next begins. */
export interface FlameStream {
  readonly pid: number
  readonly thread: string
  /** Start of the first sample on CLOCK_MONOTONIC. */
  readonly startUs: number
  /** Index of the node on top of the stack; −1 for idle. */
  readonly node: Int32Array
  readonly us: Float64Array
}

/** A call tree and, where the profiler tells times, its samples in the order of time. */
export interface FlameData {
  readonly unit: 'us' | 'bytes' | 'count'
  readonly frames: readonly FlameDataFrame[]
  /** Node 0 is the root, and parents come before their children. Idle time is in no node. */
  readonly nodes: {
    readonly frame: Int32Array
    /** −1 for the root. */
    readonly parent: Int32Array
    /** In `unit`, without the children. */
    readonly self: Float64Array
  }
  readonly streams: readonly FlameStream[]
}

export interface FlameHotFunction {
  readonly function: string
  readonly file: string
  readonly line: number
  /** Of on-CPU time. */
  readonly selfShare: number
  readonly totalShare: number
}

/** How busy a thread was. */
export interface FlameThread {
  readonly pid: number
  readonly thread: string
  readonly seconds: number
  readonly onCpuSeconds: number
  /** Of wall time. */
  readonly idleShare: number
}

/** What a profile says in figures. Shares are of on-CPU time (or of all bytes, or counts) where not said otherwise. */
export interface FlameSummary {
  /** Wall time of the recording. */
  readonly seconds?: number | undefined
  /** Of wall time; left out where the profiler sees no idle time, or there is none. */
  readonly idleShare?: number | undefined
  readonly categories: Readonly<Record<string, number>>
  readonly unattributed: number
  /** The collector's share again, by what the code that caused it was doing. */
  readonly gcCausedBy?: Readonly<Record<string, number>> | undefined
  readonly hottest: readonly FlameHotFunction[]
  /** Where there are several. */
  readonly threads?: readonly FlameThread[] | undefined
  /** What could not be trusted or found, such as a source map that is missing. */
  readonly problems?: readonly string[] | undefined
}

/** Nodes of a flame graph, the sums of all that are below them included. */
export function totalsOf(parent: Int32Array, self: Float64Array): Float64Array {
  const totals = Float64Array.from(self)
  for (let i = totals.length - 1; i > 0; i--) totals[parent[i]!]! += totals[i]!
  return totals
}
