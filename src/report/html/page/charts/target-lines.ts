import type { TimelineFigures } from '../../../timeline-second.js'
import type { PageSecond } from '../../page-data.js'
import {
  formatTrackValue,
  isZero,
  measured,
  type Track,
  type TrackLine,
  type TrackUnit,
  type Values,
  valuesOf,
} from './track.js'

export type LineLook = Omit<TrackLine, 'values' | 'rest'> & { readonly take?: 'mean' | 'highest' | 'last' }

/** A line of one figure of the target; its legend rests at the mean of the measured window unless told otherwise. */
export function targetLine(
  timeline: readonly PageSecond[],
  name: keyof TimelineFigures,
  unit: TrackUnit,
  look: LineLook,
): TrackLine {
  return lineOf(
    timeline,
    valuesOf(timeline, ({ target }) => target?.[name]),
    unit,
    look,
  )
}

export function lineOf(
  timeline: readonly PageSecond[],
  values: Values,
  unit: TrackUnit,
  { take = 'mean', ...look }: LineLook,
): TrackLine {
  const known = measured(timeline, values, take)
  return { ...look, values, rest: known === null ? '' : formatTrackValue(unit, known) }
}

/** Without the lines that nothing is known of. */
export function track(
  title: string,
  unit: TrackUnit,
  lines: readonly TrackLine[],
  rest: Partial<Track> = {},
): Track {
  const known = lines.filter((line) => line.values.some((value) => value !== null))
  return { title, unit, log: false, quiet: null, lines: known, ...rest }
}

/** Without the lines that stayed at zero, if any did not. */
export function moving(lines: readonly TrackLine[]): readonly TrackLine[] {
  const moved = lines.filter((line) => !isZero(line))
  return moved.length > 0 ? moved : lines
}

/** Tracks that never moved from zero become one sentence, where the first of them stood. */
export function foldZeros(tracks: readonly Track[]): Track[] {
  const zero = tracks.filter(
    ({ zeroName, lines }) => zeroName !== undefined && lines.length > 0 && lines.every(isZero),
  )
  if (zero.length === 0) return [...tracks]
  const folded: Track = {
    title: 'Zero throughout',
    unit: 'count',
    log: false,
    lines: [],
    quiet: zero.map(({ zeroName }) => zeroName).join(', '),
  }
  const at = tracks.indexOf(zero[0]!)
  return [...tracks.slice(0, at), folded, ...tracks.slice(at).filter((each) => !zero.includes(each))]
}

export const box = (label: string, color: string): LineLook => ({
  label,
  color,
  fill: color,
  widthPx: 0,
  box: true,
})
