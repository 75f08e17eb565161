import type { FlameGraphOptions } from './options.js'
import { categoryFill } from './palette.js'
import { type FlameColors, FlameRenderer, type FlameScene, rowHeightPx } from './renderer.js'
import { watchSurroundings } from './surroundings.js'
import { frameAt } from './visible.js'

const restingText =
  'Click a frame to zoom in. Drag to pan, Ctrl + wheel to zoom, arrow keys to walk, Escape to reset.'
const emptyText = 'Nothing ran in the chosen time.'
const keysText =
  'Flame graph. Arrow keys move between frames, Enter zooms in, Backspace goes back, Escape shows everything, n finds the next match.'

/** The elements of a graph: a canvas as large as what is seen of it, in a box that scrolls, and the line below. */
export class FlameStage {
  readonly element = document.createElement('div')
  readonly canvas = document.createElement('canvas')
  readonly scroll = document.createElement('div')
  readonly #spacer = document.createElement('div')
  readonly #status = document.createElement('p')
  readonly #renderer: FlameRenderer
  readonly #sceneNow: () => Omit<FlameScene, 'scrollTopPx'>
  readonly #maxHeightPx: number
  readonly #unwatch: () => void
  #colors: FlameColors | null = null
  #widthPx = 0
  #requestedFrame = 0

  /** @param sceneNow what to draw */
  constructor(options: FlameGraphOptions, sceneNow: () => Omit<FlameScene, 'scrollTopPx'>) {
    this.#sceneNow = sceneNow
    this.#maxHeightPx = options.maxHeightPx ?? 480
    this.#renderer = new FlameRenderer(this.canvas, options.palette ?? categoryFill)
    this.#assemble(options)
    this.scroll.addEventListener('scroll', () => this.draw())
    this.#unwatch = watchSurroundings(this.element, this.scroll, options.paperWidthPx ?? 680, {
      fit: (widthPx) => this.#fit(widthPx),
      recolour: () => this.refresh(),
    })
  }

  /** 0 until the graph has a place on a page. */
  get widthPx(): number {
    return this.#widthPx
  }

  /** What has the mark, '' for nothing; `hasFrames` tells whether there is anything that could have it. */
  say(text: string, hasFrames: boolean): void {
    this.#status.textContent = text !== '' ? text : hasFrames ? restingText : emptyText
  }

  /** Takes the height of another layout, and draws at once. */
  refit(): void {
    this.#fit(this.#widthPx)
  }

  /** Takes the colours of the stylesheet again. */
  refresh(): void {
    this.#colors = null
    this.draw()
  }

  /** Draws with the next frame of the browser. */
  draw(): void {
    if (this.#requestedFrame === 0) this.#requestedFrame = requestAnimationFrame(() => this.drawNow())
  }

  drawNow(): void {
    cancelAnimationFrame(this.#requestedFrame)
    this.#requestedFrame = 0
    if (this.#widthPx === 0) return
    this.#colors ??= this.#readColors()
    this.#renderer.draw({ ...this.#sceneNow(), scrollTopPx: this.scroll.scrollTop }, this.#colors)
  }

  /** The frame at a point of the canvas, or −1. */
  frameAt(x: number, y: number): number {
    const { layout, view } = this.#sceneNow()
    const share = view.from + (x / this.#widthPx) * (view.to - view.from)
    return frameAt(layout, share, Math.floor((y + this.scroll.scrollTop) / rowHeightPx))
  }

  /** Scrolls until a row can be seen. */
  reveal(row: number): void {
    const top = row * rowHeightPx
    const box = this.scroll
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + rowHeightPx > box.scrollTop + box.clientHeight)
      box.scrollTop = top + 2 * rowHeightPx - box.clientHeight
  }

  dispose(): void {
    this.#unwatch()
    cancelAnimationFrame(this.#requestedFrame)
    this.element.remove()
  }

  #assemble({ label, statusLine }: FlameGraphOptions): void {
    this.element.className = 'flame-graph'
    this.scroll.className = 'flame-scroll'
    this.scroll.tabIndex = 0
    this.scroll.setAttribute('role', 'application')
    this.scroll.setAttribute('aria-roledescription', 'flame graph')
    this.scroll.setAttribute('aria-label', label ?? keysText)
    this.#status.className = 'flame-status'
    this.#status.setAttribute('role', 'status')
    this.#status.textContent = restingText
    this.scroll.append(this.canvas, this.#spacer)
    this.element.append(this.scroll)
    if (statusLine ?? true) this.element.append(this.#status)
  }

  #fit(widthPx: number): void {
    if (widthPx === 0) return
    this.#widthPx = widthPx
    const wanted = (this.#sceneNow().layout.tree.maxDepth + 1) * rowHeightPx
    const heightPx = Math.min(wanted, this.#maxHeightPx)
    this.#renderer.resize(widthPx, heightPx, devicePixelRatio)
    this.scroll.style.height = `${heightPx}px`
    this.#spacer.style.height = `${wanted - heightPx}px`
    this.drawNow()
  }

  #readColors(): FlameColors {
    const style = getComputedStyle(this.element)
    const color = (name: string, otherwise: string): string =>
      style.getPropertyValue(name).trim() || otherwise
    return {
      background: color('--flame-surface', '#ffffff'),
      ink: color('--flame-ink', '#14161a'),
      crowd: color('--flame-crowd', '#c9ced6'),
    }
  }
}
