import { describe, expect, it } from 'vitest'
import { decideVerdict, exitCodeFor, type Verdict } from '../../../src/analysis/verdict.js'

const met = { ok: true }
const missed = { ok: false }
const unknown = { ok: null }

describe('decideVerdict', () => {
  const decide = (objectives: ReadonlyArray<{ ok: boolean | null }>, exploratory = false) =>
    decideVerdict({ generatorVerdict: 'valid', exploratory, objectives })

  it('lets a missed objective outrank an undecided one, and that a met one', () => {
    expect(decide([met, met])).toBe('pass')
    expect(decide([met, unknown])).toBe('inconclusive')
    expect(decide([unknown, missed, met])).toBe('fail')
    expect(decide([], true)).toBe('exploratory')
  })

  it('lets an invalid generator outrank everything, and a suspect one nothing', () => {
    for (const objectives of [[met], [missed], [unknown]]) {
      expect(decideVerdict({ generatorVerdict: 'invalid', exploratory: false, objectives })).toBe('invalid')
    }
    expect(decideVerdict({ generatorVerdict: 'invalid', exploratory: true, objectives: [] })).toBe('invalid')
    expect(decideVerdict({ generatorVerdict: 'suspect', exploratory: false, objectives: [met] })).toBe('pass')
  })
})

describe('exitCodeFor', () => {
  const codes: ReadonlyArray<readonly [Verdict, number]> = [
    ['pass', 0],
    ['exploratory', 0],
    ['fail', 1],
    ['inconclusive', 4],
    ['invalid', 4],
  ]
  it.each(codes)('of %s is %d', (verdict, code) => {
    expect(exitCodeFor({ verdict, interrupted: false, targetGone: false })).toBe(code)
    expect(exitCodeFor({ verdict, interrupted: false, targetGone: true })).toBe(3)
    expect(exitCodeFor({ verdict, interrupted: true, targetGone: true })).toBe(130)
  })
})
