import { describe, expect, it } from 'vitest'
import { logGamma } from '../../../src/kernel/log-gamma.js'

describe('ln Γ', () => {
  it('of n + 1 is ln n!', () => {
    let exact = 0
    for (let n = 1; n <= 170; n++) {
      exact += Math.log(n)
      expect(Math.abs(logGamma(n + 1) - exact)).toBeLessThan(1e-11 * Math.max(1, exact))
    }
  })

  it('of one half is ln √π', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12)
  })
})
