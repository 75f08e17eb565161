import { monotonicUs } from '../kernel/clock.js'
import { toCollapsed } from './export/collapsed.js'
import { toCpuProfile } from './export/cpu-profile.js'
import { toSpeedscope } from './export/speedscope.js'
import type { FlameProfile } from './flame-profile.js'
import { toPprof } from './pprof/pprof-writer.js'
import type { ProfileFile } from './profiler.js'
import type { ThreadProfile } from './thread-profile.js'

/** What a profile can be written as, beside an HTML page. */
export const profileFormats = ['cpuprofile', 'speedscope', 'collapsed', 'pprof'] as const
export type ProfileFormat = (typeof profileFormats)[number]

export interface ExportedProfile {
  readonly flame: FlameProfile
  /** Of a Node process: their own `.cpuprofile` says more than one made of the flame graph. */
  readonly threads?: readonly ThreadProfile[]
  readonly seconds: number
  /** ms since 1970. */
  readonly startedAtMs: number
}

/**
 * The files of a profile. `.cpuprofile` holds one thread: there is one for each, `NAME.cpuprofile` for the first and
 * `NAME-THREAD.cpuprofile` for the others; none where the profiler tells no times.
 */
export function profileFiles(
  name: string,
  profile: ExportedProfile,
  formats: readonly ProfileFormat[] = profileFormats,
): ProfileFile[] {
  const filesOf: Readonly<Record<ProfileFormat, () => ProfileFile[]>> = {
    cpuprofile: () => cpuProfileFiles(name, profile),
    speedscope: () => [{ name: `${name}.speedscope.json`, content: toSpeedscope(profile.flame, name) }],
    collapsed: () => [{ name: `${name}.collapsed`, content: toCollapsed(profile.flame) }],
    pprof: () => [{ name: `${name}.pb.gz`, content: toPprof(profile.flame, profile) }],
  }
  return formats.flatMap((format) => filesOf[format]())
}

/** All formats of the profiles of a Node target. */
export function nodeProfileFiles(
  name: string,
  threads: readonly ThreadProfile[],
  flame: FlameProfile,
): ProfileFile[] {
  return profileFiles(name, { flame, threads, ...timesOf(threads.map(({ profile }) => profile)) })
}

/** When a profile began, by the clock of the wall, and how long it is. */
export function timesOf(
  parts: ReadonlyArray<{ readonly startTime: number; readonly endTime: number }>,
): Pick<ExportedProfile, 'seconds' | 'startedAtMs'> {
  const startUs = Math.min(...parts.map(({ startTime }) => startTime))
  const endUs = Math.max(...parts.map(({ endTime }) => endTime))
  if (parts.length === 0) return { seconds: 0, startedAtMs: Date.now() }
  return { seconds: (endUs - startUs) / 1e6, startedAtMs: Date.now() - (monotonicUs() - startUs) / 1_000 }
}

/** The times of a profile that is over just now. */
export const justEnded = (seconds: number): Pick<ExportedProfile, 'seconds' | 'startedAtMs'> => ({
  seconds,
  startedAtMs: Date.now() - seconds * 1_000,
})

function cpuProfileFiles(name: string, { flame, threads }: ExportedProfile): ProfileFile[] {
  const parts = threads ?? flame.streams
  const manyProcesses = new Set(parts.map(({ pid }) => pid)).size > 1
  const taken = new Set<string>()
  return parts.map((part, index) => {
    const words = [manyProcesses ? String(part.pid) : '', part.thread].filter((word) => word !== '')
    let file =
      index === 0
        ? name
        : `${name}-${words
            .join('-')
            .replaceAll(/[^\w.-]+/g, '_')
            .slice(0, 80)}`
    for (let copy = 2; taken.has(file); copy++) file = `${file.replace(/-\d+$/, '')}-${copy}`
    taken.add(file)
    const profile = 'profile' in part ? part.profile : toCpuProfile(flame, part)
    return { name: `${file}.cpuprofile`, content: JSON.stringify(profile) }
  })
}
