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
  /** Read while it is sent; the path is absolute. */
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number }

/** In the open model both are null: users arrive at the rate. */
export interface SessionsPlan {
  /** Users that run their sessions one after the other. */
  readonly users: number | null
  /** Sessions of all users together; null for as many as the time allows. */
  readonly iterations: number | null
}

/** How to speak TLS. Paths are absolute; what the files hold stays out of the plan, since the report shows it. */
export interface TlsPlan {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
  readonly servername: string | null
  readonly insecure: boolean
  readonly resume: boolean
}

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
  /** Where the target offers profiles in the pprof format; null for none. */
  readonly pprof: string | null
  /** Count system calls after the measured window, which slows the target down. */
  readonly syscalls: boolean
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
  /** Offer permessage-deflate to WebSocket servers. */
  readonly compression: boolean
  /** Null where TLS is not spoken, or only by the defaults. */
  readonly tls: TlsPlan | null
  readonly payload: PayloadPlan
  /** Requests that may be unanswered on one HTTP connection. */
  readonly pipelining: number
  /** Sessions in place of declarative traffic; `rate` is then that of their arrivals. */
  readonly sessions: SessionsPlan | null
  /** `auto`, `fifo`, `none`, `json:PATH`, `function` (of the scenario module), `protocol` or `session`. */
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

/** System calls are counted for so long at most: each of them stops the target meanwhile. */
export const syscallSecondsOf = (measuredSeconds: number): number => Math.min(3, measuredSeconds / 3)

/** The profiled window: a third of the measured one, at most 10 s. */
export const profiledSecondsOf = (measuredSeconds: number): number => Math.min(10, measuredSeconds / 3)
