import { bytesOf, defaultBounds, type FittedFlame, type FlameBounds, fitFlame } from './fit-flame.js'
import { decodeFlame } from './flame-codec.js'
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

/** The same flame graphs in so many bytes of JSON all together, where they took more. */
export function fitTogether(flames: readonly ReportFlame[], bytes: number): ReportFlame[] {
  const taken = flames.reduce((sum, { flame }) => sum + bytesOf(flame), 0)
  if (taken <= bytes) return [...flames]
  const each = { samples: defaultBounds.samples, bytes: Math.floor(bytes / flames.length) }
  return flames.map((flame) =>
    bytesOf(flame.flame) <= each.bytes
      ? flame
      : { ...flame, ...fitFlame(decodeFlame(flame.flame), each, flame.loss) },
  )
}
