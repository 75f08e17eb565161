import type { Category } from './categories.js'

/** A function in a flame graph, or a line of one. */
export interface ProfiledFrame {
  readonly name: string
  /** A path or URL; `native` for code of the engine; empty where there is none. */
  readonly file: string
  /** 1-based; 0 where there is no source. */
  readonly line: number
  readonly category: Category
}

/**
 * What was on the stack and when: what flame graphs are drawn from, whichever profiler it came from. Where it holds
 * several threads, the children of the root are the threads.
 */
export interface FlameProfile {
  readonly unit: 'us' | 'bytes' | 'count'
  /** Distinct frames, as nodes refer to them. */
  readonly frames: readonly ProfiledFrame[]
  /** The call tree: node 0 is the root, parents come before their children. Idle time is in no node, nor is what Plimsoll itself did there. */
  readonly nodes: {
    /** Index of the frame. */
    readonly frame: Int32Array
    /** Index of the parent; −1 for the root. */
    readonly parent: Int32Array
    /** In `unit`, without the children. */
    readonly self: Float64Array
  }
  /** What ran when, one stream a thread; empty where the profiler tells no times. */
  readonly streams: readonly SampleStream[]
}

/** Samples of one thread in the order of time, without gaps: each lasts until the next begins. */
export interface SampleStream {
  readonly pid: number
  /** `main`, or what the thread is called. */
  readonly thread: string
  /** Start of the first sample on CLOCK_MONOTONIC. */
  readonly startUs: number
  /** Index of the node on top of the stack; −1 for idle, and for what is set apart. */
  readonly node: Int32Array
  /** How long each sample stands for. */
  readonly us: Float64Array
}
