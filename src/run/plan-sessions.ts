import { PlimsollError } from '../kernel/errors.js'
import type { Scenario } from '../scenario/scenario.js'
import type { LoadOptions } from './load-options.js'
import type { SessionsPlan } from './plan.js'

const defaultUsers = 10

/**
 * When sessions begin: at a rate (-r), or by a number of users (-c); null for a scenario without a session function.
 * @throws PlimsollError USAGE for an option that sessions have no use for, BAD_VALUE
 */
export function planSessions(
  { session, load }: Scenario,
  options: LoadOptions,
  askedUsers: number | null,
): SessionsPlan | null {
  if (!session) return null
  for (const name of ['payload', 'reply', 'method'] as const) {
    if (options[name] === undefined) continue
    throw new PlimsollError('USAGE', `A session says itself what is sent: --${name} has no effect on it.`, {
      hint: `Leave --${name} out.`,
    })
  }
  const { users, iterations, rate, stages } = load?.sessions ?? {}
  const open = options.rate !== undefined || (askedUsers === null && (rate ?? stages) !== undefined)
  if (open) return { users: null, iterations: null }
  return { users: askedUsers ?? users ?? defaultUsers, iterations: iterations ?? null }
}
