import uPlot from 'uplot'
import { el } from '../dom.js'
import { canvasFont, color, onThemeChange } from '../theme.js'
import { type LineStyle, Readout } from './readout.js'

/** A chart in its figure: title, legend with the values under the cursor, plot. */
export interface Chart {
  readonly element: HTMLElement
  readonly readout: Readout
  /** Makes the plot once `element` is on the page, since its width decides. */
  mount(): uPlot
}

export interface ChartOptions {
  readonly title: string
  readonly note?: string
  /** What the picture shows, for readers who can't see it. */
  readonly description: string
  readonly lines: readonly LineStyle[]
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
  const host = el('div', { class: 'plot', role: 'img', 'aria-label': options.description })
  const element = el(
    'figure',
    { class: 'chart' },
    el(
      'figcaption',
      { class: 'chart-head' },
      el('span', { class: 'chart-title' }, options.title),
      options.note !== undefined && el('span', { class: 'chart-note' }, options.note),
      readout.element,
    ),
    host,
  )
  return { element, readout, mount: () => mountPlot(host, options) }
}

function mountPlot(host: HTMLElement, options: ChartOptions): uPlot {
  const plot = new uPlot(
    {
      width: Math.max(200, host.clientWidth),
      height: options.heightPx,
      legend: { show: false },
      series: [{}, ...options.lines.map((line) => series(line, options))],
      axes: [...options.axes],
      scales: options.scales,
      cursor: options.cursor,
      hooks: options.hooks,
      padding: options.padding ?? [8, 8, 0, 0],
    },
    options.data,
    host,
  )
  new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== plot.width)
      plot.setSize({ width: host.clientWidth, height: options.heightPx })
  }).observe(host)
  // Bars keep their fill inside the path, so paths are built again too.
  onThemeChange(() => plot.redraw(true, true))
  return plot
}

function series(line: LineStyle, options: ChartOptions): uPlot.Series {
  return {
    label: line.label,
    stroke: () => color(line.color),
    width: line.widthPx ?? 1.5,
    points: { show: false },
    pxAlign: 0,
    ...(line.dash ? { dash: [...line.dash] } : {}),
    ...(line.fill === undefined ? {} : { fill: () => color(line.fill!) }),
    ...(options.paths ? { paths: options.paths } : {}),
    spanGaps: options.spanGaps ?? false,
  }
}

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

/** The hover dots of all charts. */
export const cursorPoints: uPlot.Cursor.Points = {
  size: 7,
  width: 1.5,
  stroke: () => color('--surface'),
  fill: (plot, index) => {
    const stroke = plot.series[index]?.stroke
    return typeof stroke === 'function' ? (stroke as () => string)() : '#888'
  },
}
