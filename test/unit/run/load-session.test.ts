import { describe, expect, it } from 'vitest'
import { microseconds } from '../../../src/kernel/units.js'
import { Timeline } from '../../../src/measurement/timeline.js'
import { LoadSession, unknownWindows } from '../../../src/run/load-session.js'
import type { ObserverStep } from '../../../src/run/observer-steps.js'
import type { Plan, Warmup } from '../../../src/run/plan.js'
import type { ToWorker } from '../../../src/run/worker-messages.js'
import type { WorkerPool } from '../../../src/run/worker-pool.js'

const second = 1e6

const step = (phase: ObserverStep['phase'], seconds: number): ObserverStep => ({
  phase,
  lengthUs: seconds * second,
  on: [],
  compared: true,
})

/** A session of 10 measured seconds, one of control and two profiled ones, with a clock that stands where it is put. */
function makeSession(warmup: Warmup) {
  const told: ToWorker[] = []
  const clock = { us: 1_000 * second }
  const timeline = new Timeline(unknownWindows, 0, () => {})
  const pool = { broadcast: (message: ToWorker) => void told.push(message) } as WorkerPool
  const plan = { warmup, measuredSeconds: 10 } as Plan
  const session = new LoadSession(plan, pool, timeline, [step('control', 1), step('profiled', 2)], () =>
    microseconds(clock.us),
  )
  return {
    session,
    told,
    timeline,
    start() {
      session.start()
      told.length = 0
    },
    at(seconds: number) {
      clock.us = session.originUs + seconds * second
    },
  }
}

const windows = (from: number, to: number, end: number) => ({
  measureFromUs: from * second,
  measureToUs: to * second,
  endUs: end * second,
  later: [
    { phase: 'control', toUs: Math.min(to + 1, end) * second },
    { phase: 'profiled', toUs: end * second },
  ],
})

describe('LoadSession', () => {
  it('starts all workers at one instant that lies ahead, with windows where they are known', () => {
    const { session, told } = makeSession({ method: 'fixed', seconds: 2 })
    session.start()
    expect(session.nowUs()).toBeLessThan(0)
    expect(told).toEqual([{ kind: 'start', originUs: session.originUs, windows: windows(2, 12, 15) }])
    const auto = makeSession({ method: 'auto', capSeconds: 10 })
    auto.session.start()
    expect(auto.told[0]).toMatchObject({ kind: 'start', windows: unknownWindows })
  })

  it('lets the measured window of a constant rate begin in the past', () => {
    const { session, start, at, told, timeline } = makeSession({ method: 'auto', capSeconds: 10 })
    start()
    at(8.3)
    session.measureFrom(3, true)
    expect(timeline.windows).toEqual(windows(3, 13, 16))
    expect(told).toEqual([{ kind: 'windows', windows: windows(3, 13, 16) }])
  })

  it('never lets it end before the workers hear of it', () => {
    const { session, start, at } = makeSession({ method: 'auto', capSeconds: 20 })
    start()
    at(18.7)
    session.measureFrom(3, true)
    // 3 s would have ended at 13 s. 9.2 s is the earliest start, and whole seconds are kept.
    expect(session.windows).toEqual(windows(10, 20, 23))
  })

  it('begins a changing rate in the future', () => {
    const { session, start, at } = makeSession({ method: 'auto', capSeconds: 10 })
    start()
    at(8.3)
    session.measureFrom(3, false)
    expect(session.windows).toEqual(windows(9, 19, 22))
  })

  it('ends early: whatever would last longer is cut', () => {
    const { session, start, at, told } = makeSession({ method: 'fixed', seconds: 2 })
    start()
    at(5)
    session.endEarly(2 * second)
    expect(session.windows).toEqual(windows(2, 7, 7))
    expect(told).toEqual([{ kind: 'windows', windows: windows(2, 7, 7) }])
    at(6)
    session.endEarly(20 * second)
    expect(session.windows).toEqual(windows(2, 7, 7))
  })

  it('is interrupted in the warm-up: the measured window is empty', () => {
    const { session, start, at, told } = makeSession({ method: 'fixed', seconds: 2 })
    start()
    at(1.5)
    session.interrupt(500_000)
    expect(session.windows).toEqual(windows(1.5, 1.5, 1.5))
    expect(told).toEqual([{ kind: 'interrupt', graceUs: 500_000 }])
  })

  it('is interrupted before the load began', () => {
    const { session, start, at } = makeSession({ method: 'fixed', seconds: 2 })
    start()
    at(-0.1)
    session.interrupt(500_000)
    expect(session.windows).toEqual(windows(0, 0, 0))
  })

  it('knows the interval that it is in', () => {
    const { session, start, at } = makeSession({ method: 'fixed', seconds: 1.5 })
    start()
    at(-0.1)
    expect(session.currentBin()).toBe(0)
    at(1.4)
    expect(session.currentBin()).toBe(1)
    at(1.6)
    expect(session.currentBin()).toBe(2)
  })
})
