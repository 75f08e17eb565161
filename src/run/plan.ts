import type { RateSegment } from '../load/rate-shape.js'
import type { Protocol } from '../protocols/registry.js'

export type Warmup =
  | { readonly method: 'fixed'; readonly seconds: number }
  | { readonly method: 'auto'; readonly capSeconds: number }

/** Where the payload comes from. `script`: the payload function of the scenario module. */
export type PayloadPlan =
  | { readonly kind: 'default' | 'none' | 'script' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly base64: string }

/**
 * All that a run does, decided before it starts and frozen: plain data, so that it reaches workers by IPC and the
 * report as it is.
 */
export interface Plan {
  readonly name: string
  readonly target: string
  readonly protocol: Protocol
  readonly model: 'open' | 'closed'
  readonly arrival: 'constant' | 'poisson'
  /** The rate over the measured window; null in the closed model. */
  readonly rate: readonly RateSegment[] | null
  readonly connections: number
  readonly workers: number
  readonly warmup: Warmup
  readonly measuredSeconds: number
  readonly profile: 'after' | 'throughout' | 'none'
  readonly connectRate: number
  readonly reconnect: boolean
  readonly timeoutMs: number
  /** Of one frame, message or body of the target. */
  readonly maxMessageBytes: number
  readonly maxOutstanding: number
  readonly seed: number
  readonly method: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly subprotocols: readonly string[]
  readonly payload: PayloadPlan
  /** `auto`, `fifo`, `none`, `json:PATH`, `function` (of the scenario module) or `protocol`. */
  readonly reply: string
  /** The compiled scenario, where workers need its functions. */
  readonly scenarioModule: string | null
  readonly objectives: readonly string[]
  readonly explore: boolean
  readonly abortOnFail: boolean
  readonly observe: 'auto' | 'proc' | 'none' | number
  readonly pacing: 'auto' | 'spin' | 'sleep'
  /** The command that starts the target. */
  readonly targetCommand: readonly string[] | null
  /** The command that repeats this run. */
  readonly command: string
}

/** The profiled window: a third of the measured one, at most 10 s. */
export const profiledSecondsOf = (measuredSeconds: number): number => Math.min(10, measuredSeconds / 3)
