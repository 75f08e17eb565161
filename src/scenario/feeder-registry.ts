import type { FeedShare } from './feeder.js'

/** What reads ahead before the load begins. */
interface Enrolled {
  begin(share: FeedShare): void
}

let made = 0
let waiting: Enrolled[] | null = []

/**
 * Makes something that `beginFeeders` is to begin.
 * @param make is given a number: the same in every worker, since they all evaluate the same module, and another for
 * each feeder
 */
export function enroll<Own extends Enrolled>(make: (number: number) => Own): Own {
  const own = make(made++)
  waiting?.push(own)
  return own
}

/**
 * Begins all that the scenario made while it was loaded, so that reading and indexing is done before the load starts.
 * What is made later begins with its first use.
 * @throws PlimsollError DATA_UNREADABLE
 */
export function beginFeeders(share: FeedShare): void {
  const feeders = waiting ?? []
  waiting = null
  for (const feeder of feeders) feeder.begin(share)
}
