import type { CpuProfile } from './cpu-profile.js'

/** A script as the engine compiled it, which need not be what now lies on disk. */
export interface ScriptText {
  readonly source: string | null
  /** What the script says of its source map: a path, a URL or a `data:` URL. */
  readonly sourceMapUrl: string | null
}

/** The CPU profile of one thread of a Node process. */
export interface ThreadProfile {
  readonly pid: number
  /** 0 for the main thread. */
  readonly threadId: number
  /** `main`, or what the worker thread is called. */
  readonly thread: string
  readonly profile: CpuProfile
  /** By the URL that the profile names; those that could be had, the hottest first of all. */
  readonly scripts: ReadonlyMap<string, ScriptText>
}
