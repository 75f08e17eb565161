/**
 * The windows of a run: warm-up, then measured, then profiled. Times in µs since the load started; Infinity while
 * not known. A message belongs to the window that its intended time falls into.
 */
export interface Windows {
  readonly measureFromUs: number
  readonly measureToUs: number
  /** End of the profiled window, and of the load; equals `measureToUs` if nothing is profiled. */
  readonly endUs: number
}

export type Phase = 'warmup' | 'measured' | 'profiled'

const second = 1e6
const binsIn = (lengthUs: number): number => Math.ceil(lengthUs / second - 1e-9)

/**
 * The time line's intervals: one second each, but the last of a window may be shorter, so that no interval
 * straddles two windows. Numbered through the run from 0.
 */
export function binOf(windows: Windows, timeUs: number): number {
  if (timeUs < windows.measureFromUs) return Math.floor(timeUs / second)
  const warmupBins = binsIn(windows.measureFromUs)
  if (timeUs < windows.measureToUs) return warmupBins + Math.floor((timeUs - windows.measureFromUs) / second)
  const measuredBins = binsIn(windows.measureToUs - windows.measureFromUs)
  return warmupBins + measuredBins + Math.floor((timeUs - windows.measureToUs) / second)
}

export interface Interval {
  readonly phase: Phase
  readonly startUs: number
  readonly endUs: number
}

/** The stretch of time of interval `bin`. */
export function intervalOf(windows: Windows, bin: number): Interval {
  const phases = [
    ['warmup', 0, windows.measureFromUs],
    ['measured', windows.measureFromUs, windows.measureToUs],
    ['profiled', windows.measureToUs, Infinity],
  ] as const
  let first = 0
  for (const [phase, from, to] of phases) {
    const bins = binsIn(to - from)
    if (bin < first + bins) {
      const startUs = from + (bin - first) * second
      return { phase, startUs, endUs: Math.min(startUs + second, phase === 'profiled' ? windows.endUs : to) }
    }
    first += bins
  }
  throw new RangeError(`interval ${bin} lies outside the run`)
}
