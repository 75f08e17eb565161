import { describe, expect, it } from 'vitest'
import { MeasuredMessage } from '../../../../src/load/session/measured-message.js'
import { readText } from '../../../../src/load/session/message-text.js'
import { createPairing } from '../../../../src/load/session/reply-pairing.js'
import type { WebSocketOptions } from '../../../../src/scenario/session.js'
import { VirtualWorld } from './support.js'

function pairing(reply?: WebSocketOptions['reply']) {
  const { context } = new VirtualWorld()
  const pairs = createPairing(reply)
  let id = 100
  return {
    pairs,
    open(content: string | Uint8Array | object) {
      const none = (): void => {}
      const message = new MeasuredMessage(context, { expired: none }, id++, 0, 0, 0, null, none, none)
      return { message, wire: pairs.open(message, content, pairs.idIn(content)) }
    },
    take: (text: string) => pairs.take(text, readText(text)),
  }
}

describe('replies of a session', () => {
  it('are known by an id that objects are given', () => {
    const { open, take } = pairing()
    const first = open({ type: 'say', text: 'a' })
    const second = open({})
    expect([first.wire, second.wire]).toEqual(['{"id":100,"type":"say","text":"a"}', '{"id":101}'])
    expect(take('{"type":"push"}')).toBeNull()
    expect(take('no JSON')).toBeNull()
    expect(take('{"ok":true,"id":101}')).toBe(second.message)
    expect(take('{"ok":true,"id":101}')).toBeNull()
    expect(take('{"id":"100"}')).toBe(first.message)
  })

  it('are known by the id that the script chose, under the field that it says', () => {
    const { open, take } = pairing('json:ref')
    const own = open({ ref: 'a-1', text: 'x' })
    const text = open('{"ref":7}')
    const bytes = open(Buffer.from('{"ref":8}'))
    expect(own.wire).toBe('{"ref":"a-1","text":"x"}')
    expect(take('{"ref":8}')).toBe(bytes.message)
    expect(take('{"ref":"a-1"}')).toBe(own.message)
    expect(take('{"ref":7}')).toBe(text.message)
    expect(() => open('hello')).toThrow(/carries no ref/)
  })

  it('are known by a function, of the message and of its reply', () => {
    const { open, take, pairs } = pairing((text) => text.split(' ')[1])
    const { message, wire } = open('ask 12')
    expect(wire).toBe('ask 12')
    expect(take('answer 13')).toBeNull()
    expect(take('answer 12')).toBe(message)
    expect(pairs.size).toBe(0)
  })

  it('are taken in order under fifo', () => {
    const { open, take, pairs } = pairing('fifo')
    const sent = ['a', 'b', 'c'].map((text) => open(text).message)
    pairs.forget(sent[1]!)
    expect([take('x'), take('y'), take('z')]).toEqual([sent[0], sent[2], null])
    expect(pairs.losesStepOnTimeout).toBe(true)
  })

  it('cannot be matched in a way that does not exist', () => {
    expect(() => createPairing('by-magic')).toThrow(/no way to match replies/)
  })
})
