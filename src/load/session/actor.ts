import type { IntendedTime } from './intended-time.js'

/** The user on whose behalf something happens. */
export interface Actor {
  readonly intended: IntendedTime
  /** The group that messages are counted under now. */
  readonly currentGroup: string | null
  /** The load is over for it: nothing new begins. */
  readonly ended: boolean
  /** A function of the script threw outside of any await: the session fails with it. */
  threw(error: unknown): void
}
