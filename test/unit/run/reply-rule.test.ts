import { describe, expect, it } from 'vitest'
import { replyRule } from '../../../src/run/reply-rule.js'
import { createPayload } from '../../../src/scenario/payload.js'
import type { PayloadFunction } from '../../../src/scenario/scenario.js'

const payload = (source?: string | Uint8Array | PayloadFunction) => createPayload(source, 1, () => 0)
const auto = (source?: string | Uint8Array | PayloadFunction) => replyRule('auto', payload(source), null)

describe('replyRule', () => {
  it('auto looks for the id in the payload, under whatever key', () => {
    expect(auto()).toEqual({ kind: 'auto', key: 'id' })
    expect(auto('{"n":{{seq}},"other":1}')).toEqual({ kind: 'auto', key: 'n' })
    expect(auto('{"a":{"b":"{{id}}"}}')).toEqual({ kind: 'auto', key: 'b' })
    expect(auto(({ seq }) => JSON.stringify({ ref: seq }))).toEqual({ kind: 'auto', key: 'ref' })
  })

  it('auto takes replies in order where the payload has no id', () => {
    for (const source of ['ping', '{"id":1}', '{{id}}', '{"id":{{id}', new Uint8Array([1, 2])])
      expect(auto(source)).toEqual({ kind: 'fifo' })
  })

  it('takes what it is told', () => {
    for (const kind of ['fifo', 'none', 'protocol'] as const)
      expect(replyRule(kind, payload(), null)).toEqual({ kind })
    expect(replyRule('json:meta.id', payload(), null)).toEqual({ kind: 'json', path: ['meta', 'id'] })
    const idOf = () => 1
    expect(replyRule('function', payload(), idOf)).toEqual({ kind: 'function', idOf })
  })

  it('does not hide that a payload function throws', () => {
    const broken = (): string => {
      throw new Error('no words')
    }
    expect(() => auto(broken)).toThrow(expect.objectContaining({ code: 'SCENARIO_INVALID' }))
  })
})
