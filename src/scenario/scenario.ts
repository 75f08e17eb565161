import type { Random } from '../kernel/random.js'

/** What a payload function is given for each message. */
export interface PayloadContext {
  /** The number of the message, unique in the run: put it in the payload and the reply can be matched by it. */
  readonly seq: number
  /** Seeded by the run's seed and `seq`: the same seed gives the same payloads, whatever the number of workers. */
  readonly random: Random
}

export type PayloadFunction = (context: PayloadContext) => string | Uint8Array

/** Returns the `seq` of the message that a reply answers, or null/undefined for a push that answers none. */
export type ReplyFunction = (message: string) => number | string | null | undefined

/** A ramp to a rate over a time, or a rate held for a time. */
export type Stage =
  | { readonly to: string | number; readonly over: string }
  | { readonly at: string | number; readonly for: string }

export interface Load {
  /** Connections to hold open. Default 10. */
  readonly connections?: number
  /** Messages (or requests) a second over all connections, e.g. `'2000/s'`. Without it the model is closed. */
  readonly rate?: string | number
  /** A rate that changes; gives the duration too. */
  readonly stages?: readonly Stage[]
  /** Spacing of the open model: even, or exponential gaps. Default `'constant'`. */
  readonly arrival?: 'constant' | 'poisson'
  /** Length of the measured window. Default `'10s'`. */
  readonly duration?: string
  /** A time that is cut off, or `'auto'` to find the steady state. Default `'5s'`. */
  readonly warmup?: string
  /** New connections a second. Default 2,000. */
  readonly connectRate?: string | number
  /** Messages due and not yet answered; beyond it they are shed, as errors. Default 1,000,000. */
  readonly maxOutstanding?: number
  /** Open lost WebSockets again. Default false. */
  readonly reconnect?: boolean
  readonly workers?: number
  /** Of the random source. Default 1. */
  readonly seed?: number
}

export interface Traffic {
  /** The message: text with `{{id}}`, `{{seq}}`, `{{random N}}`, `{{now}}`, bytes, or a function. */
  readonly payload?: string | Uint8Array | PayloadFunction
  /** How a reply is matched to its message: `'auto'`, `'fifo'`, `'none'`, `'json:PATH'`, or a function. */
  readonly reply?: string | ReplyFunction
  /** HTTP method. Default GET. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly subprotocols?: readonly string[]
  /** How long a message may wait for its reply, from its intended time. Default `'10s'`. */
  readonly timeout?: string
  /** The largest frame, message or body of the target that is taken; beyond it is an error. Default `'64MiB'`. */
  readonly maxMessageSize?: string
}

/** What to do, as its author writes it. */
export interface Scenario {
  readonly name?: string
  /** A `ws:` or `http:` URL. */
  readonly target: string
  /** Objectives, e.g. `'p99 < 50ms'`. */
  readonly slo?: readonly string[]
  readonly load?: Load
  readonly traffic?: Traffic
}

/** Types a scenario, so that an editor completes it. Returns it as it is; it is validated when it is loaded. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario
}
