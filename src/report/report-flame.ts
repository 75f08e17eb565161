import { type FittedFlame, type FlameBounds, fitFlame } from './fit-flame.js'
import type { FlameData, FlameSummary } from './flame-data.js'

/** A flame graph as report-data.json and the page hold it. */
export interface ReportFlame extends FittedFlame {
  /** Tells it from others in the same report: `CPU`, or `Kernel and native code`. */
  readonly title: string
  /** The profiler: inspector, perf or pprof; others as they are called. */
  readonly how: string
  /** Why this profiler, or what it cannot see; a sentence. */
  readonly note?: string
  readonly summary: FlameSummary
}

export interface FlameParts {
  readonly title: string
  readonly how: string
  readonly note?: string | null
  /** A `ProfileAnalysis` fits. */
  readonly analysis: FlameSummary & { readonly flame: FlameData }
}

/** Makes a profile ready for a report, within the bounds of its size. */
export function reportFlame({ title, how, note, analysis }: FlameParts, bounds?: FlameBounds): ReportFlame {
  const { seconds, idleShare, categories, unattributed, gcCausedBy, hottest, threads, problems } = analysis
  return {
    title,
    how,
    ...(note ? { note } : {}),
    summary: {
      ...(seconds === undefined ? {} : { seconds }),
      ...(idleShare === undefined ? {} : { idleShare }),
      categories,
      unattributed,
      ...(gcCausedBy ? { gcCausedBy } : {}),
      hottest: hottest.map(({ function: name, file, line, selfShare, totalShare }) => ({
        function: name,
        file,
        line,
        selfShare,
        totalShare,
      })),
      ...(threads && threads.length > 1 ? { threads } : {}),
      ...(problems && problems.length > 0 ? { problems } : {}),
    },
    ...fitFlame(analysis.flame, bounds),
  }
}
