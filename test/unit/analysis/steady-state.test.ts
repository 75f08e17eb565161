import { describe, expect, it } from 'vitest'
import { judgeSteadyState, type SteadySecond, type SteadyState } from '../../../src/analysis/steady-state.js'
import { Random } from '../../../src/kernel/random.js'

const runs = 100

const gauss = (random: Random): number =>
  Math.sqrt(2 * random.exponential()) * Math.cos(2 * Math.PI * random.next())

interface Load {
  readonly seed: number
  readonly cv: number
  /** Lag-1 autocorrelation of the noise. */
  readonly phi: number
  readonly seconds?: number
  readonly outliers?: number
  readonly closed?: boolean
}

/** A 1 Hz series whose p50 (ms) follows `level(t)` with AR(1) noise. */
function series(level: (t: number) => number, load: Load): SteadySecond[] {
  const random = new Random(load.seed)
  const seconds = load.seconds ?? 20
  const odd = new Set(Array.from({ length: load.outliers ?? 0 }, () => random.integer(0, seconds - 1)))
  let noise = gauss(random)
  return Array.from({ length: seconds }, (_, second) => {
    const p50Ms =
      level(second + 0.5) * Math.exp(load.cv * noise) * (odd.has(second) ? 1.5 + 3 * random.next() : 1)
    noise = load.phi * noise + Math.sqrt(1 - load.phi ** 2) * gauss(random)
    const throughput = load.closed ? 10_000 / p50Ms : 1_000 * (1 + 0.003 * gauss(random))
    return { p50Ms, throughput, count: Math.round(throughput) }
  })
}

/** A server of 500/s for 12 s and 10,000/s after it, under 1,000/s: a queue of 6,000 grows, then drains. */
function drainingQueue(t: number): number {
  const growing = Math.min(t, 12 - t + (1_000 * t - 6_000) / 10_000)
  const waitS = t < 12 ? (t < 6 ? t : growing) : Math.max(0, 6_000 - (t - 12) * 9_000) / 10_000
  return 2 + 1_000 * waitS
}

function share(
  level: (t: number) => number,
  load: Omit<Load, 'seed'>,
  right: (state: SteadyState) => boolean,
): number {
  let hits = 0
  for (let seed = 1; seed <= runs; seed++) {
    const seen = series(level, { ...load, seed })
    if (right(judgeSteadyState(seen, seen.length))) hits++
  }
  return hits / runs
}

const cutNear12 = (state: SteadyState): boolean => state.state === 'steady' && Math.abs(state.cut - 12) <= 3
const cutAtStart = (state: SteadyState): boolean => state.state === 'steady' && state.cut <= 3
const notEstablished = (state: SteadyState): boolean => state.state === 'undecided'

const quiet = [
  { cv: 0.03, phi: 0 },
  { cv: 0.03, phi: 0.5 },
  { cv: 0.05, phi: 0.5 },
]
const noisy = [
  { cv: 0.1, phi: 0 },
  { cv: 0.1, phi: 0.5 },
]

describe('a start that is slow for 12 s', () => {
  it.each([...quiet, ...noisy])('is cut off within 3 s of its end: a step, cv $cv φ $phi', (noise) => {
    expect(share((t) => (t < 12 ? 20 : 2), noise, cutNear12)).toBeGreaterThanOrEqual(0.9)
    expect(share((t) => (t < 12 ? 20 : 2), { ...noise, closed: true }, cutNear12)).toBeGreaterThanOrEqual(0.9)
  })

  it.each(quiet)('also if it fades, falls in a line or drains a queue, cv $cv φ $phi', (noise) => {
    const fading = (t: number): number => (t < 12 ? 20 : 2 + 18 * Math.exp(-(t - 12) / 0.5))
    const linear = (t: number): number => (t < 12 ? 20 - 1.5 * t : 2)
    expect(share(fading, noise, cutNear12)).toBeGreaterThanOrEqual(0.9)
    expect(share(linear, noise, cutNear12)).toBeGreaterThanOrEqual(0.9)
    expect(share(drainingQueue, noise, cutNear12)).toBeGreaterThanOrEqual(0.9)
  })
})

describe('a drift that goes on for ever', () => {
  it.each([0.02, 0.05, 0.5])('is never called steady at %d a second', (rate) => {
    for (const noise of [{ cv: 0.01, phi: 0 }, ...quiet]) {
      expect(share((t) => 2 * Math.exp(rate * t), noise, notEstablished)).toBeGreaterThanOrEqual(0.9)
      expect(share((t) => 2 * (1 + rate * t), noise, notEstablished)).toBeGreaterThanOrEqual(0.9)
    }
  })

  it('is found under 10 % of noise from 5 % a second upward', () => {
    expect(share((t) => 2 * Math.exp(0.05 * t), { cv: 0.1, phi: 0 }, notEstablished)).toBeGreaterThanOrEqual(
      0.9,
    )
  })
})

describe('a healthy target', () => {
  const warmingJit = (t: number): number => (t < 1 ? 0.2 : t < 2 ? 0.13 : 0.1)

  it.each([...quiet, ...noisy, { cv: 0.15, phi: 0 }])('is steady from the start, cv $cv φ $phi', (noise) => {
    expect(share(() => 2, noise, cutAtStart)).toBeGreaterThanOrEqual(0.9)
  })

  it.each([0.1, 0.12, 0.15])('is so at 0.1 ms with %d noise, a warming JIT and an odd second', (cv) => {
    const load = { cv, phi: 0, outliers: 1 }
    expect(share(warmingJit, load, cutAtStart)).toBeGreaterThanOrEqual(0.9)
    expect(share(warmingJit, { ...load, closed: true }, cutAtStart)).toBeGreaterThanOrEqual(0.9)
  })

  it('is so within ten seconds', () => {
    expect(share(warmingJit, { cv: 0.05, phi: 0, seconds: 10 }, cutAtStart)).toBeGreaterThanOrEqual(0.9)
  })

  it('is cut in whole blocks when the warm-up is long', () => {
    const step = series((t) => (t < 60 ? 20 : 2), { seed: 4, cv: 0.03, phi: 0, seconds: 120 })
    expect(judgeSteadyState(step, 120)).toEqual({ state: 'steady', cut: 60 })
  })
})

describe('what cannot be told', () => {
  const flat = series(() => 2, { seed: 1, cv: 0.03, phi: 0 })

  it('stays undecided before the cap, since a plateau looks steady', () => {
    for (let seconds = 0; seconds < 20; seconds++) {
      expect(judgeSteadyState(flat.slice(0, seconds), 20).state).toBe('undecided')
    }
    expect(judgeSteadyState(flat, 20)).toEqual({ state: 'steady', cut: 0 })
  })

  it('needs messages, and answers in four seconds of five', () => {
    const few = flat.map((second) => ({ ...second, count: 4, throughput: 4 }))
    expect(judgeSteadyState(few, 20)).toMatchObject({ state: 'undecided', reason: /few messages/ })
    const gaps = flat.map((second, index) => (index % 3 === 0 ? { ...second, p50Ms: null } : second))
    expect(judgeSteadyState(gaps, 20).state).toBe('undecided')
    const oneGap = flat.map((second, index) => (index === 7 ? { ...second, p50Ms: Number.NaN } : second))
    expect(judgeSteadyState(oneGap, 20)).toEqual({ state: 'steady', cut: 0 })
    expect(judgeSteadyState(flat.slice(0, 5), 5).state).toBe('undecided')
  })

  it('names the direction of a drift', () => {
    const rising = series((t) => 2 * Math.exp(0.1 * t), { seed: 2, cv: 0.02, phi: 0 })
    expect(judgeSteadyState(rising, 20)).toEqual({ state: 'undecided', reason: 'still rising' })
  })
})
