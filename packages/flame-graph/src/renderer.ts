import type { Difference } from './difference.js'
import type { FlameLayout } from './layout.js'
import { changeFill, inkOn } from './palette.js'
import type { FlameView } from './view.js'
import { type FrameVisitor, visitVisible } from './visible.js'

export const rowHeightPx = 20
const textPaddingPx = 5
const fontPx = 11.5
/** Room that an arrow needs where no name fits. */
const arrowPx = 12

/** What one drawing shows. */
export interface FlameScene {
  readonly layout: FlameLayout
  /** Colours frames by change and marks them with arrows; null: by category. */
  readonly difference: Difference | null
  readonly view: FlameView
  readonly scrollTopPx: number
  /** 1 for frames to light up; the rest are dimmed. `null`: all alike. */
  readonly matches: Uint8Array | null
  /** Index of the frame with the keyboard's mark, or −1. */
  readonly selected: number
  readonly hovered: number
  /** The frame zoomed to, or −1; its ancestors are faded. */
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
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #fillOfCategory: (category: string) => string
  readonly #fillOfFrame = new WeakMap<object, readonly string[]>()
  #fills: readonly string[] = []
  #scene: FlameScene | null = null
  #colors: FlameColors = { background: '#fff', ink: '#000', crowd: '#ccc' }
  #widthPx = 0
  #heightPx = 0
  #ratio = 1
  #hairlinePx = 1
  #characterPx = 7
  /** What the context has now: to set a colour costs as much as to draw a small box. */
  #fill = ''
  #alpha = 1

  constructor(canvas: HTMLCanvasElement, fillOfCategory: (category: string) => string) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('This browser has no 2D canvas.')
    this.#canvas = canvas
    this.#context = context
    this.#fillOfCategory = fillOfCategory
  }

  resize(widthPx: number, heightPx: number, ratio: number): void {
    this.#widthPx = widthPx
    this.#heightPx = heightPx
    this.#ratio = ratio
    this.#hairlinePx = Math.max(1, Math.round(ratio)) / ratio
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
    this.#fills = this.#fillsOf(scene.layout)
    // A new size has reset the context.
    this.#fill = ''
    this.#alpha = -1
    this.#paint(colors.background, 1)
    this.#context.fillRect(0, 0, this.#widthPx, this.#heightPx)
    visitVisible(
      scene.layout,
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
    const { tree } = scene.layout
    const left = this.#snap(Math.max(0, leftPx))
    const right = this.#snap(Math.min(this.#widthPx, leftPx + widthPx))
    const top = this.#snap(row * rowHeightPx - scene.scrollTopPx)
    const dimmed = scene.matches !== null && scene.matches[index] === 0
    const above = scene.zoomed >= 0 && index < scene.zoomed && tree.end[index]! > scene.zoomed
    const fill =
      scene.difference === null ? this.#fills[tree.frame[index]!]! : changeFill(scene.difference.step[index]!)
    this.#paint(fill, dimmed ? 0.22 : above ? 0.5 : 1)
    // The hairline between neighbours is left out where it would eat the frame.
    const gap = widthPx > 3 ? this.#hairlinePx : 0
    this.#context.fillRect(left, top, right - left - gap, rowHeightPx - this.#hairlinePx)
    const room = right - left - gap
    if (room >= arrowPx)
      this.#label(index, left, room, top, dimmed || above ? this.#faded(dimmed) : inkOn(fill))
  }

  crowd(leftPx: number, widthPx: number, row: number): void {
    const { matches, scrollTopPx } = this.#scene!
    const left = this.#snap(Math.max(0, leftPx))
    const right = this.#snap(Math.min(this.#widthPx, leftPx + widthPx))
    const top = this.#snap(row * rowHeightPx - scrollTopPx)
    this.#paint(this.#colors.crowd, matches === null ? 0.7 : 0.25)
    this.#context.fillRect(left, top, right - left, rowHeightPx - this.#hairlinePx)
  }

  #paint(fill: string, alpha: number): void {
    if (alpha !== this.#alpha) this.#context.globalAlpha = this.#alpha = alpha
    if (fill !== this.#fill) this.#context.fillStyle = this.#fill = fill
  }

  /** The nearest edge between pixels of the screen: sharp, and far quicker to fill than half a pixel. */
  #snap(px: number): number {
    return Math.round(px * this.#ratio) / this.#ratio
  }

  #fillsOf({ tree }: FlameLayout): readonly string[] {
    let fills = this.#fillOfFrame.get(tree.frames)
    if (fills === undefined) {
      fills = tree.frames.map(({ category }) => this.#fillOfCategory(category))
      this.#fillOfFrame.set(tree.frames, fills)
    }
    return fills
  }

  /** On half a fill, or less of it, the text has the colour of the page's. */
  #faded = (dimmed: boolean): string => (dimmed ? this.#colors.crowd : this.#colors.ink)

  #label(index: number, left: number, width: number, top: number, ink: string): void {
    const { layout, difference } = this.#scene!
    const arrow = difference === null ? '' : arrowOf(difference.step[index]!)
    const room = Math.floor((width - 2 * textPaddingPx) / this.#characterPx)
    const name = arrow + layout.tree.frames[layout.tree.frame[index]!]!.name
    let text = name.length <= room ? name : `${name.slice(0, room - 1)}…`
    if (room < 3) text = arrow.trim()
    if (text === '') return
    this.#paint(ink, 1)
    const padding = room < 3 ? (width - this.#characterPx) / 2 : textPaddingPx
    this.#context.fillText(text, left + padding, top + rowHeightPx / 2)
  }

  #outline(index: number, thicknessPx: number): void {
    const { layout, view, scrollTopPx } = this.#scene!
    if (index < 0) return
    const scale = this.#widthPx / (view.to - view.from)
    const left = this.#snap(Math.max(0, (layout.left[index]! - view.from) * scale))
    const right = this.#snap(Math.min(this.#widthPx, (layout.right[index]! - view.from) * scale))
    if (right <= left) return
    const top = this.#snap(layout.tree.depth[index]! * rowHeightPx - scrollTopPx)
    const inset = thicknessPx / 2
    this.#context.globalAlpha = this.#alpha = 1
    this.#context.strokeStyle = this.#colors.ink
    this.#context.lineWidth = thicknessPx
    this.#context.strokeRect(
      left + inset,
      top + inset,
      Math.max(1, right - left - thicknessPx),
      rowHeightPx - this.#hairlinePx - thicknessPx,
    )
  }
}

/** Two strokes for a large change, so that no one needs the colour. */
const arrows = ['▼▼ ', '▼ ', '', '▲ ', '▲▲ ']
export const arrowOf = (step: number): string => arrows[step + 2]!
