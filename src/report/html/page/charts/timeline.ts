import uPlot from 'uplot'
import { formatBytes, formatMs, formatNumber, formatRate } from '../../../../kernel/units.js'
import type { TimelineSecond } from '../../../run-json.js'
import { el } from '../dom.js'
import { color } from '../theme.js'
import { axis, type Chart, createChart, cursorPoints } from './chart.js'
import { drawPhaseLabels, type PhaseSpan, phaseNames, phaseSpans, shadePhases } from './phases.js'
import { type Track, timelineTracks } from './timeline-tracks.js'
import { allTicks, axisMs, linearTicks, logTicks, roundDown, roundUp } from './value-axis.js'

const syncKey = 'timeline'
const labelRoomPx = 22
const secondBars = uPlot.paths.bars!({ size: [0.8, 40] })

/** The small multiples over one time axis, with one cursor and one zoom. */
export interface Timeline {
  readonly element: HTMLElement
  mount(): void
}

export function createTimeline(timeline: readonly TimelineSecond[], offers: boolean): Timeline {
  const tracks = timelineTracks(timeline, offers)
  const spans = phaseSpans(timeline)
  const plotted = tracks.filter((track) => track.quiet === null)
  const where = el('p', { class: 'cursor-time' }, restingText)
  const charts = new Map<Track, Chart>()
  for (const [i, track] of plotted.entries()) {
    charts.set(
      track,
      trackChart(track, timeline, spans, { first: i === 0, last: i === plotted.length - 1, where }),
    )
  }
  const element = el(
    'div',
    {
      class: 'timeline',
      tabindex: 0,
      role: 'group',
      'aria-label': 'Time line. Left and right arrow keys move the cursor.',
    },
    where,
    ...tracks.map((track) => charts.get(track)?.element ?? quietTrack(track)),
  )
  return { element, mount: () => mountAll([...charts.values()], element, timeline.length) }
}

const restingText = 'Point at a chart to read its values; drag to zoom, double-click to see everything.'

function quietTrack(track: Track): HTMLElement {
  return el(
    'p',
    { class: 'quiet' },
    el('span', { class: 'chart-title' }, track.title),
    el('span', null, track.quiet ?? ''),
  )
}

function mountAll(charts: readonly Chart[], element: HTMLElement, seconds: number): void {
  const plots = charts.map((chart) => chart.mount())
  let index = 0
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    const step = (event.key === 'ArrowLeft' ? -1 : 1) * (event.shiftKey ? 10 : 1)
    index = Math.min(seconds, Math.max(1, index + step))
    for (const plot of plots) {
      plot.setCursor(
        { left: plot.valToPos(plot.data[0][index]!, 'x'), top: plot.over.clientHeight / 2 },
        true,
      )
    }
  })
}

interface Place {
  readonly first: boolean
  readonly last: boolean
  readonly where: HTMLElement
}

function trackChart(
  track: Track,
  timeline: readonly TimelineSecond[],
  spans: readonly PhaseSpan[],
  place: Place,
): Chart {
  const end = spans.at(-1)?.to ?? 0
  // A point without values at both ends makes the axis run from 0 to the end.
  const xs = [0, ...timeline.map((second) => second.at + second.length / 2), end]
  const columns = track.lines.map((line) => [
    null,
    ...line.values.map((value) => drawable(track, value)),
    null,
  ])
  const peak = Math.max(track.atLeast ?? 0, ...columns.flat().map((value) => value ?? 0))
  const trough = columns
    .flat()
    .reduce<number>((low, v) => (v !== null && v > 0 && v < low ? v : low), Infinity)
  const height = track.log ? 150 : 84
  const chart = createChart({
    title: track.title,
    description: `${track.title} over the ${formatMs(end * 1_000)} of the run.`,
    lines: track.lines,
    data: [xs, ...columns],
    heightPx: height + (place.first ? labelRoomPx : 6) + (place.last ? 26 : 4),
    padding: [place.first ? labelRoomPx : 6, 18, 0, 0],
    ...(track.bars === true ? { paths: secondBars } : {}),
    scales: {
      x: { time: false, range: (_, min, max) => [min, max] },
      y: track.log
        ? { distr: 3, range: () => logRange(trough, peak) }
        : { range: () => [0, peak > 0 ? peak * 1.08 : 1] },
    },
    axes: [timeAxis(place.last), valueAxis(track, trough, peak)],
    cursor: {
      y: false,
      points: cursorPoints,
      sync: { key: syncKey },
      drag: { x: true, y: false, dist: 6 },
    },
    hooks: {
      drawClear: [(plot) => shadePhases(plot, spans)],
      draw: place.first ? [(plot) => drawPhaseLabels(plot, spans, labelRoomPx)] : [],
      setCursor: [(plot) => showValues(plot, chart, track, timeline, place)],
    },
  })
  return chart
}

/** A bar of height 0 would still draw its outline. */
const drawable = (track: Track, value: number | null): number | null =>
  track.bars === true && value === 0 ? null : value

function showValues(
  plot: uPlot,
  chart: Chart,
  track: Track,
  timeline: readonly TimelineSecond[],
  place: Place,
): void {
  const index = plot.cursor.idx
  const hovering = index !== null && index !== undefined && (plot.cursor.left ?? -1) >= 0
  const second = hovering ? timeline[index - 1] : undefined
  if (place.first) {
    place.where.textContent = second ? secondText(second) : restingText
    place.where.classList.toggle('live', second !== undefined)
  }
  chart.readout.show(
    second ? track.lines.map((line) => format(track, line.values[index! - 1] ?? null)) : null,
  )
}

function secondText(second: TimelineSecond): string {
  const from = formatNumber(second.at)
  const to = formatNumber(second.at + second.length)
  const kinds = Object.entries(second.errorsByKind).map(([kind, count]) => `${kind} ${formatNumber(count)}`)
  return `${from} s to ${to} s · ${phaseNames[second.phase]}${kinds.length > 0 ? ` · errors: ${kinds.join(', ')}` : ''}`
}

function format(track: Track, value: number | null): string {
  if (value === null) return '–'
  switch (track.unit) {
    case 'ms':
      return formatMs(value)
    case '/s':
      return formatRate(value)
    case 'percent':
      return `${formatNumber(value)} %`
    case 'bytes':
      return formatBytes(value)
    case 'ratio':
    case 'count':
      return formatNumber(value)
  }
}

function logRange(trough: number, peak: number): [number, number] {
  if (!Number.isFinite(trough) || !(peak > 0)) return [0.1, 10]
  const low = roundDown(trough)
  const high = roundUp(peak)
  return [low, high > low ? high : low * 10]
}

function timeAxis(labelled: boolean): uPlot.Axis {
  return axis({
    size: labelled ? 26 : 4,
    space: 56,
    incrs: [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200],
    values: (_, splits) => splits.map((seconds) => (labelled ? timeLabel(seconds, splits.at(-1) ?? 0) : '')),
    grid: { stroke: () => color('--hairline-soft') },
  })
}

function timeLabel(seconds: number, last: number): string {
  if (last < 300) return `${formatNumber(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${String(Math.round(seconds % 60)).padStart(2, '0')} min`
}

function valueAxis(track: Track, trough: number, peak: number): uPlot.Axis {
  const size = 58
  if (track.log) {
    const [low, high] = logRange(trough, peak)
    return axis({
      size,
      splits: () => logTicks(low, high),
      filter: allTicks,
      values: (_, splits) => splits.map(axisMs),
    })
  }
  return axis({
    size,
    splits: () => linearTicks(peak),
    values: (_, splits) => splits.map((value) => (value === 0 ? '0' : format(track, value))),
  })
}
