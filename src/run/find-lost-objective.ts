import { type Objective, surelyLost } from '../analysis/objectives.js'
import { RateShape } from '../load/rate-shape.js'
import type { Timeline } from '../measurement/timeline.js'
import { connectionCount, errorsOf } from './evidence.js'
import type { Plan } from './plan.js'

/** With `--abort-on-fail`: an objective that the rest of the measured window cannot win back. */
export function findLostObjective(
  plan: Plan,
  objectives: readonly Objective[],
  timeline: Timeline,
): Objective | undefined {
  // How many messages sessions will send is not known, and so not what they can still make up for.
  if (plan.sessions || !plan.abortOnFail || plan.rate === null) return undefined
  const totals = timeline.totals('measured')
  const progress = {
    response: totals.histograms.response,
    invalidReplies: totals.counts.invalid,
    errorsTotal: errorsOf({ timeline }, totals).total,
    connectionAttempts:
      connectionCount({ timeline }, 'connectionsOpened') + connectionCount({ timeline }, 'connectionsFailed'),
    expectedMessages: new RateShape(plan.rate).cumulative(plan.measuredSeconds),
  }
  return objectives.find((objective) => surelyLost(objective, progress))
}
