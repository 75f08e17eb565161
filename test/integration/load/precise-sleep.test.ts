import { afterAll, describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { PreciseSleep } from '../../../src/load/precise-sleep.js'

const sleep = new PreciseSleep(new URL('../../../dist/src/load/precise-sleep-thread.js', import.meta.url))
afterAll(() => sleep.stop())

const until = (deadlineUs: number): Promise<number> =>
  new Promise((resolve) => sleep.until(deadlineUs, () => resolve(monotonicUs() - deadlineUs)))
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

describe('PreciseSleep', () => {
  it('wakes after the deadline, and far closer to it than setTimeout does', async () => {
    await until(monotonicUs() + 50_000)
    const precise: number[] = []
    const ordinary: number[] = []
    for (let round = 0; round < 100; round++) {
      precise.push(await until(monotonicUs() + 1_500))
      const due = monotonicUs() + 1_500
      await new Promise((resolve) => setTimeout(resolve, 1.5))
      ordinary.push(monotonicUs() - due)
    }
    expect(Math.min(...precise)).toBeGreaterThan(-60)
    expect(median(precise)).toBeLessThan(median(ordinary.map(Math.abs)))
  })

  it('lets a later call replace an earlier one, also with an earlier deadline', async () => {
    let replaced = false
    const start = monotonicUs()
    sleep.until(start + 2_000_000, () => {
      replaced = true
    })
    await until(start + 20_000)
    expect(monotonicUs() - start).toBeLessThan(1_000_000)
    expect(replaced).toBe(false)
  })

  it('rings at once for a deadline that has passed', async () => {
    expect(await until(monotonicUs() - 5_000)).toBeGreaterThanOrEqual(5_000)
  })
})
