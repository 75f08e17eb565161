import type { Clock } from '../kernel/clock.js'
import { type Paced, Pacer, shortestSleep } from '../load/pacer.js'
import { PreciseSleep } from '../load/precise-sleep.js'
import type { SpinBudget } from '../load/spin-budget.js'
import type { Plan } from './plan.js'

/** A pacer on the real clock, and the sleep that it uses, which is to be stopped. */
export function createPacer(
  paced: Paced,
  plan: Plan,
  budget: SpinBudget,
  clock: Clock,
): { pacer: Pacer; sleep: PreciseSleep } {
  const sleep = new PreciseSleep()
  const world = {
    now: clock,
    soon: (turn: () => void): void => void setImmediate(turn),
    sleepUntil: (deadlineUs: number, turn: () => void): void => sleep.until(deadlineUs, turn),
  }
  const shortestUs = plan.pacing === 'sleep' ? shortestSleep.frugalUs : shortestSleep.preciseUs
  return { pacer: new Pacer(paced, world, budget, shortestUs), sleep }
}
