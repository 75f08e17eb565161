/**
 * The windows of a run: warm-up, then measured, then those in which the target is profiled. Times in µs since the
 * load started; Infinity while not known. A message belongs to the window that its intended time falls into.
 */
export interface Windows {
  readonly measureFromUs: number
  readonly measureToUs: number
  /** End of the load; equals `measureToUs` if nothing is profiled. */
  readonly endUs: number
  /** What follows the measured window, up to `endUs`; where left out, one profiled window. */
  readonly later?: readonly LaterWindow[]
}

/** Begins where the window before it ends. */
export interface LaterWindow {
  readonly phase: LaterPhase
  readonly toUs: number
}

/**
 * `control`: the same load without the profiler, for comparison. `settling`: a profiler has just been started or
 * stopped, and what that did to the target belongs to neither.
 */
export type LaterPhase = 'control' | 'profiled' | 'settling'

/** `drain`: after the load; no message is due in it, but replies still come. */
export type Phase = 'warmup' | 'measured' | LaterPhase | 'drain'

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
  for (let window = 0; window < windowCount(windows); window++) {
    const fromUs = startOf(windows, window)
    const toUs = startOf(windows, window + 1)
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
  for (let window = 0; window < windowCount(windows); window++) {
    const fromUs = startOf(windows, window)
    const toUs = startOf(windows, window + 1)
    if (!Number.isFinite(fromUs)) continue
    const bins = binsIn(toUs - fromUs)
    if (bin < first + bins) {
      const startUs = fromUs + (bin - first) * second
      return { phase: phaseOf(windows, window), startUs, endUs: Math.min(startUs + second, toUs) }
    }
    first += bins
  }
  return { phase: 'drain', startUs: windows.endUs, endUs: Number.POSITIVE_INFINITY }
}

/** The same windows, with nothing of them after `timeUs`. */
export function cutWindows(windows: Windows, timeUs: number): Windows {
  return {
    measureFromUs: Math.min(windows.measureFromUs, timeUs),
    measureToUs: Math.min(windows.measureToUs, timeUs),
    endUs: Math.min(windows.endUs, timeUs),
    ...(windows.later
      ? { later: windows.later.map(({ phase, toUs }) => ({ phase, toUs: Math.min(toUs, timeUs) })) }
      : {}),
  }
}

const windowCount = ({ later }: Windows): number => 2 + (later?.length ?? 1)

/** Where window number `window` begins, and the one before it ends; Infinity while not known. */
function startOf(windows: Windows, window: number): number {
  if (window === 0) return 0
  if (window === 1) return windows.measureFromUs
  if (window === 2) return windows.measureToUs
  return windows.later?.[window - 3]?.toUs ?? windows.endUs
}

function phaseOf({ later }: Windows, window: number): LoadPhase {
  if (window === 0) return 'warmup'
  if (window === 1) return 'measured'
  return later?.[window - 2]?.phase ?? 'profiled'
}
