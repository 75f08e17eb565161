/**
 * `sequence`: row after row, from the start again at the end. `random`: any row, each as likely. `unique`: each row
 * once in a run, and an error past the last.
 */
export type FeedOrder = 'sequence' | 'random' | 'unique'

/** Where a process stands among those that share the rows: worker k of n takes rows k, k + n, k + 2n, … */
export interface FeedShare {
  readonly worker: number
  readonly workers: number
  readonly seed: number
}

/** Rows of data for sessions, handed out by `user.next(feeder)`. */
export interface Feeder<Row> {
  /** Called in each worker process before the first row is taken. A second call with the same share does nothing. */
  begin(share: FeedShare): void
  /**
   * The next row of this worker's share.
   * @throws PlimsollError FEEDER_EXHAUSTED past the last row in `unique` order
   */
  next(): Row
}
