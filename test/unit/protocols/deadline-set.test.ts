import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { microseconds } from '../../../src/kernel/units.js'
import { DeadlineSet } from '../../../src/protocols/deadline-set.js'

let nowUs = 0
const named = (name: string, met: string[]) => ({
  onDeadline: () => void met.push(`${name} ${nowUs / 1_000}`),
})

/** Lets time pass, ms by ms. */
function pass(ms: number): void {
  for (let step = 0; step < ms; step++) {
    nowUs += 1_000
    vi.advanceTimersByTime(1)
  }
}

describe('DeadlineSet', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    nowUs = 0
  })
  afterEach(() => vi.useRealTimers())

  it('tells each of its deadline once, late by the resolution at most', () => {
    const met: string[] = []
    const deadlines = new DeadlineSet(10, () => microseconds(nowUs))
    deadlines.set(named('late', met), 95)
    deadlines.set(named('early', met), 31)
    pass(500)
    expect(met).toEqual(['early 40', 'late 100'])
  })

  it('replaces and clears deadlines', () => {
    const met: string[] = []
    const deadlines = new DeadlineSet(10, () => microseconds(nowUs))
    const [moved, cleared] = [named('moved', met), named('cleared', met)]
    deadlines.set(moved, 20)
    deadlines.set(cleared, 20)
    deadlines.set(moved, 50)
    deadlines.clear(cleared)
    deadlines.clear(cleared)
    pass(200)
    expect(met).toEqual(['moved 50'])
  })

  it('takes a new deadline from within one that was met, and clears others there', () => {
    const met: string[] = []
    const deadlines = new DeadlineSet(10, () => microseconds(nowUs))
    const other = named('other', met)
    const again = {
      onDeadline() {
        met.push(`again ${nowUs / 1_000}`)
        deadlines.clear(other)
        if (met.length < 3) deadlines.set(again, 20)
      },
    }
    deadlines.set(again, 10)
    deadlines.set(other, 10)
    pass(200)
    expect(met).toEqual(['again 10', 'again 30', 'again 50'])
  })

  it('keeps no timer once nothing is left', () => {
    const deadlines = new DeadlineSet(10, () => microseconds(nowUs))
    const one = named('one', [])
    deadlines.set(one, 1_000)
    expect(vi.getTimerCount()).toBe(1)
    deadlines.clear(one)
    pass(20)
    expect(vi.getTimerCount()).toBe(0)
    deadlines.set(one, 5)
    pass(30)
    expect(vi.getTimerCount()).toBe(0)
  })
})
