import type uPlot from 'uplot'
import { formatMs, formatNumber } from '../../../../kernel/units.js'
import type { PageSecond } from '../../page-data.js'
import { el } from '../dom.js'
import { canvasFont, color } from '../theme.js'
import { axis, createChart, cursorPoints } from './chart.js'
import { intervalBars } from './interval-bars.js'
import { drawPhaseLabels, type Marked, type PhaseSpan, shadeMarked, shadePhases } from './phases.js'
import type { LineStyle } from './readout.js'
import { stackColumns } from './stack.js'
import { formatTrackValue, type Track, type Values } from './track.js'
import { allTicks, axisMs, linearTicks, logTicks, roundDown, roundUp } from './value-axis.js'

const syncKey = 'timeline'
const labelRoomPx = 22
const manyPoints = 400

/** Where a track stands among the others. */
export interface Place {
  readonly first: boolean
  readonly last: boolean
}

export interface TrackChart {
  readonly title: string
  readonly element: HTMLElement
  mount(): uPlot
  /** What its legend says, for readers who hear it. */
  spoken(): string
}

/** The chart of one track, on the time axis and with the cursor that all share. */
export function trackChart(
  track: Track,
  timeline: readonly PageSecond[],
  spans: readonly PhaseSpan[],
  place: Place,
  marked: Marked,
): TrackChart {
  const end = spans.at(-1)?.to ?? 0
  const columns = plottedColumns(track)
  const [low, high] = valueRange(track, columns)
  const pointer = track.heat ? el('span', { class: 'heat-pointer' }) : null
  const bars = track.shape === 'bars' || track.shape === 'stack'
  const chart = createChart({
    title: track.title,
    description: `${track.title} over the ${formatMs(end * 1_000)} of the run.`,
    lines: track.lines.map((line) => thinned(line, timeline.length)),
    ...(track.heat && pointer
      ? { note: el('span', { class: 'heat-notes' }, track.heat.legend, pointer) }
      : {}),
    ...(track.band ? { band: track.band } : {}),
    // A point without values at both ends makes the axis run from 0 to the end.
    data: [
      [0, ...timeline.map((second) => second.at + second.length / 2), end],
      ...columns.map((column) => [null, ...column, null]),
    ],
    heightPx: plotHeight(track) + (place.first ? labelRoomPx : 6) + (place.last ? 26 : 4),
    padding: [place.first ? labelRoomPx : 6, 18, 0, 0],
    ...(bars ? { paths: intervalBars(timeline) } : {}),
    scales: {
      x: { time: false, range: (_, min, max) => [min, max] },
      y: track.log ? { distr: 3, range: () => [low, high] } : { range: () => [low, high] },
    },
    axes: [timeAxis(place.last, track.heat === undefined), valueAxis(track, low, high)],
    cursor: {
      y: false,
      points: cursorPoints,
      sync: { key: syncKey },
      drag: { x: true, y: false, dist: 6 },
    },
    hooks: {
      drawClear: [
        (plot) => shadePhases(plot, spans),
        (plot) => track.heat?.paint(plot),
        (plot) => shadeMarked(plot, marked),
      ],
      draw: [
        (plot) => drawLimit(plot, track, high),
        ...(place.first ? [(plot: uPlot) => drawPhaseLabels(plot, spans, labelRoomPx)] : []),
      ],
      setCursor: [(plot) => chart.readout.show(textsAt(plot, track))],
      ready: [(plot) => describeCells(plot, track, pointer)],
    },
  })
  return {
    title: track.title,
    element: chart.element,
    mount: () => chart.mount(),
    spoken: () => chart.readout.spoken(),
  }
}

/** Lines of many points are drawn finer, or they would become a band. */
const thinned = (line: LineStyle, points: number): LineStyle =>
  points > manyPoints && line.widthPx !== 0 ? { ...line, widthPx: 1 } : line

const plotHeight = (track: Track): number => (track.heat ? 190 : track.log ? 150 : 84)

function plottedColumns(track: Track): Values[] {
  const values = track.lines.map((line) => line.values)
  const band = track.band ? [track.band.low, track.band.high] : []
  return [...(track.shape === 'stack' ? stackColumns(values) : values), ...band]
}

function valueRange(track: Track, columns: readonly Values[]): [low: number, high: number] {
  let trough = track.heat?.rangeMs[0] ?? Number.POSITIVE_INFINITY
  let peak = Math.max(track.atLeast ?? 0, track.heat?.rangeMs[1] ?? 0)
  for (const column of columns) {
    for (const value of column) {
      if (value === null) continue
      peak = Math.max(peak, value)
      if (value > 0) trough = Math.min(trough, value)
    }
  }
  if (!track.log) return [0, peak > 0 ? peak * 1.08 : 1]
  if (!Number.isFinite(trough) || !(peak > 0)) return [0.1, 10]
  // The cells of a heat map end where they end; lines get a round frame.
  if (track.heat) return [trough, peak]
  const low = roundDown(trough)
  const high = roundUp(Math.max(peak, limitInReach(track, peak)))
  return [low, high > low ? high : low * 10]
}

/** An objective far above everything would flatten the lines, so it is left out. */
const limitInReach = (track: Track, peak: number): number =>
  track.limit && track.limit.ms <= peak * 4 ? track.limit.ms : 0

function drawLimit(plot: uPlot, { limit }: Track, high: number): void {
  if (!limit || limit.ms > high) return
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const y = Math.round(plot.valToPos(limit.ms, 'y', true)) + 0.5
  const right = bbox.left + bbox.width
  ctx.save()
  ctx.strokeStyle = color('--fail')
  ctx.lineWidth = ratio
  ctx.setLineDash([4 * ratio, 3 * ratio])
  ctx.beginPath()
  ctx.moveTo(bbox.left, y)
  ctx.lineTo(right, y)
  ctx.stroke()
  ctx.font = canvasFont.replace('11px', `${11 * ratio}px`)
  ctx.textAlign = 'right'
  ctx.textBaseline = 'alphabetic'
  const above = y - 5 * ratio > bbox.top + 11 * ratio
  const baseline = above ? y - 5 * ratio : y + 13 * ratio
  ctx.setLineDash([])
  ctx.lineJoin = 'round'
  ctx.lineWidth = 4 * ratio
  ctx.strokeStyle = color('--surface')
  ctx.strokeText(limit.text, right - 6 * ratio, baseline)
  ctx.fillStyle = color('--fail')
  ctx.fillText(limit.text, right - 6 * ratio, baseline)
  ctx.restore()
}

function textsAt(plot: uPlot, track: Track): string[] | null {
  const { idx, left } = plot.cursor
  const values = track.lines[0]?.values
  if (idx === null || idx === undefined || (left ?? -1) < 0 || !values) return null
  if (idx < 1 || idx > values.length) return null
  return track.lines.map((line) => formatTrackValue(track.unit, line.values[idx - 1] ?? null))
}

/** Says what the cell of a heat map below the pointer holds. */
function describeCells(plot: uPlot, { heat }: Track, text: HTMLElement | null): void {
  if (!heat || !text) return
  plot.over.addEventListener('mousemove', ({ offsetX, offsetY }) => {
    text.textContent = heat.describe(plot.posToVal(offsetX, 'x'), plot.posToVal(offsetY, 'y'))
  })
  plot.over.addEventListener('mouseleave', () => {
    text.textContent = ''
  })
}

function timeAxis(labelled: boolean, grid: boolean): uPlot.Axis {
  return axis({
    size: labelled ? 26 : 4,
    space: 56,
    incrs: [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200],
    values: (_, splits) => splits.map((seconds) => (labelled ? timeLabel(seconds, splits.at(-1) ?? 0) : '')),
    grid: { show: grid, stroke: () => color('--hairline-soft') },
  })
}

function timeLabel(seconds: number, last: number): string {
  if (last < 300) return `${formatNumber(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${String(Math.round(seconds % 60)).padStart(2, '0')} min`
}

function valueAxis(track: Track, low: number, high: number): uPlot.Axis {
  const size = 58
  if (track.log) {
    return axis({
      size,
      splits: () => logTicks(low, high),
      filter: allTicks,
      values: (_, splits) => splits.map(axisMs),
      // Over the cells it would pass for a gap between them.
      grid: { show: track.heat === undefined },
    })
  }
  return axis({
    size,
    splits: () => linearTicks(high / 1.08),
    values: (_, splits) => splits.map((value) => (value === 0 ? '0' : formatTrackValue(track.unit, value))),
  })
}
