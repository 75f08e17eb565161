import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DueQueue } from '../../../../src/load/session/due-queue.js'

/** Handles all that is due by `untilUs`, as the pacer would. */
function run(queue: DueQueue, untilUs: number): void {
  while (queue.nextDueUs() <= untilUs) queue.handleDue(queue.nextDueUs())
}

describe('DueQueue', () => {
  it('wakes in order of time, whatever the order of coming', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 200 }), (times) => {
        const queue = new DueQueue(() => {})
        const woken: number[] = []
        for (const atUs of times) queue.add(atUs, (nowUs) => woken.push(nowUs))
        run(queue, Number.MAX_VALUE)
        expect(woken).toEqual(times.toSorted((a, b) => a - b))
        expect(queue.nextDueUs()).toBe(Number.POSITIVE_INFINITY)
      }),
    )
  })

  it('skips what was called off', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.boolean()), { maxLength: 60 }),
        (entries) => {
          const queue = new DueQueue(() => {})
          const woken: number[] = []
          const dues = entries.map(([atUs]) => queue.add(atUs, (nowUs) => woken.push(nowUs)))
          for (const [index, [, cancelled]] of entries.entries()) {
            if (cancelled) dues[index]!.wake = null
          }
          run(queue, Number.MAX_VALUE)
          const left = entries.filter(([, cancelled]) => !cancelled).map(([atUs]) => atUs)
          expect(woken).toEqual(left.toSorted((a, b) => a - b))
        },
      ),
    )
  })

  it('tells the pacer when what comes next has changed, and only then', () => {
    let moved = 0
    const queue = new DueQueue(() => moved++)
    queue.add(50, () => {})
    queue.add(80, () => {})
    expect(moved).toBe(1)
    queue.add(20, () => {})
    expect(moved).toBe(2)
  })

  it('counts from the start of the load', () => {
    const queue = new DueQueue(() => {})
    queue.originUs = 1_000
    const woken: number[] = []
    queue.add(30, (nowUs) => woken.push(nowUs))
    expect(queue.nextDueUs()).toBe(1_030)
    queue.handleDue(1_033)
    expect(woken).toEqual([33])
  })
})
