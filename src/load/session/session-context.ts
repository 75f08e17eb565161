import type { SessionTransports } from '../session-transport.js'
import type { DueQueue } from './due-queue.js'
import type { Patience } from './patience.js'
import type { SessionOutcomeSink } from './session-outcomes.js'

/** What all sessions of a worker share. */
export interface SessionContext {
  readonly outcomes: SessionOutcomeSink
  readonly due: DueQueue
  readonly patience: Patience
  readonly transports: SessionTransports
  /** A path or URL of a script, relative to the target. */
  resolve(path: string): URL
  /** Of every request and connection, from the plan. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly subprotocols: readonly string[]
  readonly compression: boolean
  readonly timeoutUs: number
  readonly seed: number
  /** µs since the load started. */
  nowUs(): number
  /** The same, of an instant on CLOCK_MONOTONIC. */
  sinceOriginUs(monotonicUs: number): number
  /** Unique in the run. */
  nextMessageId(): number
  /** Unique in the worker; connections are numbered as they come. */
  nextConnection(): number
  /** Number of the turn of the event loop that is under way; a later one has another number. */
  turn(): number
  /** A connection of a session was opened (+1) or is gone (−1). */
  countConnection(change: number): void
}

/** Rejects what a session awaits when the load is over: no error, and nothing to handle. */
export class LoadEnded extends Error {
  override readonly name = 'LoadEnded'

  constructor() {
    super('the load is over')
  }
}
