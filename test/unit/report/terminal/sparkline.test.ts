import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sparkline } from '../../../../src/report/terminal/sparkline.js'

describe('sparkline', () => {
  it('rises with the values, each doubling by as much', () => {
    expect(sparkline([1, 2, 4, 8, 16, 32, 64, 128], 8)).toBe('▁▂▃▄▅▆▇█')
  })

  it('draws noise flat, and a spike as high as it is', () => {
    expect(sparkline([10, 10.4, 9.9, 10.1], 10)).toBe('▁▁▁▁')
    expect(sparkline([10, 10, 900, 10], 10)).toBe('▁▁█▁')
  })

  it('leaves a gap where there is no value, and is empty without any', () => {
    expect(sparkline([5, null, 5], 10)).toBe('▁ ▁')
    expect(sparkline([null, null], 10)).toBe('')
    expect(sparkline([], 10)).toBe('')
  })

  it('shows the last values that fit, one a column', () => {
    expect(sparkline([900, 1, 1], 2)).toBe('▁▁')
    const values = fc.array(fc.option(fc.double({ min: 1e-3, max: 1e6, noNaN: true })), { maxLength: 90 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 60 }), (some, columns) => {
        const line = sparkline(some, columns)
        const shown = some.slice(-columns)
        expect(line).toMatch(/^[ ▁▂▃▄▅▆▇█]*$/)
        if (shown.some((value) => value !== null)) expect([...line]).toHaveLength(shown.length)
      }),
    )
  })
})
