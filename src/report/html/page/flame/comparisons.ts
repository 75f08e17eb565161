import type { CallTree, FlameData } from '../../../../../packages/flame-graph/src/data.js'
import { joinData } from '../../../../../packages/flame-graph/src/join.js'
import { outsideRanges, weigh } from '../../../../../packages/flame-graph/src/weigh.js'
import { formatMs, formatShare } from '../../../../kernel/units.js'
import { decodeFlame } from '../../../flame-codec.js'
import type { ReportFlame } from '../../../report-flame.js'
import type { SlowMessagesJson } from '../../../slow-messages.js'
import type { Against } from '../../page-data.js'
import { exact } from '../format.js'
import { graphData } from './graph-data.js'
import type { ChosenTime } from './time-brush.js'
import { sumOf, wallUsWithin } from './weights.js'

/** Two weightings of one call tree, and how to speak of them. */
export interface Comparison {
  readonly calls: CallTree
  readonly unit: FlameData['unit']
  readonly before: Float64Array
  readonly after: Float64Array
  readonly title: string
  /** Of `before` and `after`, as headings. */
  readonly names: readonly [before: string, after: string]
  readonly note: string
  readonly bars: readonly { readonly label: string; readonly busyShare: number }[]
}

/**
 * What ran while the slowest messages were open, against all else of the profile.
 * @returns why not, where that cannot be
 */
export function compareSlow(
  data: FlameData,
  span: ChosenTime | null,
  slow: SlowMessagesJson | null,
): Comparison | string {
  if (slow === null) return 'this run kept no times of its slowest messages'
  if ('why' in slow) return slow.why
  if (span === null) return 'this profiler tells no times'
  const ranges = clip(
    slow.ranges.map(([fromUs, toUs]) => ({ fromUs, toUs })),
    span,
  )
  const rest = clip(outsideRanges(ranges), span)
  if (ranges.length === 0) return 'no slow message was open while the profiler ran'
  if (rest.length === 0)
    return 'slow messages were open all the time, so there is no rest to compare them with'
  const after = weigh(data, ranges)
  const before = weigh(data, rest)
  if (!(sumOf(after) > 0)) return 'the target was idle while the slow messages were open'
  if (!(sumOf(before) > 0)) return 'the target was idle for the rest of the profile'
  const openUs = lengthOf(ranges)
  const share = slow.messages / slow.of
  const called =
    slow.messages < Math.floor(slow.of / 100)
      ? `slowest ${formatShare(share)}, all that were kept`
      : 'slowest 1 %'
  return {
    calls: data,
    unit: data.unit,
    before,
    after,
    title: 'What differs most while slow messages were open',
    names: ['Rest', 'Slow'],
    note: `Widths are shares of the on-CPU time while one of the ${exact(slow.messages)} slowest of ${exact(slow.of)} messages of the profiled window (the ${called}: ${formatMs(slow.thresholdMs)} and more) was open. They were open for ${formatMs(openUs / 1_000)}, ${formatShare(openUs / (span.toUs - span.fromUs))} of the profile.`,
    bars: [
      { label: 'Slow messages open', busyShare: sumOf(after) / wallUsWithin(data.streams, ranges) },
      { label: 'The rest', busyShare: sumOf(before) / wallUsWithin(data.streams, rest) },
    ],
  }
}

/**
 * The same profile of another run against this one.
 * @returns why not, where that cannot be
 */
export function compareRuns(flame: ReportFlame, data: FlameData, against: Against): Comparison | string {
  const other =
    against.flames.find(({ title }) => title === flame.title) ??
    against.flames.find(({ how }) => how === flame.how)
  if (!other) return `${against.name} has no profile of this kind`
  const theirs = graphData(decodeFlame(other.flame))
  if (theirs.unit !== data.unit) return `the profile of ${against.name} counts ${theirs.unit}`
  const { ofFirst, ofSecond, ...calls } = joinData(theirs, data)
  const bars = [
    { label: against.name, idleShare: other.summary.idleShare },
    { label: against.ownName, idleShare: flame.summary.idleShare },
  ]
  return {
    calls,
    unit: data.unit,
    before: placed(theirs.self, ofFirst, calls.frame.length),
    after: placed(data.self, ofSecond, calls.frame.length),
    title: `What differs most from ${against.name}`,
    names: [against.name, against.ownName],
    note: [
      `Widths are those of ${against.ownName}. Functions are the same where name and file are, wherever edits have moved them.`,
      ...against.notes,
    ].join(' '),
    bars: bars.flatMap(({ label, idleShare }) =>
      idleShare === undefined ? [] : [{ label, busyShare: 1 - idleShare }],
    ),
  }
}

function placed(self: Float64Array, of: Int32Array, count: number): Float64Array {
  const weights = new Float64Array(count)
  self.forEach((weight, i) => {
    weights[of[i]!]! += weight
  })
  return weights
}

const clip = (ranges: readonly ChosenTime[], span: ChosenTime): ChosenTime[] =>
  ranges
    .map(({ fromUs, toUs }) => ({ fromUs: Math.max(fromUs, span.fromUs), toUs: Math.min(toUs, span.toUs) }))
    .filter(({ fromUs, toUs }) => toUs > fromUs)

const lengthOf = (ranges: readonly ChosenTime[]): number =>
  ranges.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0)
