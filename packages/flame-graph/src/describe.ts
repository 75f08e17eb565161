import type { FlameFrame } from './data.js'
import { formatAmount, formatPoints, formatShare } from './format.js'
import type { FlameState } from './state.js'
import type { TooltipLine } from './tooltip.js'

/** All that a graph knows of a frame. Amounts are in the unit of the data, shares are of the whole graph. */
export interface FrameInfo extends FlameFrame {
  readonly index: number
  readonly total: number
  readonly self: number
  readonly totalShare: number
  readonly selfShare: number
  /** Shares of both sides, where two are compared. */
  readonly change: {
    readonly before: number
    readonly after: number
    readonly beforeSelf: number
    readonly afterSelf: number
  } | null
  /** True where further callers are left out. */
  readonly cut: boolean
}

export function frameInfo({ layout, difference }: FlameState, index: number): FrameInfo {
  const { tree, total, self } = layout
  const whole = total[0]! > 0 ? total[0]! : 1
  return {
    ...tree.frames[tree.frame[index]!]!,
    index,
    total: total[index]!,
    self: self[index]!,
    totalShare: total[index]! / whole,
    selfShare: self[index]! / whole,
    change: difference && {
      before: difference.before[index]!,
      after: difference.after[index]!,
      beforeSelf: difference.beforeSelf[index]!,
      afterSelf: difference.afterSelf[index]!,
    },
    cut: tree.cut?.[index] === 1,
  }
}

/** `src/room.js:88`, or as much of it as is known. */
export const placeOf = ({ file, line }: Pick<FlameFrame, 'file' | 'line'>): string =>
  file !== '' && line > 0 ? `${file}:${line}` : file

/** What goes to the clipboard. */
export const copyOf = (info: FrameInfo): string =>
  [info.name, placeOf(info)].filter((text) => text !== '').join(' ')

/** `broadcast  src/room.js:88 · total 420 ms, 31.2 % · self 80 ms, 6.1 %` */
export function describeFrame(state: FlameState, index: number): string {
  const info = frameInfo(state, index)
  const place = placeOf(info)
  return [
    place === '' ? info.name : `${info.name}  ${place}`,
    ...amounts(state, info),
    ...changes(state, info),
  ].join(' · ')
}

export function tooltipOf(
  state: FlameState,
  index: number,
  categoryName: (category: string) => string,
): TooltipLine[] {
  const info = frameInfo(state, index)
  return [
    { kind: 'name', text: info.name },
    { kind: 'place', text: placeOf(info) },
    ...amounts(state, info).map((text) => ({ kind: 'amount', text }) as const),
    ...changes(state, info).map((text) => ({ kind: 'change', text }) as const),
    { kind: 'category', text: categoryName(info.category) },
    { kind: 'category', text: info.cut ? 'further callers are left out: there are too many' : '' },
  ]
}

function amounts({ data }: FlameState, info: FrameInfo): string[] {
  const part = (amount: number, share: number): string =>
    `${formatAmount(amount, data.unit)}, ${formatShare(share)}`
  return [`total ${part(info.total, info.totalShare)}`, `self ${part(info.self, info.selfShare)}`]
}

/** `before 31.2 %, after 40.1 %: +8.9 points` */
function changes({ comparison }: FlameState, { change }: FrameInfo): string[] {
  if (change === null) return []
  const { before, after } = comparison?.names ?? { before: 'before', after: 'after' }
  const both = (first: number, second: number): string =>
    `${before} ${formatShare(first)}, ${after} ${formatShare(second)}: ${formatPoints(second - first)}`
  return [`total ${both(change.before, change.after)}`, `self ${both(change.beforeSelf, change.afterSelf)}`]
}
