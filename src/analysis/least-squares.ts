/** What a linear model makes of its observations. */
export interface LinearFit {
  /** One for each column. */
  readonly coefficients: readonly number[]
  readonly standardErrors: readonly number[]
  /** Observations beyond the coefficients: at least 1. */
  readonly freedom: number
}

/**
 * Ordinary least squares by the normal equations, for a handful of columns of like size. `rows` holds, for each
 * observation, the value of each column; a constant is a column of ones. Null where the columns cannot be told apart
 * or no observation remains to tell the noise.
 * Source: Seber and Lee, "Linear Regression Analysis", 2nd ed. (2003), sections 3.1 to 3.3.
 */
export function leastSquares(
  rows: ReadonlyArray<readonly number[]>,
  values: readonly number[],
): LinearFit | null {
  const columns = rows[0]?.length ?? 0
  const freedom = rows.length - columns
  if (freedom < 1) return null
  const indices = Array.from({ length: columns }, (_, column) => column)
  const sums = indices.map((a) => indices.map((b) => sum(rows.map((row) => row[a]! * row[b]!))))
  const inverse = inverted(sums)
  if (inverse === null) return null
  const moments = indices.map((column) => sum(rows.map((row, at) => row[column]! * values[at]!)))
  const coefficients = inverse.map((line) => dot(line, moments))
  const squares = sum(rows.map((row, at) => (values[at]! - dot(row, coefficients)) ** 2))
  const standardErrors = inverse.map((line, at) => Math.sqrt((squares / freedom) * line[at]!))
  return { coefficients, standardErrors, freedom }
}

/** Gauss-Jordan with the largest pivot; null where the matrix has no inverse. */
function inverted(matrix: ReadonlyArray<readonly number[]>): number[][] | null {
  const size = matrix.length
  const rows = matrix.map((row, at) => [...row, ...row.map((_, column) => (column === at ? 1 : 0))])
  const tiny = 1e-12 * Math.max(...matrix.flat().map(Math.abs))
  for (let column = 0; column < size; column++) {
    const rest = rows.slice(column)
    const largest = rest.reduce((best, row) =>
      Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best,
    )
    if (Math.abs(largest[column]!) <= tiny) return null
    rows[rows.indexOf(largest)] = rows[column]!
    const pivot = largest.map((value) => value / largest[column]!)
    rows[column] = pivot
    for (const [at, row] of rows.entries()) {
      if (at !== column) rows[at] = row.map((value, place) => value - row[column]! * pivot[place]!)
    }
  }
  return rows.map((row) => row.slice(size))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, at) => total + value * b[at]!, 0)
