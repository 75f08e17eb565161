import { describe, expect, it } from 'vitest'
import { type Microseconds, microseconds } from '../../../src/kernel/units.js'
import type { Windows } from '../../../src/load/windows.js'
import { Recorder } from '../../../src/measurement/recorder.js'
import { Timeline } from '../../../src/measurement/timeline.js'
import { LoadSession } from '../../../src/run/load-session.js'
import type { ObserverStep } from '../../../src/run/observer-steps.js'
import type { Plan } from '../../../src/run/plan.js'
import { connectingSnapshot, ProgressMeter } from '../../../src/run/progress-snapshot.js'
import type { WorkerPool } from '../../../src/run/worker-pool.js'
import type { WatchedProcess } from '../../../src/target/process-watch.js'

const second = 1e6
const rate = 100
const windows: Windows = { measureFromUs: 2 * second, measureToUs: 12 * second, endUs: 12 * second }

/** A run at 100/s whose replies take as long as `serviceMs` says for their second. */
function makeRun(
  serviceMs: (second: number) => number,
  planned: Partial<Plan> = {},
  steps: readonly ObserverStep[] = [],
) {
  const clock = { us: 500 * second }
  const timeline = new Timeline(windows, 4 * second, () => {})
  const workers = [{ status: { openConnections: 7 } }, { status: { openConnections: 5 } }, { status: null }]
  const pool = { workers, broadcast: () => {} } as unknown as WorkerPool
  const plan = {
    rate: [{ from: rate, to: rate, seconds: 10 }],
    connections: 12,
    sessions: null,
    warmup: { method: 'fixed', seconds: 2 },
    measuredSeconds: 10,
    ...planned,
  } as Plan
  const session = new LoadSession(plan, pool, timeline, steps, () => microseconds(clock.us))
  session.start()
  const asked: Array<[number, number]> = []
  const watched = (cpuPercent: number | null) =>
    ({
      between: (from: Microseconds, to: Microseconds) => {
        asked.push([(from - session.originUs) / second, (to - session.originUs) / second])
        return { cpuPercent }
      },
    }) as unknown as WatchedProcess
  const recorder = new Recorder(session.windows, 5 * second, 1)
  let told = 0
  return {
    pool,
    plan,
    timeline,
    asked,
    recorder,
    meter: (...cpu: Array<number | null>) => new ProgressMeter(plan, session, pool, () => cpu.map(watched)),
    /** Lets all messages until `seconds` be sent and answered. */
    at(seconds: number) {
      for (; told < seconds * rate; told++) {
        const intendedUs = (told / rate) * second
        const sentUs = intendedUs + 10
        recorder.due(intendedUs, 1)
        recorder.sent(intendedUs)
        const repliedUs = sentUs + serviceMs(Math.floor(told / rate)) * 1_000
        recorder.answered(told, 0, intendedUs, intendedUs, sentUs, Number.NaN, repliedUs, null)
      }
      clock.us = session.originUs + seconds * second
      timeline.add(recorder.take())
      timeline.fold(seconds * second)
    },
  }
}

describe('ProgressMeter', () => {
  it('tells phase, rates and percentiles of the last whole seconds', () => {
    const run = makeRun(() => 20)
    const meter = run.meter(40, null, 25)
    run.at(6.5)
    const snapshot = meter.snapshot()
    expect(snapshot).toMatchObject({
      phase: 'measured',
      phaseSeconds: 10,
      sessions: false,
      offeredRate: 100,
      dispatchedRate: 100,
      achievedRate: 100,
      errors: 0,
      openConnections: 12,
      connections: 12,
      targetCpuPercent: 65,
    })
    expect(snapshot.phaseElapsedSeconds).toBeCloseTo(4.5)
    for (const ms of [snapshot.p50Ms!, snapshot.p99Ms!, snapshot.p999Ms!]) expect(ms).toBeCloseTo(20, 1)
    expect(run.asked[0]![0]).toBeCloseTo(3.5)
    expect(run.asked[0]![1]).toBeCloseTo(6.5)
  })

  it('tells rates a second where windows are shorter than one', () => {
    const step: ObserverStep = { phase: 'control', lengthUs: 0.8 * second, on: [], compared: true }
    const run = makeRun(() => 1, {}, [step, step, step, step])
    run.at(15.1)
    const { phase, dispatchedRate, achievedRate } = run.meter().snapshot()
    expect(phase).toBe('control')
    expect(dispatchedRate).toBeCloseTo(100, 0)
    expect(achievedRate).toBeCloseTo(100, 0)
  })

  it('remembers the p99 of seconds that are long folded away', () => {
    const run = makeRun((at) => (at === 3 ? 300 : 10 + at))
    const meter = run.meter()
    const seen: Array<ReadonlyArray<number | null>> = []
    for (let at = 0.5; at < 12; at += 0.5) {
      run.at(at)
      seen.push(meter.snapshot().p99History)
    }
    const last = seen.at(-1)!.map((ms) => Math.round(ms!))
    expect(last).toEqual([10, 11, 12, 300, 14, 15, 16, 17, 18, 19, 20])
    for (const [at, history] of seen.entries()) expect(history).toHaveLength(Math.floor((at + 1) / 2))
  })

  it('keeps forty seconds at most, and gaps where nothing was answered', () => {
    const run = makeRun(() => 1)
    const meter = run.meter()
    run.at(1.2)
    expect(meter.snapshot().p99History).toHaveLength(1)
    run.at(3.2)
    expect(meter.snapshot().targetCpuPercent).toBeNull()
    const silent = makeRun(() => 1)
    const quiet = silent.meter()
    silent.at(0)
    expect(quiet.snapshot()).toMatchObject({ p99History: [], p50Ms: null, dispatchedRate: 0 })
  })

  it('counts arrivals of sessions, and does not know how many connections there will be', () => {
    const sessions = { users: null, iterations: null }
    const run = makeRun(() => 5, { sessions })
    for (let at = 0; at < 6; at += 0.25) run.recorder.sessionStarted(at * second)
    run.at(6)
    expect(run.meter().snapshot()).toMatchObject({ sessions: true, dispatchedRate: 4, connections: null })
  })

  it('counts errors of connections from the start, and of messages from the measured window on', () => {
    const run = makeRun(() => 1)
    run.recorder.connectionFailed(0, 'connect-refused', '')
    run.recorder.due(second, 1)
    run.recorder.unanswered(9_000, 0, second, second, second, 1.5 * second, 'timeout')
    run.recorder.due(3 * second, 1)
    run.recorder.unanswered(9_001, 0, 3 * second, 3 * second, 3 * second, 3.5 * second, 'timeout')
    run.at(5)
    expect(run.meter().snapshot().errors).toBe(2)
    const snapshot = connectingSnapshot(run.plan, run.pool, run.timeline, microseconds(0))
    expect(snapshot).toMatchObject({ phase: 'connecting', errors: 2, openConnections: 12, p50Ms: null })
  })
})
