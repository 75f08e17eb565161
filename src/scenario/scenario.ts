import type { Random } from '../kernel/random.js'
import type { SessionFunction } from './session.js'

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

/** When sessions begin. Open: users arrive at a rate, whatever the target does. Closed: a number of users. */
export interface SessionsLoad {
  /** Arrivals a second, e.g. `'50/s'`: the open model. */
  readonly rate?: string | number
  /** A rate of arrivals that changes; gives the duration too. */
  readonly stages?: readonly Stage[]
  /** Users that each begin again when their session is over: the closed model. Default 10. */
  readonly users?: number
  /** So many sessions by all users together, then the run ends. */
  readonly iterations?: number
}

export interface Load {
  /** When sessions begin, in a scenario with a session function. */
  readonly sessions?: SessionsLoad
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
  /**
   * The message: text with `{{id}}`, `{{seq}}`, `{{now}}`, `{{uuid}}`, `{{random N}}`, `{{text MIN MAX}}`,
   * `{{zipf N}}`, bytes, or a function.
   */
  readonly payload?: string | Uint8Array | PayloadFunction
  /** How a reply is matched to its message: `'auto'`, `'fifo'`, `'none'`, `'json:PATH'`, or a function. */
  readonly reply?: string | ReplyFunction
  /** HTTP method. Default GET. */
  readonly method?: string
  /** A file of any size that is the body of every request, in place of `payload`. Relative to the scenario's folder. */
  readonly bodyFile?: string
  /** Requests that may be unanswered on one HTTP connection. Default 1. */
  readonly pipelining?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly subprotocols?: readonly string[]
  /** Offer permessage-deflate: a WebSocket server that takes it gets compressed messages and may send such. Default false. */
  readonly compression?: boolean
  /** How long a message may wait for its reply, from its intended time. Default `'10s'`. */
  readonly timeout?: string
  /** The largest frame, message or body of the target that is taken; beyond it is an error. Default `'64MiB'`. */
  readonly maxMessageSize?: string
}

/** How to speak TLS with `wss:` and `https:`. Paths are relative to the scenario's folder; files are PEM. */
export interface Tls {
  /** Certificates to trust instead of those that Node trusts. */
  readonly ca?: string
  /** The client's certificate; may hold its key too. */
  readonly cert?: string
  /** The key of the client's certificate, without a passphrase. */
  readonly key?: string
  /** The name to ask for (SNI) and to check the certificate against. Default: that of the URL. */
  readonly servername?: string
  /** Take any certificate. Default false. */
  readonly insecure?: boolean
  /** Later connections offer the session ticket of an earlier one, and shake hands faster. Default true. */
  readonly resume?: boolean
}

/** What to do, as its author writes it. */
export interface Scenario {
  readonly name?: string
  /** A `ws:`, `wss:`, `http:` or `https:` URL. */
  readonly target: string
  /** Objectives, e.g. `'p99 < 50ms'`. */
  readonly slo?: readonly string[]
  readonly load?: Load
  readonly traffic?: Traffic
  readonly tls?: Tls
  /** A user's story, in place of declarative traffic. */
  readonly session?: SessionFunction
}

/** Types a scenario, so that an editor completes it. Returns it as it is; it is validated when it is loaded. */
export function defineScenario(scenario: Scenario): Scenario {
  return scenario
}
