/** What χ² of so many degrees of freedom exceeds once in 10,000 times (Wilson and Hilferty's approximation). */
export function chi2Limit(degrees: number): number {
  const spread = 2 / (9 * degrees)
  return degrees * (1 - spread + 3.719 * Math.sqrt(spread)) ** 3
}

/** χ² of counts against shares that add up to 1; cells in which fewer than 10 are expected are taken together. */
export function chi2(
  counts: readonly number[],
  shares: readonly number[],
): { value: number; degrees: number } {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let value = 0
  let cells = 0
  let [seen, expected] = [0, 0]
  for (let at = 0; at < shares.length; at++) {
    seen += counts[at] ?? 0
    expected += shares[at]! * total
    const rest = shares.slice(at + 1).reduce((sum, share) => sum + share, 0) * total
    if (at < shares.length - 1 && (expected < 10 || rest < 10)) continue
    value += (seen - expected) ** 2 / expected
    cells++
    seen = 0
    expected = 0
  }
  return { value, degrees: cells - 1 }
}

/** √n times the largest distance between the draws and a continuous law; above 2.2 once in 10,000 times. */
export function kolmogorov(draws: readonly number[], below: (value: number) => number): number {
  const sorted = draws.toSorted((a, b) => a - b)
  const n = sorted.length
  const distances = sorted.map((value, at) => {
    const share = below(value)
    return Math.max(Math.abs(share - at / n), Math.abs((at + 1) / n - share))
  })
  return Math.sqrt(n) * distances.reduce((most, distance) => Math.max(most, distance), 0)
}

/** The share of a standard normal law below z: Abramowitz and Stegun 26.2.17, good to 7.5 × 10^-8. */
export function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z)
  const t = 1 / (1 + 0.2316419 * z)
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const series = factors.reduceRight((sum, factor) => t * (factor + sum), 0)
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
