import type { FlameData, Weights } from './data.js'

/** A stretch of time on the clock of the streams: from `fromUs` on, and before `toUs`. */
export interface TimeRange {
  readonly fromUs: number
  readonly toUs: number
}

/** Picks samples: `stream` and `sample` are indices, the sample begins at `atUs` and lasts `us`. */
export type SamplePredicate = (stream: number, sample: number, atUs: number, us: number) => boolean

/**
 * The weights of what ran within the ranges; samples that lie there in part count by that part. Ranges may overlap
 * and need no order: no moment counts twice. With a predicate: of the samples that it picks.
 * @throws TypeError where the data does not say when anything ran
 */
export function weigh(data: FlameData, which: readonly TimeRange[] | SamplePredicate): Weights {
  if (data.streams.length === 0) throw new TypeError('This flame data has no streams: no times are known.')
  const weights = new Float64Array(data.frame.length)
  if (typeof which === 'function') weighPicked(data, which, weights)
  else weighRanges(data, tidyRanges(which), weights)
  return weights
}

/** The same ranges in order, without overlaps and without empty ones. */
export function tidyRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const ordered = ranges.filter(({ fromUs, toUs }) => toUs > fromUs).toSorted((a, b) => a.fromUs - b.fromUs)
  const tidy: { fromUs: number; toUs: number }[] = []
  for (const { fromUs, toUs } of ordered) {
    const last = tidy.at(-1)
    if (last && fromUs <= last.toUs) last.toUs = Math.max(last.toUs, toUs)
    else tidy.push({ fromUs, toUs })
  }
  return tidy
}

/** All the time that the ranges leave out. */
export function outsideRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const outside: TimeRange[] = []
  let fromUs = Number.NEGATIVE_INFINITY
  for (const range of tidyRanges(ranges)) {
    if (range.fromUs > fromUs) outside.push({ fromUs, toUs: range.fromUs })
    fromUs = range.toUs
  }
  if (fromUs < Number.POSITIVE_INFINITY) outside.push({ fromUs, toUs: Number.POSITIVE_INFINITY })
  return outside
}

function weighPicked(data: FlameData, picks: SamplePredicate, weights: Weights): void {
  for (const [s, { node, us, startUs }] of data.streams.entries()) {
    let atUs = startUs
    for (let i = 0; i < node.length; i++) {
      const index = node[i]!
      if (index >= 0 && picks(s, i, atUs, us[i]!)) weights[index]! += us[i]!
      atUs += us[i]!
    }
  }
}

function weighRanges(data: FlameData, ranges: readonly TimeRange[], weights: Weights): void {
  const from = Float64Array.from(ranges, ({ fromUs }) => fromUs)
  const to = Float64Array.from(ranges, ({ toUs }) => toUs)
  for (const { node, us, startUs } of data.streams) {
    let atUs = startUs
    let next = 0
    for (let i = 0; i < node.length && next < from.length; i++) {
      const untilUs = atUs + us[i]!
      while (next < from.length && to[next]! <= atUs) next++
      const index = node[i]!
      if (index >= 0) weights[index]! += coveredUs(from, to, next, atUs, us[i]!)
      atUs = untilUs
    }
  }
}

/** How much of a sample lies in the ranges from `next` on. */
function coveredUs(from: Float64Array, to: Float64Array, next: number, atUs: number, us: number): number {
  const untilUs = atUs + us
  let covered = 0
  for (let r = next; r < from.length && from[r]! < untilUs; r++) {
    // Times since the start of a machine are large: their difference would round what lies inside as a whole.
    if (from[r]! <= atUs && to[r]! >= untilUs) return us
    covered += Math.max(0, Math.min(to[r]!, untilUs) - Math.max(from[r]!, atUs))
  }
  return Math.min(covered, us)
}
