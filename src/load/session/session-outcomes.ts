import type { OutcomeSink } from '../outcomes.js'

/** How a session ended; `unfinished`: the load ended before it did. */
export type SessionEnding = 'completed' | 'failed' | 'unfinished'

/** What sessions report besides messages and connections. Times in µs since the load started. */
export interface SessionOutcomeSink extends OutcomeSink {
  sessionStarted(intendedUs: number): void
  /** @param durationUs from the intended arrival */
  sessionEnded(intendedUs: number, durationUs: number, ending: SessionEnding): void
  /** A session threw: `error` says what and where. */
  sessionError(intendedUs: number, error: string): void
  /** `failed`: the work threw, so that the duration is a lower bound. */
  measured(name: string, fromUs: number, durationUs: number, failed: boolean): void
  /** A message of a group ended. `answered` is false if it got no reply. */
  grouped(name: string, intendedUs: number, responseUs: number, answered: boolean, isError: boolean): void
  /** @param arrivalUs of the session: its checks belong to the same window as it does */
  checked(name: string, arrivalUs: number, holds: boolean): void
  /** A message of the target that a session waited for did not come in time. */
  pushMissed(nowUs: number): void
  /** A message was written that waits for no reply. */
  posted(nowUs: number): void
}
