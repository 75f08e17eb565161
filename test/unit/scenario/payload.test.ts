import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPayload, renderPayload } from '../../../src/scenario/payload.js'

const wall = (): number => 1_700_000_000_123
const render = (source: Parameters<typeof createPayload>[0], id: number, seed = 1): Buffer =>
  renderPayload(createPayload(source, seed, wall), id)

describe('the default payload', () => {
  it('is JSON with the id, 64 bytes whatever the id', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (id) => {
        const content = render(undefined, id)
        expect(content.length).toBe(64)
        expect((JSON.parse(content.toString()) as { id: number }).id).toBe(id)
      }),
    )
  })
})

describe('templates', () => {
  it('fills in every token', () => {
    const text = render('{"id":{{id}},"s":{{ seq }},"t":{{now}},"r":"{{random 12}}"}', 77).toString()
    expect(text).toMatch(/^\{"id":77,"s":77,"t":1700000000123,"r":"[a-z0-9]{12}"\}$/)
  })

  it('repeats its random text for the same seed and id only', () => {
    expect(render('{{random 16}}', 1).toString()).toBe(render('{{random 16}}', 1).toString())
    expect(render('{{random 16}}', 1).toString()).not.toBe(render('{{random 16}}', 2).toString())
    expect(render('{{random 16}}', 1, 1).toString()).not.toBe(render('{{random 16}}', 1, 2).toString())
  })

  it('promises at least as many bytes as it writes', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.nat({ max: 40 }),
        (text, id, length) => {
          const template = `${text}{{id}}é{{random ${length}}}{{now}}{{uuid}}{{text 0 ${length}}}{{zipf 9007199254740991}}`
          const payload = createPayload(template, 1, wall)
          const bound = payload.prepare(id)
          expect(payload.write(Buffer.alloc(bound), 0)).toBeLessThanOrEqual(bound)
        },
      ),
    )
  })

  it('fills in ids, words and ranks, the same for the same seed and number', () => {
    const template = '{"u":"{{uuid}}","t":"{{text 5 30}}","r":{{ zipf 100 }},"s":{{zipf 1000 1.2}}}'
    const form = /^\{"u":"[0-9a-f-]{36}","t":"[a-z ]{5,30}","r":\d{1,2},"s":\d{1,3}\}$/
    const texts = Array.from({ length: 200 }, (_, id) => render(template, id).toString())
    for (const [id, text] of texts.entries()) {
      expect(text).toMatch(form)
      expect(render(template, id).toString()).toBe(text)
    }
    expect(new Set(texts).size).toBe(200)
    const ranks = texts.map((text) => (JSON.parse(text) as { r: number }).r)
    expect(ranks.filter((rank) => rank === 0).length).toBeGreaterThan(
      ranks.filter((rank) => rank === 50).length,
    )
  })

  it('refuses lengths and ranks that cannot be', () => {
    for (const template of ['{{text 9 3}}', '{{zipf 0}}', '{{zipf 99999999999999999999}}']) {
      expect(() => render(template, 1)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }))
    }
    expect(render('{{text 9}} {{zipf}} {{uuid 3}}', 1).toString()).toBe('{{text 9}} {{zipf}} {{uuid 3}}')
  })

  it('takes text without tokens, and bytes, as they are', () => {
    expect(render('héllo', 1).toString()).toBe('héllo')
    expect([...render(new Uint8Array([0, 255, 7]), 1)]).toEqual([0, 255, 7])
    expect(createPayload(new Uint8Array([1]), 1, wall).binary).toBe(true)
  })
})

describe('payload functions', () => {
  it('get the number of the message and a random source of its own', () => {
    const source = ({ seq, random }: { seq: number; random: { integer(a: number, b: number): number } }) =>
      `${seq}:${random.integer(0, 1e9)}`
    expect(render(source, 5).toString()).toBe(render(source, 5).toString())
    expect(render(source, 5).toString()).toMatch(/^5:\d+$/)
  })

  it('may return text of any script, or bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(render(() => text, 0).toString()).toBe(Buffer.from(text).toString())
      }),
    )
    const payload = createPayload(() => new Uint8Array([9]), 1, wall)
    expect([...renderPayload(payload, 0)]).toEqual([9])
    expect(payload.binary).toBe(true)
  })
})
