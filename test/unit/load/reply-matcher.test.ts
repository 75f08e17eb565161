import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonKeyReader, pathOfNumber } from '../../../src/load/json-id.js'
import { MessageTable } from '../../../src/load/message-table.js'
import { ReplyMatcher, type ReplyRule } from '../../../src/load/reply-matcher.js'

interface Found {
  readonly what: 'matched' | 'unmatched' | 'pushed'
  readonly id?: number
  readonly at: number
}

/** A matcher with a table of sent messages, and what it found so far. */
function harness(rule: ReplyRule, queues = 2) {
  const table = new MessageTable(queues)
  const found: Found[] = []
  const matcher = new ReplyMatcher(rule, table, {
    matched(slot, at) {
      found.push({ what: 'matched', id: table.id[slot]!, at })
      matcher.finished(slot)
      table.remove(slot)
    },
    unmatched: (at) => void found.push({ what: 'unmatched', at }),
    pushed: (at) => void found.push({ what: 'pushed', at }),
  })
  const send = (queue: number, id: number): void => {
    const slot = table.add(queue, id, 0, 0)
    table.markSent(slot, 0)
    matcher.opened(slot)
  }
  const receive = (queue: number, text: string, at: number): void => {
    const data = Buffer.from(`..${text}..`)
    matcher.arrived(queue, data, 2, data.length - 2, at, null)
  }
  return { table, matcher, found, send, receive }
}

describe('ReplyMatcher in order', () => {
  it('gives each reply to the oldest message of its connection', () => {
    const { found, send, receive } = harness({ kind: 'fifo' })
    send(0, 1)
    send(1, 2)
    send(0, 3)
    receive(0, 'a', 10)
    receive(0, 'b', 20)
    receive(1, 'c', 30)
    expect(found).toEqual([
      { what: 'matched', id: 1, at: 10 },
      { what: 'matched', id: 3, at: 20 },
      { what: 'matched', id: 2, at: 30 },
    ])
  })

  it('calls a message with nothing outstanding unmatched', () => {
    const { found, receive } = harness({ kind: 'fifo' })
    receive(0, 'push', 5)
    expect(found).toEqual([{ what: 'unmatched', at: 5 }])
  })
})

describe('ReplyMatcher by id', () => {
  it('finds messages answered out of order, and takes the rest for pushes', () => {
    const { found, send, receive } = harness({ kind: 'json', path: ['meta', 'id'] })
    send(0, 1)
    send(0, 2)
    receive(0, '{"meta":{"id":2}}', 10)
    receive(0, '{"push":true}', 11)
    receive(0, 'not json', 12)
    receive(0, '{"meta":{"id":"1"}}', 13)
    receive(0, '{"meta":{"id":1}}', 14)
    expect(found.map(({ what, id }) => [what, id])).toEqual([
      ['matched', 2],
      ['pushed', undefined],
      ['pushed', undefined],
      ['matched', 1],
      ['pushed', undefined],
    ])
  })

  it('does not count a broadcast of somebody else’s message as a reply', () => {
    const { found, send, receive } = harness({ kind: 'json', path: ['id'] })
    send(0, 7)
    receive(1, '{"id":7}', 10)
    receive(0, '{"id":7}', 20)
    expect(found.map(({ what, at }) => [what, at])).toEqual([
      ['pushed', 10],
      ['matched', 20],
    ])
  })

  it('asks the function of a scenario', () => {
    const { found, send, receive } = harness({ kind: 'function', idOf: (text) => text.split(' ')[1] })
    send(0, 5)
    receive(0, 'ack 5', 10)
    receive(0, 'hello', 11)
    expect(found.map(({ what }) => what)).toEqual(['matched', 'pushed'])
  })

  it('keeps what the function threw first', () => {
    const { matcher, found, receive } = harness({ kind: 'function', idOf: (text) => JSON.parse(text).id })
    expect(matcher.functionFailure).toBeNull()
    receive(0, 'no JSON', 10)
    expect(found.map(({ what }) => what)).toEqual(['pushed'])
    expect(matcher.functionFailure).toMatch(/^SyntaxError/)
  })
})

describe('ReplyMatcher in auto', () => {
  it('matches by id as soon as one reply carries it, and what came before was a push', () => {
    const { matcher, found, send, receive } = harness({ kind: 'auto', key: 'id' })
    send(0, 1)
    receive(0, '{"type":"welcome"}', 10)
    expect(found).toEqual([])
    receive(0, '{"ok":true,"id":1}', 50)
    expect(found.map(({ what, at }) => [what, at])).toEqual([
      ['pushed', 10],
      ['matched', 50],
    ])
    expect(matcher.description).toBe('json:id')
  })

  it('takes replies in order with their own arrival times when no id turns up', () => {
    const { matcher, found, send, receive } = harness({ kind: 'auto', key: 'id' })
    send(0, 1)
    send(0, 2)
    receive(0, 'pong', 100)
    receive(0, 'pong', 200)
    matcher.settle(200_000)
    expect(found).toEqual([])
    matcher.settle(250_100)
    expect(found).toEqual([
      { what: 'matched', id: 1, at: 100 },
      { what: 'matched', id: 2, at: 200 },
    ])
    expect(matcher.description).toBe('fifo')
  })

  it('changes its mind when an id turns up later, and says so', () => {
    const { matcher, found, send, receive } = harness({ kind: 'auto', key: 'id' })
    send(0, 1)
    receive(0, 'hello', 0)
    matcher.settle(300_000)
    send(0, 2)
    receive(0, '{"id":2}', 400_000)
    expect(found.at(-1)).toEqual({ what: 'matched', id: 2, at: 400_000 })
    expect(matcher.changedItsMind).toBe(true)
    expect(matcher.description).toBe('json:id')
  })
})

describe('JsonKeyReader', () => {
  it('reads the number under a key wherever it stands, in any buffer', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.dictionary(
          fc.string().filter((key) => key !== 'id' && key !== '__proto__'),
          fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        ),
        fc.boolean(),
        (id, others, first) => {
          const text = JSON.stringify(first ? { id, ...others } : { ...others, id })
          const data = Buffer.from(`"id":99${text}"id":98`)
          const start = '"id":99'.length
          expect(new JsonKeyReader('id').read(data, start, data.length - '"id":98'.length)).toBe(id)
        },
      ),
    )
  })

  it.each([
    ['{"id" : 12}', 12],
    ['{"id":"34"}', 34],
    ['{"idx":1}', Number.NaN],
    ['{"id":null}', Number.NaN],
    ['{"text":"\\"id\\":5"}', Number.NaN],
    ['{"id":', Number.NaN],
    ['', Number.NaN],
  ])('reads %s', (text, expected) => {
    const data = Buffer.from(text)
    expect(new JsonKeyReader('id').read(data, 0, data.length)).toBe(expected)
  })
})

it('finds the path of the id in a payload', () => {
  expect(pathOfNumber({ a: [1, { seq: 42 }] }, 42)).toEqual(['a', '1', 'seq'])
  expect(pathOfNumber({ seq: '42' }, 42)).toEqual(['seq'])
  expect(pathOfNumber({ seq: 43 }, 42)).toBeNull()
})
