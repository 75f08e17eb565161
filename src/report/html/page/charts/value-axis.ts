import { formatNumber } from '../../../../kernel/units.js'

const roundSteps = [1, 2, 5, 10] as const

/** The next 1, 2 or 5 times a power of ten at or above a value above 0. */
export function roundUp(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value))
  const step = roundSteps.find((candidate) => candidate * decade >= value * (1 - 1e-9)) ?? 10
  return Number((step * decade).toPrecision(1))
}

/** The next 1, 2 or 5 times a power of ten at or below a value above 0. */
export function roundDown(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value))
  const step = roundSteps.findLast((candidate) => candidate * decade <= value * (1 + 1e-9)) ?? 1
  return Number((step * decade).toPrecision(1))
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 between them where fewer than three would fit. */
export function logTicks(low: number, high: number): number[] {
  const decades = stepsBetween(low, high, [1])
  return decades.length >= 3 ? decades : stepsBetween(low, high, [1, 2, 5])
}

/** Keeps every tick: of a logarithmic axis uPlot would drop all but the powers of ten. */
export const allTicks = (_: unknown, ticks: number[]): number[] => ticks

function stepsBetween(low: number, high: number, steps: readonly number[]): number[] {
  const out: number[] = []
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
    for (const step of steps) {
      const value = Number((step * 10 ** decade).toPrecision(1))
      if (value >= low * 0.999 && value <= high * 1.001) out.push(value)
    }
  }
  return out
}

/** Ticks of a linear axis from 0: two to four round steps, the last as near to `peak` as such steps come. */
export function linearTicks(peak: number): number[] {
  if (!(peak > 0)) return [0]
  const decade = 10 ** Math.floor(Math.log10(peak))
  let best = { step: peak, top: 0 }
  for (const size of [5, 2.5, 2, 1, 0.5, 0.25]) {
    const step = Number((size * decade).toPrecision(2))
    const count = Math.floor((peak / step) * (1 + 1e-9))
    if (count >= 2 && count <= 4 && count * step > best.top * (1 + 1e-9)) best = { step, top: count * step }
  }
  const count = Math.max(1, Math.round(best.top / best.step))
  return Array.from({ length: count + 1 }, (_, i) => Number((i * best.step).toPrecision(4)))
}

/** Ms with its unit for an axis: `10 µs`, `1 ms`, `2 s`. */
export function axisMs(ms: number): string {
  if (ms < 1) return `${formatNumber(ms * 1_000)} µs`
  return ms < 1_000 ? `${formatNumber(ms)} ms` : `${formatNumber(ms / 1_000)} s`
}
