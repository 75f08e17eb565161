import type uPlot from 'uplot'
import { formatMs, formatNumber } from '../../../../kernel/units.js'
import type { HeatMapColumn, HeatMapJson } from '../../../report-data.js'
import { el } from '../dom.js'
import { counted } from '../format.js'
import { color } from '../theme.js'
import { heatLevel, mixStops } from './heat-colors.js'

const stopNames = ['--heat-1', '--heat-2', '--heat-3', '--heat-4', '--heat-5'] as const
/** So many shades are told apart: as many fills a drawing sets. */
const shades = 24

interface Cell {
  readonly column: HeatMapColumn
  readonly row: number
}

/** Response times over time as a grid: the darker a cell, the more messages a second fell into it. */
export class HeatPainter {
  readonly legend: HTMLElement
  readonly rangeMs: readonly [low: number, high: number]
  readonly #map: HeatMapJson
  readonly #byShade: readonly (readonly Cell[])[]

  constructor(map: HeatMapJson) {
    this.#map = map
    const densities = map.columns.flatMap((column) => counts(column).map((count) => count / column.length))
    const lowest = densities.reduce((low, density) => Math.min(low, density), Number.POSITIVE_INFINITY)
    const highest = densities.reduce((high, density) => Math.max(high, density), 0)
    this.#byShade = shade(map, lowest, highest)
    this.rangeMs = this.#range()
    this.legend = el(
      'span',
      { class: 'heat-legend' },
      el('span', null, `${formatNumber(lowest)}/s`),
      el('span', { class: 'heat-ramp', 'aria-hidden': true }),
      el('span', null, `${formatNumber(highest)}/s a cell`),
    )
  }

  /** Paints the cells below the grid of a plot whose x is seconds and whose y is ms, logarithmic. */
  paint(plot: uPlot): void {
    const { ctx, bbox } = plot
    const stops = stopNames.map(color)
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    for (const [level, cells] of this.#byShade.entries()) {
      ctx.fillStyle = mixStops(stops, level / (shades - 1))
      for (const { column, row } of cells) this.#cell(plot, column, row)
    }
    ctx.restore()
  }

  /** `1,204 messages in 1.9 ms to 2.07 ms` of the cell at a place; `''` outside of all columns. */
  describe(seconds: number, ms: number): string {
    const column = this.#map.columns.find(({ at, length }) => seconds >= at && seconds < at + length)
    if (!column) return ''
    const row = Math.floor(this.#map.rowsPerDoubling * Math.log2(ms * 1_000))
    const place = column.cells.findIndex((value, i) => i % 2 === 0 && value === row)
    const count = place < 0 ? 0 : column.cells[place + 1]!
    return `${counted(count, 'message')} of ${formatMs(this.#edgeMs(row))} to ${formatMs(this.#edgeMs(row + 1))}`
  }

  #cell(plot: uPlot, column: HeatMapColumn, row: number): void {
    const left = Math.round(plot.valToPos(column.at, 'x', true))
    const right = Math.round(plot.valToPos(column.at + column.length, 'x', true))
    const bottom = Math.round(plot.valToPos(this.#edgeMs(row), 'y', true))
    const top = Math.round(plot.valToPos(this.#edgeMs(row + 1), 'y', true))
    plot.ctx.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top))
  }

  #edgeMs(row: number): number {
    return 2 ** (row / this.#map.rowsPerDoubling) / 1_000
  }

  #range(): [number, number] {
    let low = Number.POSITIVE_INFINITY
    let high = 0
    for (const { cells } of this.#map.columns) {
      if (cells.length === 0) continue
      low = Math.min(low, cells[0]!)
      high = Math.max(high, cells.at(-2)!)
    }
    return Number.isFinite(low) ? [this.#edgeMs(low), this.#edgeMs(high + 1)] : [0.1, 10]
  }
}

const counts = ({ cells }: HeatMapColumn): number[] => cells.filter((_, i) => i % 2 === 1)

function shade(map: HeatMapJson, lowest: number, highest: number): Cell[][] {
  const byShade: Cell[][] = Array.from({ length: shades }, () => [])
  for (const column of map.columns) {
    for (let i = 0; i + 1 < column.cells.length; i += 2) {
      const level = Math.round(
        heatLevel(column.cells[i + 1]! / column.length, lowest, highest) * (shades - 1),
      )
      byShade[level]!.push({ column, row: column.cells[i]! })
    }
  }
  return byShade
}
