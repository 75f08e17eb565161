import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageTable } from '../../../src/load/message-table.js'

/** The same bookkeeping with plain arrays. */
interface Model {
  readonly order: number[]
  readonly queues: number[][]
  readonly sent: Set<number>
}

const queueCount = 4

function check(table: MessageTable, model: Model): void {
  expect(table.size).toBe(model.order.length)
  expect(table.oldest).toBe(model.order[0] ?? -1)
  model.queues.forEach((queue, index) => {
    expect(table.first(index)).toBe(queue[0] ?? -1)
    expect(table.firstSent(index)).toBe(queue[0] !== undefined && model.sent.has(queue[0]) ? queue[0] : -1)
    expect(table.firstWaiting(index)).toBe(queue.find((slot) => !model.sent.has(slot)) ?? -1)
  })
}

describe('MessageTable', () => {
  it('keeps both lists in order through any sequence of adds, sends and removals', () => {
    const command = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'send', 'remove', 'removeAny', 'waitAgain'),
      queue: fc.integer({ min: 0, max: queueCount - 1 }),
      pick: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const table = new MessageTable(queueCount, 4)
        const model: Model = {
          order: [],
          queues: Array.from({ length: queueCount }, () => []),
          sent: new Set(),
        }
        let id = 0
        for (const { what, queue, pick } of commands) {
          if (what === 'add') {
            const slot = table.add(queue, id++, id, id)
            model.order.push(slot)
            model.queues[queue]!.push(slot)
          } else if (what === 'send') {
            const slot = table.firstWaiting(queue)
            if (slot >= 0) {
              table.markSent(slot, 5)
              model.sent.add(slot)
            }
          } else if (what === 'waitAgain') {
            const to = pick % queueCount
            if (to === queue || model.queues[to]!.some((slot) => model.sent.has(slot))) continue
            const moved = model.queues[queue]!.splice(0)
            table.waitAgain(queue, to)
            for (const slot of moved) {
              expect(table.written[slot]).toBe(model.sent.delete(slot) ? 1 : table.written[slot])
            }
            model.queues[to]!.unshift(...moved)
          } else {
            const slot =
              what === 'remove'
                ? table.first(queue)
                : (model.order[pick % Math.max(1, model.order.length)] ?? -1)
            if (slot < 0) continue
            table.remove(slot)
            model.order.splice(model.order.indexOf(slot), 1)
            for (const list of model.queues) if (list.includes(slot)) list.splice(list.indexOf(slot), 1)
            model.sent.delete(slot)
          }
          check(table, model)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('moves a waiting message to the connection that takes it', () => {
    const table = new MessageTable(2)
    const first = table.add(1, 10, 0, 0)
    const second = table.add(1, 11, 0, 0)
    table.moveFirstWaiting(first, 0)
    table.markSent(first, 3)
    expect(table.firstSent(0)).toBe(first)
    expect(table.firstWaiting(0)).toBe(-1)
    expect(table.firstWaiting(1)).toBe(second)
    expect(table.oldest).toBe(first)
    table.remove(first)
    expect(table.oldest).toBe(second)
  })
})
