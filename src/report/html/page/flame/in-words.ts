import { formatMs, formatShare } from '../../../../kernel/units.js'
import type { FlameLoss } from '../../../fit-flame.js'
import type { EncodedFlame } from '../../../flame-codec.js'
import { exact } from '../format.js'

/** What the widths are shares of. */
export const wholeInWords = (unit: EncodedFlame['unit']): string =>
  unit === 'us' ? 'on-CPU time' : unit === 'bytes' ? 'all sampled bytes' : 'all samples'

/** What the size of the page has cost the flame graph; empty where that is nothing. */
export function lossInWords({ frames, share, below, stepUs }: FlameLoss, whole: string): string {
  const parts: string[] = []
  if (frames !== undefined) {
    parts.push(
      `${exact(frames)} frames of at most ${formatShare(below ?? 0)} each, together ${formatShare(share ?? 0)} of ${whole}, are gathered as “(smaller frames)” of their callers to keep this page small.`,
    )
  }
  if (stepUs !== undefined) {
    parts.push(
      `Times are kept to one sample every ${formatMs(stepUs / 1_000)}, fewer than the profiler took: a chosen time is as fine as that. The graph of the whole profile is exact.`,
    )
  }
  return parts.join(' ')
}

const profilers: Readonly<Record<string, string>> = {
  inspector: 'V8’s CPU profiler, through the inspector',
  perf: 'perf, which samples native stacks from outside',
  pprof: 'the target’s own pprof endpoint',
}

export const profilerInWords = (how: string): string => profilers[how] ?? how
