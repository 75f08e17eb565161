import { describe, expect, it } from 'vitest'
import { microseconds } from '../../../src/kernel/units.js'
import type { TimedRuntimeSample } from '../../../src/run/node-observer.js'
import { kernelFigures, processFigures, runtimeFigures } from '../../../src/run/target-figures.js'
import type { ObservedProcess } from '../../../src/run/target-session.js'
import { ProcessWatch } from '../../../src/target/process-watch.js'

const second = { fromUs: microseconds(1e6), toUs: microseconds(2e6) }

/** Processes of this very group and namespace that each use so much of a core. */
function observed(...cores: readonly number[]): ObservedProcess[] {
  let nowUs = 0
  const watch = new ProcessWatch({
    startUs: microseconds(0),
    clock: () => microseconds(nowUs),
    createReader: (pid) => ({
      read: () => ({
        cpuNs: nowUs * 1_000 * cores[pid - process.pid]!,
        runQueueWaitNs: 0,
        rssBytes: 1e6,
        threads: 3,
      }),
      descriptors: () => null,
      detail: () => null,
      threadGroups: [],
    }),
  })
  const processes = cores.map((_, i) => {
    const pid = process.pid + i
    return { description: { pid, command: null, kind: 'node' as const }, watched: watch.watchTarget(pid, []) }
  })
  for (; nowUs <= 3e6; nowUs += 1e5) watch.sample()
  return processes
}

function sample(pid: number, rest: Partial<TimedRuntimeSample>): TimedRuntimeSample {
  return {
    pid,
    ...second,
    eventLoopUtilization: 0.5,
    loopDelay: null,
    gc: {
      minor: { count: 1, ms: 2 },
      major: { count: 0, ms: 0 },
      incremental: { count: 0, ms: 0 },
      weak: { count: 0, ms: 0 },
    },
    gcMs: 2,
    gcCount: 1,
    heapAfterMajorBytes: null,
    heapUsedBytes: 10,
    heapTotalBytes: 20,
    externalBytes: 3,
    arrayBuffersBytes: 1,
    rssBytes: 100,
    ...rest,
  }
}

describe('the figures of a target', () => {
  it('add up its processes, and count what they share once', () => {
    const [only] = observed(0.5)
    expect(kernelFigures([only!, { ...only! }], second)).toMatchObject({ rssBytes: 2e6, threads: 6 })
    const alone = kernelFigures([only!], second)
    const twice = kernelFigures([only!, only!], second)
    expect(alone.cpuPercent).toBeCloseTo(50, 6)
    expect(twice.cpuPercent).toBeCloseTo(100, 6)
    expect(twice.cgroupMemoryBytes).toBe(alone.cgroupMemoryBytes)
    expect(twice.retransmitsPerSecond).toBe(alone.retransmitsPerSecond)
  })

  it('know nothing of what nobody looked at', () => {
    const figures = kernelFigures(observed(0.5), { fromUs: microseconds(9e6), toUs: microseconds(10e6) })
    expect(Object.values(figures).every((value) => value === null)).toBe(true)
    expect(new Set(Object.values(runtimeFigures([])))).toEqual(new Set([null]))
  })

  it('take of event loops the busiest and the latest, and add up memory and pauses', () => {
    const delay = (maxMs: number) => ({ loopDelay: { p50Ms: 1, p99Ms: 2, maxMs } })
    const figures = runtimeFigures([
      sample(1, { eventLoopUtilization: 0.2, ...delay(9) }),
      sample(2, { eventLoopUtilization: 0.9, heapAfterMajorBytes: 5, ...delay(4) }),
      sample(3, { eventLoopUtilization: null }),
    ])
    expect(figures).toMatchObject({
      eventLoopUtilization: 0.9,
      loopDelayMaxMs: 9,
      heapUsedBytes: 30,
      heapAfterMajorBytes: 5,
      gcMs: 6,
      gcMinorMs: 6,
      gcMajorMs: 0,
    })
  })

  it('keep each process by itself beside the sums', () => {
    const processes = observed(0.5, 0.25)
    const [first, other] = processFigures(processes, [sample(process.pid + 1, {})], second)
    expect(first).toMatchObject({ pid: process.pid, eventLoopUtilization: null })
    expect(other).toMatchObject({ pid: process.pid + 1, eventLoopUtilization: 0.5 })
    expect([first!.cpuPercent, other!.cpuPercent].map((percent) => Math.round(percent!))).toEqual([50, 25])
  })
})
