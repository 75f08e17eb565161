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

/** `drain`: after the load; no message is due in it, but replies still come. */
export type Phase = 'warmup' | 'measured' | 'profiled' | 'drain'

/** The phases in which messages are due. */
export type LoadPhase = Exclude<Phase, 'drain'>

const second = 1e6
const binsIn = (lengthUs: number): number => Math.ceil(lengthUs / second - 1e-9)

/**
 * The time line's intervals: one second each, but the last of a window may be shorter, so that no interval
 * straddles two windows. Numbered through the run from 0; the drain is one interval of any length.
 */
export function binOf(windows: Windows, timeUs: number): number {
  let first = 0
  for (let window = 0; window < phases.length; window++) {
    const fromUs = boundOf(windows, window)
    const toUs = boundOf(windows, window + 1)
    if (!Number.isFinite(fromUs)) continue
    if (timeUs < toUs) return first + Math.floor((timeUs - fromUs) / second)
    first += binsIn(toUs - fromUs)
  }
  return first
}

export interface Interval {
  readonly phase: Phase
  readonly startUs: number
  readonly endUs: number
}

/** The stretch of time of interval `bin`. */
export function intervalOf(windows: Windows, bin: number): Interval {
  let first = 0
  for (let window = 0; window < phases.length; window++) {
    const fromUs = boundOf(windows, window)
    const toUs = boundOf(windows, window + 1)
    if (!Number.isFinite(fromUs)) continue
    const bins = binsIn(toUs - fromUs)
    if (bin < first + bins) {
      const startUs = fromUs + (bin - first) * second
      return { phase: phases[window]!, startUs, endUs: Math.min(startUs + second, toUs) }
    }
    first += bins
  }
  return { phase: 'drain', startUs: windows.endUs, endUs: Number.POSITIVE_INFINITY }
}

const phases = ['warmup', 'measured', 'profiled'] as const

/** Where window number `window` begins, and the one before it ends; Infinity while not known. */
function boundOf(windows: Windows, window: number): number {
  if (window === 0) return 0
  return window === 1 ? windows.measureFromUs : window === 2 ? windows.measureToUs : windows.endUs
}
