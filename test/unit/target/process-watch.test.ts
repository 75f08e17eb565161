import { describe, expect, it } from 'vitest'
import { type Microseconds, microseconds } from '../../../src/kernel/units.js'
import type { ProcessReader, ProcessReading } from '../../../src/target/process-reader.js'
import { ProcessWatch } from '../../../src/target/process-watch.js'

/** A process that uses `cores` cores and ends at `endsUs`. */
function world(options: { cores: number; endsUs?: number; threads?: number }) {
  const state = { nowUs: 0, reads: 0, descriptorCounts: 0 }
  const reader: ProcessReader = {
    read(): ProcessReading | null {
      state.reads++
      if (state.nowUs >= (options.endsUs ?? Number.POSITIVE_INFINITY)) return null
      return {
        cpuNs: state.nowUs * 1_000 * options.cores,
        runQueueWaitNs: state.nowUs * 100,
        rssBytes: 5_000_000,
        threads: options.threads ?? 11,
      }
    },
    descriptors(): number {
      state.descriptorCounts++
      return 42
    },
    detail: () => null,
    threadGroups: [],
    close() {},
  }
  const vanished: Array<[number, Microseconds]> = []
  const watch = new ProcessWatch({
    startUs: microseconds(0),
    clock: () => microseconds(state.nowUs),
    createReader: () => reader,
    onVanished: (pid, atUs) => vanished.push([pid, atUs]),
  })
  const runTo = (endUs: number): void => {
    while (state.nowUs < endUs) {
      state.nowUs += 100_000
      watch.sample()
    }
  }
  return { state, watch, runTo, vanished }
}

describe('ProcessWatch', () => {
  it('tells CPU, run-queue wait, memory, threads and descriptors by second', () => {
    const { watch, runTo, state } = world({ cores: 0.8 })
    const target = watch.watch(7)
    runTo(5_000_000)
    const means = target.between(microseconds(1_000_000), microseconds(4_000_000))
    expect(means.cpuPercent).toBeCloseTo(80, 6)
    expect(means.runQueueWaitPercent).toBeCloseTo(10, 6)
    expect(means).toMatchObject({ rssBytes: 5_000_000, threads: 11, descriptors: 42 })
    expect(target.seconds().length).toBeGreaterThanOrEqual(5)
    expect(target.seconds().every((second) => second.descriptors === 42)).toBe(true)
    expect(state.descriptorCounts).toBeLessThanOrEqual(7)
  })

  it('tells once that a process has ended, and looks no more', () => {
    const { watch, runTo, state, vanished } = world({ cores: 1, endsUs: 1_050_000 })
    const target = watch.watch(7)
    runTo(3_000_000)
    expect(vanished).toEqual([[7, 1_100_000]])
    expect(target.vanishedAtUs).toBe(1_100_000)
    const reads = state.reads
    runTo(4_000_000)
    expect(state.reads).toBe(reads)
  })

  it('reads a process of very many threads once a second', () => {
    const { watch, runTo, state } = world({ cores: 3, threads: 900 })
    const target = watch.watch(7)
    runTo(10_000_000)
    expect(state.reads).toBeLessThanOrEqual(12)
    expect(target.between(microseconds(0), microseconds(10_000_000)).cpuPercent).toBeCloseTo(300, 6)
  })

  it('counts from a new start instant on request', () => {
    const { watch, runTo } = world({ cores: 0.5 })
    const target = watch.watch(7)
    runTo(3_000_000)
    watch.alignTo(microseconds(3_200_000))
    runTo(5_200_000)
    expect(target.seconds().map((second) => second.at)).toEqual([0, 1])
    expect(target.seconds()[0]?.cpuPercent).toBeCloseTo(50, 6)
  })

  it('answers the same for the same pid', () => {
    const { watch } = world({ cores: 1 })
    expect(watch.watch(7)).toBe(watch.watch(7))
  })

  it('reads nothing while it pauses, and loses nothing that happened meanwhile', () => {
    const { watch, runTo, state } = world({ cores: 0.4 })
    const target = watch.watch(7)
    runTo(2_000_000)
    watch.pause()
    const reads = state.reads
    runTo(5_000_000)
    expect(state.reads).toBe(reads)
    watch.resume()
    runTo(6_000_000)
    const whole = target.between(microseconds(0), microseconds(6_000_000))
    expect(whole.cpuPercent).toBeCloseTo(40, 6)
    expect(target.between(microseconds(3_000_000), microseconds(4_000_000)).cpuPercent).toBeCloseTo(40, 6)
    expect(target.between(microseconds(3_000_000), microseconds(4_000_000)).rssBytes).toBeNull()
  })

  it('takes what is dear of a target once a second', () => {
    let nowUs = 0
    let details = 0
    const watch = new ProcessWatch({
      startUs: microseconds(0),
      clock: () => microseconds(nowUs),
      createReader: () => ({
        read: () => ({ cpuNs: nowUs * 500, runQueueWaitNs: 0, rssBytes: 1, threads: 2 }),
        descriptors: () => 3,
        detail() {
          details++
          return {
            voluntarySwitches: nowUs / 1_000,
            involuntarySwitches: nowUs / 100_000,
            majorFaults: null,
            readBytes: 0,
            writtenBytes: 0,
            allowedCores: 2,
          }
        },
        threadGroups: [],
        close() {},
      }),
    })
    const target = watch.watchTarget(7, [1])
    expect(watch.watchTarget(7, [1])).toBe(target)
    while (nowUs < 4_000_000) {
      nowUs += 100_000
      watch.sample()
    }
    const seen = target.details(microseconds(1_000_000), microseconds(3_000_000))
    expect(details).toBeLessThanOrEqual(6)
    expect(seen.voluntarySwitches).toBeCloseTo(1_000, 6)
    expect(seen).toMatchObject({ majorFaults: null, readBytes: 0, allowedCores: 2 })
    expect(seen.involuntarySwitches).toBeCloseTo(10, 6)
  })
})
