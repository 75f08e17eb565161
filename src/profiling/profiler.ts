import type { ProfileAnalysis } from './analyze-profile.js'

export interface ProfileFile {
  /** Of the file within `profiles/`. */
  readonly name: string
  readonly content: string | Uint8Array
}

export interface ProfileResult {
  readonly analysis: ProfileAnalysis
  readonly files: readonly ProfileFile[]
}

/**
 * Takes CPU profiles of a target, by whatever means. Every method rejects with a PlimsollError within seconds where
 * the target hangs or has ended; none harms it.
 */
export interface Profiler {
  readonly how: 'inspector' | 'perf' | 'pprof'
  /** What the first start of a profiler costs is paid here: in a run, in the warm-up. */
  prime(): Promise<void>
  start(): Promise<void>
  /** Ends the recording and does no more than it must: the load goes on, and windows follow that are compared. */
  stop(): Promise<void>
  /** What the recording says. Called once, after `stop`, when the load is over: it may take its time. */
  result(): Promise<ProfileResult>
  /** Leaves the target as it was. Never rejects. */
  detach(): Promise<void>
}
