import type { LaterPhase } from '../load/windows.js'

/** What Plimsoll can do to a target in order to see into it. */
export type Collector = 'cpu-profile' | 'runtime' | 'proc' | 'syscalls'

/** A stretch of the load after the measured window, with some collectors at work and the others not. */
export interface ObserverStep {
  readonly phase: LaterPhase
  readonly lengthUs: number
  readonly on: readonly Collector[]
  /** False: the load settles after a profiler was started or stopped, and nothing is compared. */
  readonly compared: boolean
}

/** The start of a profiler stalls a target by some ms, and has it compile its hot code anew. */
const startUs = 500_000
/** The end of a profile writes a large message. */
const stopUs = 500_000
/** Shorter profiles are compared with nothing: a quarter of one is too little work to tell 5 % from noise. */
const shortestComparedSeconds = 2

/**
 * Which collectors work in the eight equal stretches that are compared: a two-level factorial design, so that all
 * three costs come from the same stretches. Each is off in four and on in four whose mean place is the same: a steady
 * drift of the target falls out. Any two are on together as often as one alone: neither takes the other's cost. The
 * profiler is off, on, on, off by pairs of stretches, since it is started only once.
 * Source: Box, Hunter and Hunter, "Statistics for Experimenters", 2nd ed. (2005), chapter 5.
 */
const design: ReadonlyArray<readonly Collector[]> = [
  [],
  ['runtime', 'proc'],
  ['cpu-profile', 'proc'],
  ['cpu-profile', 'runtime'],
  ['cpu-profile', 'runtime'],
  ['cpu-profile', 'proc'],
  ['runtime', 'proc'],
  [],
]

/**
 * The steps after the measured window, with a profile of `profiledSeconds` and, when all is compared, system calls
 * counted for `syscallSeconds`; none for 0.
 */
export function observerSteps(profiledSeconds: number, syscallSeconds = 0): readonly ObserverStep[] {
  const steps = profileSteps(profiledSeconds)
  if (syscallSeconds <= 0) return steps
  const on: readonly Collector[] = ['runtime', 'proc', 'syscalls']
  return [...steps, { phase: 'profiled', lengthUs: syscallSeconds * 1e6, on, compared: false }]
}

function profileSteps(profiledSeconds: number): readonly ObserverStep[] {
  if (profiledSeconds <= 0) return []
  const profiledUs = profiledSeconds * 1e6
  if (profiledSeconds < shortestComparedSeconds) {
    return [{ phase: 'profiled', lengthUs: profiledUs, on: all, compared: false }]
  }
  const lengthUs = Math.round((profiledUs - startUs) / 4)
  const steps = design.map((on): ObserverStep => {
    const phase = on.includes('cpu-profile') ? 'profiled' : 'control'
    return { phase, lengthUs, on, compared: true }
  })
  return [
    ...steps.slice(0, 2),
    { phase: 'settling', lengthUs: startUs, on: all, compared: false },
    ...steps.slice(2, 6),
    { phase: 'settling', lengthUs: stopUs, on: ['runtime', 'proc'], compared: false },
    ...steps.slice(6),
  ]
}

const all: readonly Collector[] = ['cpu-profile', 'runtime', 'proc']
