import type { Share } from '../load/share.js'
import type { Windows } from '../load/windows.js'
import type { RecorderDelta } from '../measurement/interval-delta.js'
import type { Plan } from './plan.js'

/** What the coordinator tells a worker process. */
export type ToWorker =
  | { readonly kind: 'prepare'; readonly plan: Plan; readonly share: Share; readonly spinShare: number }
  | { readonly kind: 'connect' }
  /** `originUs`: the instant on CLOCK_MONOTONIC that all workers start at. */
  | { readonly kind: 'start'; readonly originUs: number; readonly windows: Windows }
  | { readonly kind: 'windows'; readonly windows: Windows }
  /** End the load now; give open messages `graceUs`. */
  | { readonly kind: 'interrupt'; readonly graceUs: number }
  | { readonly kind: 'exit' }

export interface WorkerStatus {
  readonly openConnections: number
  readonly outstanding: number
  readonly replyRule: string
  readonly replyRuleChanged: boolean
  /** What the scenario's reply function threw first. */
  readonly replyFunctionFailure: string | null
  /** µs of event-loop delay, 99th percentile since the last status. */
  readonly eventLoopDelayP99Us: number
  /** Totals since the process started. */
  readonly gcMs: number
  readonly spinMs: number
}

/** What a worker process tells the coordinator. */
export type FromWorker =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'delta'; readonly delta: RecorderDelta; readonly status: WorkerStatus }
  /** Everything that was to be sent has been, before the end. */
  | { readonly kind: 'exhausted' }
  | { readonly kind: 'drained' }
  | {
      readonly kind: 'failed'
      readonly code: string | null
      readonly message: string
      readonly hint: string | null
    }
