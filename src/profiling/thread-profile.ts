import type { CpuProfile, ProfileNode } from './cpu-profile.js'

/** Where the text of a function stands in its script, from `function` (or its like) to the last brace. */
export interface FunctionExtent {
  /** Empty for one without a name. */
  readonly name: string
  /** Index of the first UTF-16 code unit, and of the one after the last. */
  readonly start: number
  readonly end: number
}

/** A script as the engine compiled it, which need not be what now lies on disk. */
export interface ScriptText {
  readonly source: string | null
  /** What the script says of its source map: a path, a URL or a `data:` URL. */
  readonly sourceMapUrl: string | null
  /**
   * The functions that the engine has met in it. Before Node 26 V8 charges inlined functions to the function that they
   * were inlined into, but its `positionTicks` tell the lines truly: a tick outside of the function of its node belongs
   * to the function around that line, or to another script.
   */
  readonly functions?: readonly FunctionExtent[]
}

/** The CPU profile of one thread of a Node process. */
export interface ThreadProfile {
  readonly pid: number
  /** 0 for the main thread. */
  readonly threadId: number
  /** `main`, or what the worker thread is called. */
  readonly thread: string
  readonly profile: CpuProfile
  /** Nodes of a short profile before this one, of code that was not optimised: they tell who calls whom. */
  readonly learnt?: readonly ProfileNode[]
  /** By the URL that the profile names; those that could be had, the hottest first of all. */
  readonly scripts: ReadonlyMap<string, ScriptText>
}
