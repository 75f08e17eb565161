import type uPlot from 'uplot'
import { formatMs } from '../../../../kernel/units.js'
import { formatStatistic } from '../../../quantities.js'
import type { CurvePoint } from '../../../report-data.js'
import type { MetricName, ObjectiveJson, RunJson } from '../../../run-json.js'
import type { PageData } from '../../page-data.js'
import { el } from '../dom.js'
import { canvasFont, color } from '../theme.js'
import { axis, type Chart, createChart, cursorPoints } from './chart.js'
import { keyCursor } from './key-cursor.js'
import {
  lastPosition,
  percentileLabel,
  percentilePosition,
  percentileTicks,
  sampleCurve,
  unsureFrom,
} from './percentile-axis.js'
import type { LineStyle } from './readout.js'
import { allTicks, axisMs, logTicks, roundDown, roundUp } from './value-axis.js'

/** Response is the widest, so that it stays in sight where service covers it. */
const styles: Readonly<Partial<Record<MetricName, LineStyle>>> = {
  response: { label: 'response', color: '--series-response', widthPx: 3.25 },
  service: { label: 'service', color: '--series-service', widthPx: 1.5 },
  wait: { label: 'wait', color: '--series-wait', widthPx: 1.5, dash: [6, 4] },
  slip: { label: 'slip', color: '--series-slip', widthPx: 1.5, dash: [2, 3] },
}
/** Below this, waits are not waits but the clock's own steps; they would cost the axis decades. */
const finestMs = 0.005
const shown: readonly MetricName[] = ['response', 'service', 'wait', 'slip']

/** An objective that is a point of the chart: a latency limit at a percentile, or for all values. */
interface Mark {
  readonly objective: ObjectiveJson
  readonly position: number | null
}

/** Response, service, wait and slip over the percentile axis, or `null` where there is no curve. */
export function percentileChart(data: PageData): Chart | null {
  const metrics = shown.filter((name) => (data.curves[name]?.length ?? 0) > 1 && !allZero(data.curves[name]!))
  if (metrics.length === 0) return null
  const count = data.run.metrics.response?.count ?? 0
  const last = lastPosition(count)
  const positions = positionsUpTo(last)
  const columns = metrics.map((name) => sampleCurve(data.curves[name]!, positions))
  const marks = objectiveMarks(data.run)
  const [low, high] = valueRange(columns, marks)
  const drawn = columns.map((column) => column.map((value) => (value === null || value < low ? null : value)))
  const chart = createChart({
    title: restingTitle,
    description: describe(data.run),
    lines: metrics.map((name) => ({ ...styles[name]!, rest: restText(data.run, name) })),
    data: [positions, ...drawn],
    heightPx: 360,
    spanGaps: true,
    padding: [12, 16, 0, 0],
    scales: {
      x: { time: false, range: () => [percentilePosition(25), last] },
      y: { distr: 3, range: () => [low, high] },
    },
    axes: [
      axis({
        splits: () => percentileTicks(last),
        values: (_, splits) => splits.map(percentileLabel),
        size: 30,
      }),
      axis({
        splits: () => logTicks(low, high),
        filter: allTicks,
        values: (_, splits) => splits.map(axisMs),
        size: 58,
      }),
    ],
    cursor: { drag: { x: false, y: false }, y: false, points: cursorPoints },
    hooks: {
      drawClear: [(plot) => shadeUnsure(plot, unsureFrom(count), last)],
      draw: [(plot) => drawMarks(plot, marks)],
      setCursor: [(plot) => showValues(plot, chart, columns)],
    },
  })
  return { ...chart, mount: () => mountWithKeys(chart, positions) }
}

/** The arrow keys walk along the percentiles. */
function mountWithKeys(chart: Chart, positions: readonly number[]): uPlot {
  const plot = chart.mount()
  const host = chart.element.querySelector<HTMLElement>('.plot')!
  const spoken = el('span', { class: 'visually-hidden', 'aria-live': 'polite' })
  host.tabIndex = 0
  host.setAttribute('role', 'group')
  host.before(spoken)
  keyCursor(host, [plot], {
    first: 0,
    last: positions.length - 1,
    onMove: () => {
      spoken.textContent = `${chart.title.textContent}: ${chart.readout.spoken()}`
    },
  })
  return plot
}

/** While nobody points at the chart its legend speaks of this percentile. */
const resting = 'p99'
const restingTitle = `Time at ${resting}`

const restText = ({ metrics }: RunJson, name: MetricName): string =>
  metrics[name] ? formatStatistic(metrics[name], resting) : ''

function showValues(plot: uPlot, chart: Chart, columns: readonly (readonly (number | null)[])[]): void {
  const { idx, left } = plot.cursor
  const hovering = idx !== null && idx !== undefined && (left ?? -1) >= 0
  chart.title.textContent = hovering ? `Time at ${percentileLabel(plot.data[0][idx]!)}` : restingTitle
  chart.readout.show(
    hovering
      ? columns.map((column) => {
          const value = column[idx]
          return value === null || value === undefined ? '–' : formatMs(value)
        })
      : null,
  )
}

const allZero = (points: readonly CurvePoint[]): boolean => points.every((point) => point.value <= 0)

function positionsUpTo(last: number): number[] {
  const steps = 400
  const first = percentilePosition(25)
  const even = Array.from({ length: steps + 1 }, (_, i) => first + ((last - first) * i) / steps)
  return [...even, ...percentileTicks(last)].sort((a, b) => a - b)
}

function valueRange(
  columns: readonly (readonly (number | null)[])[],
  marks: readonly Mark[],
): [low: number, high: number] {
  let low = Infinity
  let high = 0
  for (const column of columns) {
    for (const value of column) {
      if (value === null || value < finestMs) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  for (const { objective } of marks) {
    low = Math.min(low, objective.limit)
    high = Math.max(high, objective.limit)
  }
  if (!(high > 0)) return [0.1, 10]
  // Room above the highest line, for the label of an objective.
  return [roundDown(low), roundUp(high * 1.5)]
}

function objectiveMarks(run: RunJson): Mark[] {
  return run.slo
    .filter((objective) => objective.unit === 'ms' && objective.metric in styles && objective.limit > 0)
    .map((objective) => {
      const percentile = /^p([0-9.]+)$/.exec(objective.statistic)
      return { objective, position: percentile ? percentilePosition(Number(percentile[1])) : null }
    })
}

/** Hatches the part of the axis where fewer than 10 values lie beyond. */
function shadeUnsure(plot: uPlot, from: number, last: number): void {
  if (from >= last) return
  const { ctx, bbox } = plot
  const left = Math.max(bbox.left, plot.valToPos(from, 'x', true))
  const width = bbox.left + bbox.width - left
  if (width < 2) return
  const ratio = devicePixelRatio
  ctx.save()
  ctx.fillStyle = color('--shade')
  ctx.fillRect(left, bbox.top, width, bbox.height)
  const text = 'fewer than 10 values beyond'
  ctx.font = scaledFont(ratio)
  if (ctx.measureText(text).width < width - 12 * ratio) {
    ctx.fillStyle = color('--muted')
    ctx.textAlign = 'right'
    ctx.fillText(text, left + width - 6 * ratio, bbox.top + bbox.height - 8 * ratio)
  }
  ctx.restore()
}

function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  ctx.save()
  ctx.font = scaledFont(ratio)
  ctx.lineWidth = 1 * ratio
  for (const { objective, position } of marks) {
    const tone = color(objective.ok === false ? '--fail' : '--ink-soft')
    const y = Math.round(plot.valToPos(objective.limit, 'y', true)) + 0.5
    ctx.strokeStyle = tone
    ctx.setLineDash([4 * ratio, 3 * ratio])
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
    ctx.setLineDash([])
    if (position !== null) drawGate(ctx, plot.valToPos(position, 'x', true), y, 5 * ratio, tone)
    drawLabel(plot, `${mark(objective)} ${objective.expression}`, position, y, tone)
  }
  ctx.restore()
}

/** Beside its gate where there is one: objectives at different percentiles then keep out of each other's way. */
function drawLabel(plot: uPlot, text: string, position: number | null, y: number, tone: string): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const room = 10 * ratio
  const right = position === null ? bbox.left + bbox.width - room : plot.valToPos(position, 'x', true) - room
  const left = Math.max(bbox.left + room, right - ctx.measureText(text).width)
  ctx.textAlign = 'left'
  ctx.lineWidth = 4 * ratio
  ctx.lineJoin = 'round'
  ctx.strokeStyle = color('--surface')
  ctx.strokeText(text, left, y - 6 * ratio)
  ctx.fillStyle = tone
  ctx.fillText(text, left, y - 6 * ratio)
  ctx.lineWidth = ratio
}

/** The curve has to pass below this point. */
function drawGate(ctx: CanvasRenderingContext2D, x: number, y: number, size: number, tone: string): void {
  ctx.beginPath()
  ctx.moveTo(x - size, y - size)
  ctx.lineTo(x + size, y - size)
  ctx.lineTo(x, y + size * 0.6)
  ctx.closePath()
  ctx.fillStyle = tone
  ctx.fill()
}

const mark = (objective: ObjectiveJson): string => (objective.ok === null ? '?' : objective.ok ? '✓' : '✗')

const scaledFont = (ratio: number): string => canvasFont.replace('11px', `${11 * ratio}px`)

function describe(run: RunJson): string {
  const response = run.metrics.response
  if (!response) return 'Percentile curves.'
  return `Percentile curves. Response time: p50 ${formatMs(response.p50)}, p99 ${formatMs(response.p99)}, p99.9 ${formatMs(response['p99.9'])}. The table below holds the numbers. Arrow keys move along the percentiles.`
}
