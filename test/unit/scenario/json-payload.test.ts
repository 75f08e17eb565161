import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import { fill, type JsonValue, jsonPayload } from '../../../src/scenario/json-payload.js'
import { sizes } from '../../../src/scenario/size-laws.js'

const context = (seq: number, seed = 1): { seq: number; random: Random } => ({
  seq,
  random: new Random(seed, seq),
})

describe('jsonPayload', () => {
  it('is what JSON.stringify makes of the same values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (fixed, changing) => {
        const payload = jsonPayload({
          fixed: fixed as JsonValue,
          nested: [1, { 'a "key"': () => changing as JsonValue }, 'é'],
        })
        expect(payload(context(0))).toBe(JSON.stringify({ fixed, nested: [1, { 'a "key"': changing }, 'é'] }))
      }),
    )
    expect(jsonPayload('text')(context(0))).toBe('"text"')
    expect(jsonPayload([])(context(0))).toBe('[]')
    expect(jsonPayload({})(context(0))).toBe('{}')
  })

  it('asks functions for each message, with its number and random source', () => {
    const payload = jsonPayload({ id: ({ seq }) => seq, room: ({ random }) => random.pick(['a', 'b', 'c']) })
    const first = payload(context(3))
    expect(JSON.parse(first as string)).toMatchObject({ id: 3 })
    expect(payload(context(3))).toBe(first)
    expect(new Set(Array.from({ length: 60 }, (_, seq) => payload(context(seq)))).size).toBe(60)
  })

  it('fills a message to its size exactly, in bytes, and cuts nothing that is longer', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 500 }),
        (seq, name, size) => {
          const payload = jsonPayload({
            id: ({ seq: id }) => id,
            text: fill(sizes.uniform(size, size)),
            user: { name: () => name },
          })
          const message = payload(context(seq)) as string
          const least = Buffer.byteLength(JSON.stringify({ id: seq, text: '', user: { name } }))
          expect(Buffer.byteLength(message)).toBe(Math.max(least, size))
          expect(JSON.parse(message)).toMatchObject({ id: seq, user: { name } })
        },
      ),
    )
  })

  it('takes one fill, and null for what has no JSON', () => {
    const law = fill(sizes.uniform(1, 9))
    expect(() => jsonPayload({ a: law, b: [law] })).toThrow(/one fill/)
    const nothing = (() => undefined) as unknown as () => JsonValue
    expect(jsonPayload({ a: nothing })(context(0))).toBe('{"a":null}')
  })
})
