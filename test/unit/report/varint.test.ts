import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VarintReader, VarintWriter } from '../../../src/report/varint.js'

describe('varints', () => {
  it('bring back every whole number', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.maxSafeNat(), fc.integer())), (pairs) => {
        const writer = new VarintWriter()
        for (const [plain, signed] of pairs) {
          writer.unsigned(plain)
          writer.signed(signed)
        }
        const reader = new VarintReader(writer.toBase64())
        expect(pairs.map(() => [reader.unsigned(), reader.signed()])).toEqual(pairs)
        expect(() => reader.unsigned()).toThrow(RangeError)
      }),
    )
  })

  it('are the bytes of LEB128', () => {
    const writer = new VarintWriter()
    for (const value of [0, 127, 128, 624_485]) writer.unsigned(value)
    expect([...Buffer.from(writer.toBase64(), 'base64')]).toEqual([0, 0x7f, 0x80, 1, 0xe5, 0x8e, 0x26])
  })

  it('end where no number ends', () => {
    const endless = Buffer.alloc(40, 0xff).toString('base64')
    expect(() => new VarintReader(endless).unsigned()).toThrow(RangeError)
  })
})
