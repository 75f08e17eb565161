import type { Plan } from './plan.js'

/** The load in one line, for the terminal. `spinShare`: of a core, that pacing may spin on. */
export function describeLoad(plan: Plan, spinShare: number): string {
  const workers = `${plan.workers} worker${plan.workers === 1 ? '' : 's'}`
  return `${describeUsers(plan)} ${plan.target}, ${workers}, ${describePacing(plan, spinShare)}`
}

function describePacing({ rate, sessions }: Plan, spinShare: number): string {
  if (rate === null) {
    return `closed model: each ${sessions ? 'user begins again when the session is over' : 'connection waits for its reply'}`
  }
  return spinShare >= 1
    ? 'open model, pacing spins on a core of its own'
    : 'open model, pacing spins on a quarter of a core at most'
}

function describeUsers({ sessions, connections }: Plan): string {
  if (!sessions) return `${connections} connections to`
  return sessions.users === null ? 'sessions that arrive at' : `${sessions.users} users of`
}
