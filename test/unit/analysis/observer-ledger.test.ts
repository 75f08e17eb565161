import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectorCosts, type LedgerSlot } from '../../../src/analysis/observer-ledger.js'
import { observerSteps } from '../../../src/run/observer-steps.js'

const design = observerSteps(10)
  .filter(({ compared }) => compared)
  .map(({ on }) => on)
const collectors = ['cpu-profile', 'runtime', 'proc']

/** Stretches of a target that drifts, whose collectors cost what `costs` say. */
function slotsOf(
  costs: Readonly<Record<string, number>>,
  drift: number,
  noise: readonly number[] = [],
): LedgerSlot[] {
  return design.map((on, place) => {
    const factor = on.reduce((product, name) => product * (1 + costs[name]!), 1)
    const cpuNsPerReply = 50_000 * factor * Math.exp(drift * place + (noise[place] ?? 0))
    return { place, on, cpuNsPerReply, rate: 1e9 / cpuNsPerReply }
  })
}

describe('the observer ledger', () => {
  it('finds what each collector costs, whatever the others cost and however the target drifts', () => {
    const cost = fc.double({ min: -0.2, max: 0.5, noNaN: true })
    const drift = fc.double({ min: -0.1, max: 0.1, noNaN: true })
    fc.assert(
      fc.property(cost, cost, cost, drift, (profile, runtime, proc, drifting) => {
        const given = { 'cpu-profile': profile, runtime, proc }
        const found = collectorCosts(slotsOf(given, drifting), collectors)!
        for (const { collector, cpuPerReply, rate } of found) {
          const truth = given[collector as keyof typeof given]
          expect(cpuPerReply.value).toBeCloseTo(truth, 9)
          expect(rate.value).toBeCloseTo(1 / (1 + truth) - 1, 9)
          expect(cpuPerReply.interval[0]).toBeLessThanOrEqual(cpuPerReply.value)
          expect(cpuPerReply.interval[1]).toBeGreaterThanOrEqual(cpuPerReply.value)
        }
      }),
    )
  })

  it('holds the truth in its interval 95 times of 100, and says nothing of a cost that is none', () => {
    let held = 0
    const times = 2_000
    const normal = normals(7)
    for (let time = 0; time < times; time++) {
      const noise = design.map(() => normal() * 0.03)
      const [profile] = collectorCosts(
        slotsOf({ 'cpu-profile': 0.08, runtime: 0, proc: 0 }, 0.01, noise),
        collectors,
      )!
      const [low, high] = profile!.cpuPerReply.interval
      if (low <= 0.08 && high >= 0.08) held++
    }
    expect(held / times).toBeGreaterThan(0.93)
    expect(held / times).toBeLessThan(0.97)
  })

  it('is as exact without one or two of the stretches', () => {
    const slots = slotsOf({ 'cpu-profile': 0.1, runtime: 0.02, proc: 0 }, 0.03)
    for (const first of slots) {
      for (const second of slots) {
        const left = slots.filter((slot) => slot !== first && slot !== second)
        const costs = collectorCosts(left, collectors)
        // Of some pairs, what is left cannot tell one collector from another.
        if (first === second) expect(costs).not.toBeNull()
        for (const { cpuPerReply } of costs?.slice(0, 1) ?? []) expect(cpuPerReply.value).toBeCloseTo(0.1, 9)
      }
    }
  })

  it('says nothing where too few stretches are left, or one was idle', () => {
    const slots = slotsOf({ 'cpu-profile': 0.1, runtime: 0, proc: 0 }, 0)
    expect(collectorCosts([], collectors)).toBeNull()
    expect(collectorCosts(slots.slice(0, 4), collectors)).toBeNull()
    expect(collectorCosts([...slots.slice(0, 7), { ...slots[7]!, rate: 0 }], collectors)).toBeNull()
  })
})

/** Normal deviates by the method of Box and Muller, from a small congruential generator. */
function normals(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}
