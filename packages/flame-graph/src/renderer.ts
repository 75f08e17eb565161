import type { FlatFlame } from '../../../src/report/html/flat-flame.js'
import type { FlameLayout } from './layout.js'
import { categoryFill } from './palette.js'
import type { FlameView } from './view.js'
import { type FrameVisitor, visitVisible } from './visible.js'

export const rowHeightPx = 20
const textPaddingPx = 5
const fontPx = 11.5

/** What one drawing shows. */
export interface FlameScene {
  readonly view: FlameView
  readonly scrollTopPx: number
  /** 1 for frames to light up; the rest are dimmed. `null`: all alike. */
  readonly matches: Uint8Array | null
  /** Index of the frame with the keyboard's mark, or -1. */
  readonly selected: number
  readonly hovered: number
  /** The frame zoomed to, or -1; its ancestors are faded. */
  readonly zoomed: number
}

/** Colours of the surroundings, as CSS colours. */
export interface FlameColors {
  readonly background: string
  readonly ink: string
  readonly crowd: string
}

/** Draws a laid-out flame graph on a canvas as large as its viewport. Monospaced text, so that nothing is measured. */
export class FlameRenderer implements FrameVisitor {
  readonly #flame: FlatFlame
  readonly #layout: FlameLayout
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #fills: readonly string[]
  #scene: FlameScene | null = null
  #colors: FlameColors = { background: '#fff', ink: '#000', crowd: '#ccc' }
  #widthPx = 0
  #heightPx = 0
  #characterPx = 7

  constructor(flame: FlatFlame, layout: FlameLayout, canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('This browser has no 2D canvas.')
    this.#flame = flame
    this.#layout = layout
    this.#canvas = canvas
    this.#context = context
    const used = new Set(flame.category)
    this.#fills = flame.strings.map((name, index) => (used.has(index) ? categoryFill(name) : ''))
  }

  resize(widthPx: number, heightPx: number, ratio: number): void {
    this.#widthPx = widthPx
    this.#heightPx = heightPx
    this.#canvas.width = Math.round(widthPx * ratio)
    this.#canvas.height = Math.round(heightPx * ratio)
    this.#canvas.style.width = `${widthPx}px`
    this.#canvas.style.height = `${heightPx}px`
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.#context.font = `${fontPx}px ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace`
    this.#context.textBaseline = 'middle'
    this.#characterPx = this.#context.measureText('0'.repeat(50)).width / 50
  }

  draw(scene: FlameScene, colors: FlameColors): void {
    this.#scene = scene
    this.#colors = colors
    this.#context.globalAlpha = 1
    this.#context.fillStyle = colors.background
    this.#context.fillRect(0, 0, this.#widthPx, this.#heightPx)
    visitVisible(
      this.#layout,
      {
        view: scene.view,
        widthPx: this.#widthPx,
        firstRow: Math.floor(scene.scrollTopPx / rowHeightPx),
        lastRow: Math.floor((scene.scrollTopPx + this.#heightPx) / rowHeightPx),
      },
      this,
    )
    this.#outline(scene.hovered, 1)
    this.#outline(scene.selected, 2)
  }

  frame(index: number, leftPx: number, widthPx: number, row: number): void {
    const scene = this.#scene!
    const context = this.#context
    const left = Math.max(0, leftPx)
    const right = Math.min(this.#widthPx, leftPx + widthPx)
    const top = row * rowHeightPx - scene.scrollTopPx
    const dimmed = scene.matches !== null && scene.matches[index] === 0
    const above = scene.zoomed >= 0 && index < scene.zoomed && this.#layout.end[index]! > scene.zoomed
    context.globalAlpha = dimmed ? 0.22 : above ? 0.5 : 1
    context.fillStyle = this.#fills[this.#flame.category[index]!]!
    // The hairline between neighbours is left out where it would eat the frame.
    const gap = widthPx > 3 ? 1 : 0
    context.fillRect(left, top, right - left - gap, rowHeightPx - 1)
    this.#label(index, left, right - left - gap, top, dimmed)
  }

  crowd(leftPx: number, widthPx: number, row: number): void {
    const scene = this.#scene!
    this.#context.globalAlpha = scene.matches === null ? 0.7 : 0.25
    this.#context.fillStyle = this.#colors.crowd
    this.#context.fillRect(leftPx, row * rowHeightPx - scene.scrollTopPx, widthPx, rowHeightPx - 1)
  }

  #label(index: number, left: number, width: number, top: number, dimmed: boolean): void {
    const room = Math.floor((width - 2 * textPaddingPx) / this.#characterPx)
    if (room < 3) return
    const name = this.#flame.strings[this.#flame.name[index]!]!
    const text = name.length <= room ? name : `${name.slice(0, room - 1)}…`
    this.#context.globalAlpha = 1
    this.#context.fillStyle = dimmed ? this.#colors.crowd : '#16181d'
    this.#context.fillText(text, left + textPaddingPx, top + rowHeightPx / 2)
  }

  #outline(index: number, thicknessPx: number): void {
    const scene = this.#scene!
    if (index < 0) return
    const scale = this.#widthPx / (scene.view.to - scene.view.from)
    const left = Math.max(0, (this.#layout.x[index]! - scene.view.from) * scale)
    const right = Math.min(
      this.#widthPx,
      (this.#layout.x[index]! + this.#layout.width[index]! - scene.view.from) * scale,
    )
    if (right <= left) return
    const top = this.#layout.depth[index]! * rowHeightPx - scene.scrollTopPx
    const inset = thicknessPx / 2
    this.#context.globalAlpha = 1
    this.#context.strokeStyle = this.#colors.ink
    this.#context.lineWidth = thicknessPx
    this.#context.strokeRect(
      left + inset,
      top + inset,
      Math.max(1, right - left - thicknessPx),
      rowHeightPx - 1 - thicknessPx,
    )
  }
}
