import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Awaited, Patience } from '../../../../src/load/session/patience.js'

class Wait implements Awaited {
  deadlineUs = 0
  list: Awaited['list'] = null
  before: Awaited | null = null
  behind: Awaited | null = null
  readonly ended: string[] = []

  expire(nowUs: number, kind: string): void {
    this.ended.push(`${kind} ${nowUs}`)
  }
}

describe('Patience', () => {
  it('ends each wait once its own time is up, and none that was removed', () => {
    const step = fc.record({
      afterUs: fc.integer({ min: 0, max: 50 }),
      timeoutUs: fc.constantFrom(10, 25, 100),
      removed: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 0, max: 3_000 }), (steps, untilUs) => {
        const patience = new Patience()
        let nowUs = 0
        const waits = steps.map(({ afterUs, timeoutUs, removed }) => {
          nowUs += afterUs
          const wait = new Wait()
          patience.add(wait, nowUs, timeoutUs)
          return { wait, removed, deadlineUs: nowUs + timeoutUs }
        })
        for (const { wait, removed } of waits) if (removed) patience.remove(wait)
        patience.expire(untilUs)
        for (const { wait, removed, deadlineUs } of waits) {
          expect(wait.ended).toEqual(!removed && deadlineUs <= untilUs ? [`timeout ${untilUs}`] : [])
        }
        const left = waits.filter(({ removed, deadlineUs }) => !removed && deadlineUs > untilUs)
        expect(patience.size).toBe(left.length)
      }),
    )
  })

  it('can be ended for all at once, and a removal afterwards does nothing', () => {
    const patience = new Patience()
    const waits = [new Wait(), new Wait()]
    for (const wait of waits) patience.add(wait, 0, 1_000)
    patience.end(5, 'interrupted')
    expect(waits.map(({ ended }) => ended)).toEqual([['interrupted 5'], ['interrupted 5']])
    for (const wait of waits) patience.remove(wait)
    expect(patience.size).toBe(0)
  })
})
