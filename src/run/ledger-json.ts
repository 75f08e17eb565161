import { collectorCosts, type LedgerSlot, type RelativeChange } from '../analysis/observer-ledger.js'
import type { ObserverCostJson } from '../report/profile-schema.js'
import type { Evidence } from './evidence.js'
import type { Collector } from './observer-steps.js'

/**
 * What watching the target cost it, from windows of this run with and without each collector. Empty where there
 * were none, or one of them tells nothing.
 */
export function ledgerJson(evidence: Evidence): ObserverCostJson[] {
  const { plan, target } = evidence
  const present: readonly Collector[] =
    target.profile?.how === 'inspector' ? ['cpu-profile', 'runtime', 'proc'] : ['cpu-profile', 'proc']
  const slots = slotsOf(evidence, present)
  const costs = target.profile === null ? null : collectorCosts(slots, present)
  return (costs ?? []).map(({ collector, cpuPerReply, rate }) => ({
    collector,
    cpuPerReply: changeJson(cpuPerReply),
    achievedRate: plan.model === 'closed' ? changeJson(rate) : null,
  }))
}

const changeJson = ({ value, interval }: RelativeChange): ObserverCostJson['cpuPerReply'] => ({
  value,
  interval: [interval[0], interval[1]],
})

/**
 * The stretches whose CPU time could be read: one whose switches took all of it has none.
 * Replies are counted over a whole step, the CPU time over what is left of it between the switches: rates join them.
 */
function slotsOf(evidence: Evidence, present: readonly Collector[]): LedgerSlot[] {
  const { observerSteps, stepReadings, timeline } = evidence
  const rows = timeline.rows()
  const slots: LedgerSlot[] = []
  let endUs = timeline.windows.measureToUs
  for (const [index, step] of observerSteps.entries()) {
    const fromUs = endUs
    endUs += step.lengthUs
    if (!step.compared) continue
    const reading = stepReadings.find((one) => one.step === index)
    if (!reading) continue
    const arrived = rows
      .filter((row) => row.startUs >= fromUs && row.endUs <= endUs)
      .reduce((sum, { counts }) => sum + counts.arrived, 0)
    const rate = arrived / (step.lengthUs / 1e6)
    const cpuNsPerSecond = reading.cpuNs / ((reading.toUs - reading.fromUs) / 1e6)
    slots.push({
      place: index,
      on: step.on.filter((collector) => present.includes(collector)),
      cpuNsPerReply: rate > 0 ? cpuNsPerSecond / rate : 0,
      rate,
    })
  }
  return slots
}
