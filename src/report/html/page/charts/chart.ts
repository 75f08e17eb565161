import uPlot from 'uplot'
import { el } from '../dom.js'
import { canvasFont, color, onPaperWidth, onThemeChange } from '../theme.js'
import { type LineStyle, Readout } from './readout.js'

/** A chart in its figure: title, legend with the values under the cursor, plot. */
export interface Chart {
  readonly element: HTMLElement
  readonly readout: Readout
  /** Names the chart, or what the legend's values belong to. */
  readonly title: HTMLElement
  /** Makes the plot once `element` is on the page, since its width decides. */
  mount(): uPlot
}

/** An area between two more columns of the data, the lower and the upper edge, which follow those of the lines. */
export interface Band {
  readonly fill: string
}

export interface ChartOptions {
  readonly title: string
  /** Stands behind the legend. */
  readonly note?: HTMLElement
  /** What the picture shows, for readers who can't see it. */
  readonly description: string
  readonly lines: readonly LineStyle[]
  readonly band?: Band
  readonly data: uPlot.AlignedData
  readonly heightPx: number
  readonly axes: readonly uPlot.Axis[]
  readonly scales: uPlot.Scales
  readonly cursor: uPlot.Cursor
  readonly hooks: uPlot.Hooks.Arrays
  readonly padding?: uPlot.Padding
  readonly paths?: uPlot.Series.PathBuilder
  readonly spanGaps?: boolean
}

/** Builds a chart that follows the page's width and the reader's colour scheme. */
export function createChart(options: ChartOptions): Chart {
  const readout = new Readout(options.lines)
  const title = el('span', { class: 'chart-title' }, options.title)
  const host = el('div', { class: 'plot', role: 'img', 'aria-label': options.description })
  // The plot's place is kept from the start, so that nothing moves when it comes.
  host.style.height = `${options.heightPx}px`
  const element = el(
    'figure',
    { class: 'chart' },
    el('figcaption', { class: 'chart-head' }, title, readout.element, options.note ?? null),
    host,
  )
  return { element, readout, title, mount: () => mountPlot(host, options) }
}

function mountPlot(host: HTMLElement, options: ChartOptions): uPlot {
  const { lines, band } = options
  const plot = new uPlot(
    {
      width: Math.max(200, host.clientWidth),
      height: options.heightPx,
      legend: { show: false },
      series: [
        {},
        ...lines.map((line, i) => series(line, options, options.data[i + 1])),
        ...(band ? [edge, edge] : []),
      ],
      bands: band ? [{ series: [lines.length + 2, lines.length + 1], fill: () => color(band.fill) }] : [],
      axes: [...options.axes],
      scales: options.scales,
      cursor: options.cursor,
      hooks: options.hooks,
      padding: options.padding ?? [8, 8, 0, 0],
    },
    options.data,
    host,
  )
  const adapt = (width: number): void => {
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: options.heightPx })
  }
  new ResizeObserver(() => adapt(host.clientWidth)).observe(host)
  onPaperWidth((width) => adapt(width ?? host.clientWidth))
  // Paths of bars hold positions of the canvas, so they are built again too.
  onThemeChange(() => plot.redraw(true, true))
  return plot
}

function series(
  line: LineStyle,
  options: ChartOptions,
  values: uPlot.AlignedData[number] | undefined,
): uPlot.Series {
  return {
    label: line.label,
    stroke: () => color(line.color),
    width: line.widthPx ?? 1.5,
    // A line needs two neighbours: of what was seen now and then, each sight shows.
    points:
      line.marks || (line.spanGaps && isSparse(values))
        ? { show: true, size: 6, width: 0, fill: () => color(line.color) }
        : { show: false },
    pxAlign: 0,
    ...(line.dash ? { dash: [...line.dash] } : {}),
    ...(line.fill === undefined ? {} : { fill: () => color(line.fill!) }),
    ...(line.marks ? { paths: () => null } : options.paths ? { paths: options.paths } : {}),
    spanGaps: line.spanGaps ?? options.spanGaps ?? false,
  }
}

function isSparse(values: uPlot.AlignedData[number] | undefined): boolean {
  let known = 0
  for (const value of values ?? []) if (value !== null && value !== undefined) known++
  return known * 2 <= (values?.length ?? 0)
}

/** An edge of a band: no line of its own, and no dot under the cursor. */
const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }

/** An axis in the page's own hand: hairline grid, no ticks, small tabular figures. */
export function axis(options: uPlot.Axis): uPlot.Axis {
  return {
    stroke: () => color('--muted'),
    font: canvasFont,
    gap: 6,
    ticks: { show: false },
    ...options,
    grid: { stroke: () => color('--hairline'), width: 1, ...options.grid },
  }
}

/** The hover dots of all charts; lines that are drawn by areas only have none. */
export const cursorPoints: uPlot.Cursor.Points = {
  size: (plot, index) => ((plot.series[index]?.width ?? 0) > 0 ? 7 : 0),
  width: 1.5,
  stroke: () => color('--surface'),
  fill: (plot, index) => {
    const stroke = plot.series[index]?.stroke
    return typeof stroke === 'function' ? (stroke as () => string)() : '#888'
  },
}
