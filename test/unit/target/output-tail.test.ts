import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutputTail } from '../../../src/target/output-tail.js'

describe('OutputTail', () => {
  it('keeps the last lines', () => {
    const tail = new OutputTail()
    for (let line = 1; line <= 500; line++) tail.push(Buffer.from(`line ${line}\n`))
    expect(tail.lines().length).toBe(200)
    expect(tail.lines(2)).toEqual(['line 499', 'line 500'])
  })

  it('joins lines that arrive in pieces, and keeps one that is not ended', () => {
    const tail = new OutputTail()
    for (const piece of ['first ha', 'lf\r\nsec', 'ond']) tail.push(Buffer.from(piece))
    expect(tail.lines()).toEqual(['first half', 'second'])
  })

  it('takes control characters out', () => {
    const tail = new OutputTail()
    tail.push(Buffer.from('\u001b[31mred\u001b[0m\u0007\u001b[2J text\n'))
    expect(tail.lines()).toEqual(['red text'])
  })

  it('holds the end of whatever was sent, and no more than 64 KiB', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 12 }), (sizes) => {
        const tail = new OutputTail()
        for (const size of sizes) tail.push(Buffer.alloc(size, 'x\n'))
        const total = sizes.reduce((sum, size) => sum + size, 0)
        const kept = tail.lines()
        return (
          kept.length <= 200 &&
          kept.length >= Math.min(200, Math.floor(Math.min(total, 65_536) / 2) - sizes.length)
        )
      }),
      { numRuns: 50 },
    )
  })

  it('stays small under a flood of tiny pieces', () => {
    const tail = new OutputTail()
    for (let piece = 0; piece < 200_000; piece++) tail.push(Buffer.from(piece % 10 === 9 ? '\n' : 'a'))
    expect(tail.lines().length).toBe(200)
    expect(tail.lines(1)).toEqual(['aaaaaaaaa'])
  })
})
