import type { CallTree, SampleStream } from '../../../../../packages/flame-graph/src/data.js'
import { type FlameHotFunction, totalsOf } from '../../../flame-data.js'
import type { ChosenTime } from './time-brush.js'

/** Shares of categories, the largest first; those without any are left out. */
export function categoryShares(
  { frames, frame }: CallTree,
  weights: Float64Array,
): [category: string, share: number][] {
  const sums = new Map<string, number>()
  let whole = 0
  weights.forEach((weight, i) => {
    const { category } = frames[frame[i]!]!
    sums.set(category, (sums.get(category) ?? 0) + weight)
    whole += weight
  })
  return [...sums]
    .filter(([, sum]) => sum > 0)
    .map(([category, sum]): [string, number] => [category, sum / whole])
    .sort((a, b) => b[1] - a[1])
}

/** The frames with most weight of their own; a recursion counts once in the total. */
export function hottestFrames(
  { frames, frame, parent }: CallTree,
  weights: Float64Array,
  count: number,
): FlameHotFunction[] {
  const self = selfByFrame(frame, weights, frames.length)
  const top = topFrames(self, count)
  const totals = totalsOf(parent, weights)
  const whole = totals[0]! > 0 ? totals[0]! : 1
  const rank = new Map(top.map((index, i) => [index, i]))
  const inclusive = new Float64Array(top.length)
  // Which of the top frames are above each node: they are few enough for the bits of a number.
  const above = new Int32Array(weights.length)
  frame.forEach((index, i) => {
    const seen = i === 0 ? 0 : above[parent[i]!]!
    const place = rank.get(index)
    above[i] = place === undefined ? seen : seen | (1 << place)
    if (place !== undefined && (seen & (1 << place)) === 0) inclusive[place]! += totals[i]!
  })
  return top.map((index, i) => {
    const { name, file, line } = frames[index]!
    return {
      function: name,
      file,
      line,
      selfShare: self[index]! / whole,
      totalShare: inclusive[i]! / whole,
    }
  })
}

/** A function whose own share differs between two weightings. */
export interface ShareChange {
  readonly function: string
  readonly file: string
  readonly line: number
  readonly category: string
  readonly before: number
  readonly after: number
}

/** What gained or lost most of the whole by its own share, the greatest gain first; changes under 0.1 % are none. */
export function shareChanges(
  { frames, frame }: CallTree,
  before: Float64Array,
  after: Float64Array,
  count: number,
): ShareChange[] {
  const shares = (weights: Float64Array): Float64Array => {
    const self = selfByFrame(frame, weights, frames.length)
    const whole = self.reduce((sum, value) => sum + value, 0)
    return self.map((value) => (whole > 0 ? value / whole : 0))
  }
  const was = shares(before)
  const is = shares(after)
  return frames
    .map(({ name, file, line, category }, i) => ({
      function: name,
      file,
      line,
      category,
      before: was[i]!,
      after: is[i]!,
    }))
    .filter((change) => Math.abs(change.after - change.before) >= 0.001)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, count)
    .sort((a, b) => b.after - b.before - (a.after - a.before))
}

/** µs of all threads within the ranges, idle included. */
export function wallUsWithin(streams: readonly SampleStream[], ranges: readonly ChosenTime[]): number {
  let sum = 0
  for (const { startUs, us } of streams) {
    const endUs = startUs + us.reduce((total, length) => total + length, 0)
    for (const { fromUs, toUs } of ranges)
      sum += Math.max(0, Math.min(endUs, toUs) - Math.max(startUs, fromUs))
  }
  return sum
}

export const sumOf = (weights: Float64Array): number => weights.reduce((sum, weight) => sum + weight, 0)

function selfByFrame(frame: Int32Array, weights: Float64Array, frames: number): Float64Array {
  const self = new Float64Array(frames)
  weights.forEach((weight, i) => {
    self[frame[i]!]! += weight
  })
  return self
}

/** No more than the bits of a number. */
const mostTop = 30

const topFrames = (self: Float64Array, count: number): number[] =>
  [...self.keys()]
    .filter((frame) => self[frame]! > 0)
    .sort((a, b) => self[b]! - self[a]!)
    .slice(0, Math.min(count, mostTop))
