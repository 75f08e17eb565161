import { describe, expect, it } from 'vitest'
import { type GeneratorEvidence, judgeGenerator } from '../../../src/analysis/generator-health.js'

const healthy: GeneratorEvidence = {
  model: 'open',
  offered: 10_000,
  dispatched: 10_000,
  slipP99Us: 50,
  tightestLatencyObjectiveUs: 50_000,
  responseP99Us: 20_000,
  workersLost: 0,
  floorP99Us: 200,
  eventLoopDelayP99Us: 300,
  runQueueWaitShare: 0.01,
  gcShare: 0.01,
  cpuShare: 0.4,
  unmatched: 0,
  otherSuspicions: [],
}
const judge = (change: Partial<GeneratorEvidence>) => {
  const { verdict, reasons } = judgeGenerator({ ...healthy, ...change })
  return [verdict, ...reasons.map(({ code }) => code)]
}

describe('judgeGenerator', () => {
  it('finds nothing wrong with a healthy generator', () => {
    expect(judge({})).toEqual(['valid'])
  })

  it('is invalid below 98 % dispatched and suspect below 99 %', () => {
    expect(judge({ dispatched: 9_900 })).toEqual(['valid'])
    expect(judge({ dispatched: 9_899 })).toEqual(['suspect', 'not-dispatched'])
    expect(judge({ dispatched: 9_800 })).toEqual(['suspect', 'not-dispatched'])
    expect(judge({ dispatched: 9_799 })).toEqual(['invalid', 'not-dispatched'])
  })

  it.each([
    { of: '20 % of the objective', limit: 10_000, change: {} },
    { of: '1 ms under a tight objective', limit: 1_000, change: { tightestLatencyObjectiveUs: 2_000 } },
    { of: 'half of the response p99', limit: 10_000, change: { tightestLatencyObjectiveUs: null } },
    { of: '5 ms', limit: 5_000, change: { tightestLatencyObjectiveUs: null, responseP99Us: 300 } },
  ])('limits slip to $of, and half of that arouses suspicion', ({ limit, change }) => {
    const base = { floorP99Us: null, ...change }
    expect(judge({ ...base, slipP99Us: limit / 2 })).toEqual(['valid'])
    expect(judge({ ...base, slipP99Us: limit / 2 + 1 })).toEqual(['suspect', 'slip'])
    expect(judge({ ...base, slipP99Us: limit })).toEqual(['suspect', 'slip'])
    expect(judge({ ...base, slipP99Us: limit + 1 })).toEqual(['invalid', 'slip'])
  })

  it('tells why the slip was high', () => {
    const late = { ...healthy, slipP99Us: 20_000 }
    const detail = (change: Partial<GeneratorEvidence>) =>
      judgeGenerator({ ...late, ...change }).reasons[0]!.detail
    expect(detail({ runQueueWaitShare: 0.31 })).toContain('31 % of the time for a core')
    expect(detail({ gcShare: 0.12 })).toContain('garbage collection took 12 %')
    expect(detail({ eventLoopDelayP99Us: 18_000 })).toContain('event loop was delayed by 18 ms')
    expect(detail({})).not.toContain('(')
  })

  it('is invalid without one of its workers, in either model', () => {
    expect(judge({ workersLost: 1 })).toEqual(['invalid', 'worker-lost'])
    expect(judge({ model: 'closed', workersLost: 2 })).toEqual(['invalid', 'worker-lost'])
  })

  it('suspects a noise floor above 20 % of the tightest objective', () => {
    expect(judge({ floorP99Us: 10_000 })).toEqual(['valid'])
    expect(judge({ floorP99Us: 10_001 })).toEqual(['suspect', 'noise-floor'])
    expect(judge({ floorP99Us: 1e6, tightestLatencyObjectiveUs: null })).toEqual(['valid'])
  })

  it('suspects unmatched messages and says what to give', () => {
    const { verdict, reasons } = judgeGenerator({ ...healthy, unmatched: 3 })
    expect(verdict).toBe('suspect')
    expect(reasons[0]!.detail).toContain('--reply json:PATH')
  })

  it('calls a closed model bound by the generator when its core is full, not an open one', () => {
    expect(judge({ model: 'closed', cpuShare: 0.9 })).toEqual(['valid'])
    expect(judge({ model: 'closed', cpuShare: 0.91 })).toEqual(['suspect', 'generator-bound'])
    expect(judge({ cpuShare: 0.99 })).toEqual(['valid'])
  })

  it('keeps the doubts of others, after its own that are graver', () => {
    const otherSuspicions = [{ code: 'not-steady', detail: 'steady state not established' }]
    expect(judge({ otherSuspicions })).toEqual(['suspect', 'not-steady'])
    expect(judge({ otherSuspicions, workersLost: 1 })).toEqual(['invalid', 'worker-lost', 'not-steady'])
  })

  it('does not blame the generator for a slow target', () => {
    expect(judge({ responseP99Us: 9e6 })).toEqual(['valid'])
  })
})
