import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leastSquares } from '../../../src/analysis/least-squares.js'

const number = fc.double({ min: -10, max: 10, noNaN: true })

describe('least squares', () => {
  it('gives back the coefficients of values without noise, wherever the columns are independent', () => {
    const row = fc.tuple(number, number, number)
    const given = fc.tuple(number, number, number)
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 12 }), given, (some, truth) => {
        const rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], ...some]
        const values = rows.map((row) => row.reduce((sum, value, at) => sum + value * truth[at]!, 0))
        const fit = leastSquares(rows, values)!
        for (const [at, value] of truth.entries()) expect(fit.coefficients[at]).toBeCloseTo(value, 6)
        for (const error of fit.standardErrors) expect(error).toBeLessThan(1e-5)
        expect(fit.freedom).toBe(some.length)
      }),
    )
  })

  it('has the slope and the standard errors of the textbook for a straight line', () => {
    const xs = [1, 2, 3, 4, 5]
    const values = [2.2, 2.8, 4.5, 3.7, 5.5]
    const fit = leastSquares(
      xs.map((x) => [1, x]),
      values,
    )!
    // Sxx = 10, Sxy = 7.5, mean 3.74; the residual sum of squares is Syy − 0.75·7.5 = 1.307.
    expect(fit.coefficients[1]).toBeCloseTo(0.75, 12)
    expect(fit.coefficients[0]).toBeCloseTo(3.74 - 0.75 * 3, 12)
    expect(fit.standardErrors[1]).toBeCloseTo(Math.sqrt(1.307 / 3 / 10), 12)
    expect(fit.standardErrors[0]).toBeCloseTo(Math.sqrt((1.307 / 3) * (1 / 5 + 9 / 10)), 12)
  })

  it('says nothing where columns are tied together or no observation is left over', () => {
    const tied = [1, 2, 3, 4].map((x) => [1, x, 2 * x + 1])
    expect(leastSquares(tied, [1, 2, 3, 4])).toBeNull()
    expect(leastSquares([[1, 2]], [3])).toBeNull()
    expect(leastSquares([], [])).toBeNull()
  })
})
