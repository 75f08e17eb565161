import { formatMs, formatShare } from '../../../src/kernel/units.js'
import type { FlatFlame } from '../../../src/report/html/flat-flame.js'
import { FlameInput } from './input.js'
import { type FlameLayout, layoutFlame } from './layout.js'
import { type Direction, neighbour } from './navigate.js'
import { type FlameColors, FlameRenderer, rowHeightPx } from './renderer.js'
import { type SearchResult, searchCategory, searchFlame } from './search.js'
import { FlameTooltip } from './tooltip.js'
import { betweenViews, type FlameView, isWhole, panView, viewOfFrame, wholeView, zoomView } from './view.js'
import { frameAt } from './visible.js'

const animationMs = 180

export interface FlameGraphOptions {
  /** Largest height on the page; deeper stacks scroll. */
  readonly maxHeightPx: number
  readonly colors: () => FlameColors
  /** Hears one line about the frame under the pointer or the keyboard's mark, the search, or the zoom. */
  readonly onStatus: (text: string) => void
}

/**
 * An interactive flame graph (root on top) on a canvas of its own. It needs nothing but a `FlatFlame`: append
 * `element` to a page and call `resize()` when its width has changed.
 */
export class FlameGraph {
  readonly element: HTMLElement
  readonly layout: FlameLayout
  readonly #flame: FlatFlame
  readonly #options: FlameGraphOptions
  readonly #canvas = document.createElement('canvas')
  readonly #spacer = document.createElement('div')
  readonly #renderer: FlameRenderer
  readonly #tooltip: FlameTooltip
  #view: FlameView = wholeView
  #search: SearchResult | null = null
  #selected = -1
  #hovered = -1
  #zoomed = -1
  #drawRequested = false
  #animation = 0

  constructor(flame: FlatFlame, options: FlameGraphOptions) {
    this.#flame = flame
    this.#options = options
    this.layout = layoutFlame(flame)
    this.#renderer = new FlameRenderer(flame, this.layout, this.#canvas)
    this.element = document.createElement('div')
    this.element.className = 'flame-scroll'
    this.element.tabIndex = 0
    this.element.setAttribute('role', 'application')
    this.element.setAttribute('aria-roledescription', 'flame graph')
    this.element.setAttribute(
      'aria-label',
      'Flame graph. Arrow keys move between frames, Enter zooms in, Escape shows everything.',
    )
    this.element.append(this.#canvas, this.#spacer)
    this.#tooltip = new FlameTooltip(this.element)
    this.element.addEventListener('scroll', () => this.draw())
    new FlameInput(this.#canvas, this.element, {
      hover: (x, y) => this.#hover(x, y),
      leave: () => this.#leave(),
      click: (x, y) => this.#click(x, y),
      pan: (share) => this.#setView(panView(this.#view, share)),
      zoom: (anchor, factor) => this.#setView(zoomView(this.#view, anchor, factor)),
      move: (direction) => this.#move(direction),
      enter: () => this.zoomTo(Math.max(0, this.#selected)),
      reset: () => this.reset(),
    })
  }

  /** Where the graph stands: for tests, and for pages that keep it. */
  get state(): { view: FlameView; selected: number; zoomed: number; matches: number } {
    return {
      view: this.#view,
      selected: this.#selected,
      zoomed: this.#zoomed,
      matches: this.#search?.frames ?? 0,
    }
  }

  get isWhole(): boolean {
    return isWhole(this.#view)
  }

  /** Fits the graph to the width of its element, or to another one. */
  resize(widthPx = this.element.clientWidth): void {
    if (widthPx === 0) return
    const wanted = (this.layout.maxDepth + 1) * rowHeightPx
    const heightPx = Math.min(wanted, this.#options.maxHeightPx)
    this.#renderer.resize(widthPx, heightPx, devicePixelRatio)
    this.element.style.height = `${heightPx}px`
    this.#spacer.style.height = `${wanted - heightPx}px`
    this.#drawNow()
  }

  /** Lights up the frames that contain the text; an empty one lights up all. */
  search(text: string): SearchResult | null {
    return this.#show(searchFlame(this.#flame, this.layout, text))
  }

  /** Lights up one category, or all for `null`. */
  showCategory(category: string | null): SearchResult | null {
    return this.#show(category === null ? null : searchCategory(this.#flame, this.layout, category))
  }

  /** Zooms until the frame fills the width. */
  zoomTo(index: number): void {
    this.#zoomed = index > 0 ? index : -1
    this.#selected = index
    this.#reveal(index)
    this.#animateTo(viewOfFrame(this.layout.x[index]!, this.layout.width[index]!))
    this.#options.onStatus(this.describe(index))
  }

  reset(): void {
    this.#zoomed = -1
    this.#selected = -1
    this.element.scrollTop = 0
    this.#animateTo(wholeView)
    this.#options.onStatus('')
  }

  /** `broadcast  src/room.js:88 · total 420 ms, 31.2 % · self 80 ms, 6.1 %` */
  describe(index: number): string {
    const { name, place, total, self } = this.#facts(index)
    return `${name}${place === '' ? '' : `  ${place}`} · total ${total} · self ${self}`
  }

  draw(): void {
    if (this.#drawRequested) return
    this.#drawRequested = true
    requestAnimationFrame(() => this.#drawNow())
  }

  #drawNow(): void {
    this.#drawRequested = false
    const scene = {
      view: this.#view,
      scrollTopPx: this.element.scrollTop,
      matches: this.#search?.matches ?? null,
      selected: this.#selected,
      hovered: this.#hovered,
      zoomed: this.#zoomed,
    }
    this.#renderer.draw(scene, this.#options.colors())
  }

  #show(result: SearchResult | null): SearchResult | null {
    this.#search = result
    if (result && result.widest >= 0) this.#reveal(result.widest)
    this.draw()
    return result
  }

  #facts(index: number): { name: string; place: string; category: string; total: string; self: string } {
    const flame = this.#flame
    const root = flame.total[0]! > 0 ? flame.total[0]! : 1
    const part = (us: number): string => `${formatMs(us / 1_000)}, ${formatShare(us / root)}`
    const file = flame.strings[flame.file[index]!]!
    return {
      name: flame.strings[flame.name[index]!]!,
      place: file === '' ? '' : flame.line[index]! > 0 ? `${file}:${flame.line[index]!}` : file,
      category: flame.strings[flame.category[index]!]!,
      total: part(flame.total[index]!),
      self: part(flame.self[index]!),
    }
  }

  #at(x: number, y: number): number {
    const share = this.#view.from + (x / this.#canvas.clientWidth) * (this.#view.to - this.#view.from)
    return frameAt(this.layout, share, Math.floor((y + this.element.scrollTop) / rowHeightPx))
  }

  #hover(x: number, y: number): void {
    const index = this.#at(x, y)
    if (index !== this.#hovered) {
      this.#hovered = index
      this.draw()
    }
    if (index < 0) {
      this.#tooltip.hide()
      return
    }
    const box = this.#canvas.getBoundingClientRect()
    this.#tooltip.show(this.#facts(index), box.left + x, box.top + y)
  }

  #leave(): void {
    this.#hovered = -1
    this.#tooltip.hide()
    this.draw()
  }

  #click(x: number, y: number): void {
    const index = this.#at(x, y)
    if (index >= 0) this.zoomTo(index)
  }

  #move(direction: Direction): void {
    this.#selected = this.#selected < 0 ? 0 : neighbour(this.layout, this.#selected, direction)
    this.#reveal(this.#selected)
    this.#options.onStatus(this.describe(this.#selected))
    this.draw()
  }

  #reveal(index: number): void {
    const top = this.layout.depth[index]! * rowHeightPx
    const view = this.element
    if (top < view.scrollTop) view.scrollTop = top
    else if (top + rowHeightPx > view.scrollTop + view.clientHeight)
      view.scrollTop = top + 2 * rowHeightPx - view.clientHeight
  }

  #setView(view: FlameView): void {
    cancelAnimationFrame(this.#animation)
    this.#view = view
    if (isWhole(view)) this.#zoomed = -1
    this.draw()
  }

  #animateTo(target: FlameView): void {
    cancelAnimationFrame(this.#animation)
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.#view = target
      this.draw()
      return
    }
    const origin = this.#view
    const startedAt = performance.now()
    const step = (now: number): void => {
      const progress = Math.min(1, Math.max(0, (now - startedAt) / animationMs))
      this.#view = progress === 1 ? target : betweenViews(origin, target, 1 - (1 - progress) ** 3)
      this.#drawNow()
      if (progress < 1) this.#animation = requestAnimationFrame(step)
    }
    this.#animation = requestAnimationFrame(step)
  }
}
