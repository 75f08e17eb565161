import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ObserverStage } from '../../../src/run/observer-stage.js'
import { type Collector, observerSteps } from '../../../src/run/observer-steps.js'

/** A stage in virtual time, whose target takes a tenth of a core, and half of one while it is profiled. */
function makeStage(overAtUs = Number.POSITIVE_INFINITY) {
  const origin = performance.now()
  const nowUs = () => (performance.now() - origin) * 1_000
  const switches: string[] = []
  let cpuNs = 0
  let since = 0
  let profiling = false
  const tick = (): number => {
    cpuNs += (nowUs() - since) * 1_000 * (profiling ? 0.5 : 0.1)
    since = nowUs()
    return cpuNs
  }
  const stage = new ObserverStage({
    steps: observerSteps(10),
    set: async (collector: Collector, on: boolean) => {
      tick()
      if (collector === 'cpu-profile') profiling = on
      switches.push(`${Math.round(nowUs() / 1_000)} ${on ? '+' : '-'}${collector}`)
    },
    // One thread takes two thirds of it, and one began a moment ago.
    readCpu: () => {
      const cpuNs = tick()
      return {
        cpuNs,
        threadsNs: new Map([
          ['7', cpuNs * (2 / 3)],
          ['8', cpuNs / 3],
          [`new ${cpuNs}`, 5],
        ]),
      }
    },
    nowUs,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    isOver: () => nowUs() >= overAtUs,
  })
  return { stage, switches }
}

describe('the windows that compare a target with and without observers', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are as long with the profiler as without, between two moments to settle', () => {
    const steps = observerSteps(10)
    const seconds = (phase: string) =>
      steps.filter((step) => step.phase === phase).reduce((sum, { lengthUs }) => sum + lengthUs / 1e6, 0)
    expect(seconds('profiled')).toBeCloseTo(seconds('control'), 6)
    expect(seconds('profiled')).toBeCloseTo(9.5, 6)
    expect(steps.map(({ phase }) => phase).filter((phase, at, all) => phase !== all[at - 1])).toEqual([
      'control',
      'settling',
      'profiled',
      'settling',
      'control',
    ])
    expect(observerSteps(0)).toEqual([])
    expect(observerSteps(1).map(({ phase, lengthUs }) => [phase, lengthUs])).toEqual([['profiled', 1e6]])
  })

  it('switch the collectors at their bounds, the profiler once', async () => {
    const { stage, switches } = makeStage()
    const ended = stage.run(1e6)
    await vi.advanceTimersByTimeAsync(30_000)
    await ended
    expect(switches).toEqual([
      '1000 -runtime',
      '1000 -proc',
      '3375 +runtime',
      '3375 +proc',
      '5750 +cpu-profile',
      '6250 -runtime',
      '8625 +runtime',
      '8625 -proc',
      '13375 -runtime',
      '13375 +proc',
      '15750 +runtime',
      '15750 -cpu-profile',
      '18625 -runtime',
      '18625 -proc',
      '21000 +runtime',
      '21000 +proc',
    ])
  })

  it('read the CPU time of each step on its own', async () => {
    const { stage } = makeStage()
    const ended = stage.run(1e6)
    await vi.advanceTimersByTimeAsync(30_000)
    await ended
    const shares = stage.readings.map(({ cpuNs, fromUs, toUs }) => cpuNs / 1_000 / (toUs - fromUs))
    expect(shares).toHaveLength(8)
    for (const [at, share] of shares.entries()) {
      expect(share, `step ${at}`).toBeCloseTo(at >= 2 && at < 6 ? 0.5 : 0.1, 5)
    }
    for (const { cpuNs, busiestThreadNs } of stage.readings)
      expect(busiestThreadNs).toBeCloseTo((cpuNs * 2) / 3, 0)
  })

  it('end with the load, with the profiler off and all else on', async () => {
    const { stage, switches } = makeStage(7e6)
    const ended = stage.run(1e6)
    await vi.advanceTimersByTimeAsync(7_200)
    await ended
    const last = switches.slice(-2).map((line) => line.split(' ')[1])
    expect(last).toEqual(['+runtime', '-cpu-profile'])
    expect(stage.readings.map(({ step }) => step)).toEqual([0, 1])
  })
})
