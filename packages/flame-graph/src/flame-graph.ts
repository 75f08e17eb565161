import { Camera } from './camera.js'
import { checkFlameData, type FlameData, type Weights } from './data.js'
import { describeFrame, type FrameInfo, frameInfo, placeOf, tooltipOf } from './describe.js'
import type { Difference } from './difference.js'
import { FlameInput } from './input.js'
import type { FlameLayout } from './layout.js'
import { type Direction, neighbour } from './navigate.js'
import { categoryFill } from './palette.js'
import { type FlameColors, FlameRenderer, rowHeightPx } from './renderer.js'
import {
  categoryMatcher,
  type FrameMatcher,
  findFrames,
  nextMatch,
  patternMatcher,
  type SearchResult,
  textMatcher,
} from './search.js'
import type { CategoryShare } from './shares.js'
import { type Comparison, type FlameMode, FlameState } from './state.js'
import { watchSurroundings } from './surroundings.js'
import { FlameTooltip } from './tooltip.js'
import { aroundFrame, type FlameView, isWhole, panView, viewOfFrame, wholeView, zoomView } from './view.js'
import { frameAt } from './visible.js'
import { type TimeRange, weigh } from './weigh.js'

export interface FlameGraphOptions {
  /** Largest height on the page; deeper stacks scroll. 480 unless given. */
  readonly maxHeightPx?: number
  /** Width that the graph is drawn for when the page is printed. 680 unless given: A4 and Letter have room for it. */
  readonly paperWidthPx?: number
  /** The fill of a category, as `#rrggbb`. */
  readonly palette?: (category: string) => string
  /** What readers call a category. */
  readonly categoryName?: (category: string) => string
  /** What assistive technology calls the graph. */
  readonly label?: string
  /** Whether a line below the graph says what has the mark: true unless given. */
  readonly statusLine?: boolean
  /** Hears of the frame with the mark, set by click or key; `null` when there is none any more. */
  readonly onSelect?: (frame: FrameInfo | null) => void
  /** Hears one line about the frame with the mark, '' when there is none any more. */
  readonly onStatus?: (text: string) => void
}

export type SearchKind = 'text' | 'pattern'

const restingText =
  'Click a frame to zoom in. Drag to pan, Ctrl + wheel to zoom, arrow keys to walk, Escape to reset.'
const keysText =
  'Flame graph. Arrow keys move between frames, Enter zooms in, Backspace goes back, Escape shows everything, n finds the next match.'

/**
 * An interactive flame graph (root on top) on a canvas. Append `element` to a page that has the package's
 * stylesheet; it follows the width of its place.
 */
export class FlameGraph {
  readonly element = document.createElement('div')
  readonly #state: FlameState
  readonly #options: FlameGraphOptions
  readonly #scroll = document.createElement('div')
  readonly #canvas = document.createElement('canvas')
  readonly #spacer = document.createElement('div')
  readonly #status = document.createElement('p')
  readonly #renderer: FlameRenderer
  readonly #tooltip: FlameTooltip
  readonly #camera = new Camera(() => this.#drawNow())
  readonly #listeners = new Set<() => void>()
  readonly #unwatch: () => void
  #colors: FlameColors | null = null
  #matcher: FrameMatcher | null = null
  #found: SearchResult | null = null
  #highlighted: string | null = null
  #selected = -1
  #hovered = -1
  #widthPx = 0
  #requestedFrame = 0

  /** @throws TypeError where the data is damaged */
  constructor(data: FlameData, options: FlameGraphOptions = {}) {
    checkFlameData(data)
    this.#state = new FlameState(data)
    this.#options = options
    this.#renderer = new FlameRenderer(this.#canvas, options.palette ?? categoryFill)
    this.#assemble()
    this.#tooltip = new FlameTooltip(this.element)
    this.#scroll.addEventListener('scroll', () => this.draw())
    this.#listen()
    this.#unwatch = watchSurroundings(this.element, this.#scroll, options.paperWidthPx ?? 680, {
      fit: (widthPx) => this.#fit(widthPx),
      recolour: () => this.refresh(),
    })
  }

  get data(): FlameData {
    return this.#state.data
  }

  get layout(): FlameLayout {
    return this.#state.layout
  }

  get difference(): Difference | null {
    return this.#state.difference
  }

  get comparison(): Comparison | null {
    return this.#state.comparison
  }

  get mode(): FlameMode {
    return this.#state.mode
  }

  /** What the search or the highlighted category found. */
  get found(): SearchResult | null {
    return this.#found
  }

  get highlighted(): string | null {
    return this.#highlighted
  }

  get view(): FlameView {
    return this.#camera.view
  }

  get selected(): FrameInfo | null {
    return this.#selected < 0 ? null : this.info(this.#selected)
  }

  /** The frame that the graph is zoomed to, or `null`. */
  get zoomed(): FrameInfo | null {
    return this.#camera.zoomed < 0 ? null : this.info(this.#camera.zoomed)
  }

  get fillOf(): (category: string) => string {
    return this.#options.palette ?? categoryFill
  }

  get categoryName(): (category: string) => string {
    return this.#options.categoryName ?? ((category) => category.replaceAll('-', ' '))
  }

  /**
   * Shows what ran within stretches of time, or all for `null`. Frames keep their places.
   * @throws TypeError where the data has no streams
   */
  setRanges(ranges: readonly TimeRange[] | null): void {
    this.setWeights(ranges === null ? null : weigh(this.data, ranges))
  }

  /** Shows other weights of the same data, such as `weigh` gives; `null`: those of the data itself. */
  setWeights(weights: Weights | null): void {
    this.#change(() => this.#state.setWeights(weights))
  }

  setMode(mode: FlameMode): void {
    this.#change(() => this.#state.setMode(mode))
  }

  /**
   * Colours frames by how their share changed, or by category again for `null`.
   * @throws TypeError where the other run's data is damaged or in another unit
   */
  compare(comparison: Comparison | null): void {
    if (comparison !== null && !(comparison.before instanceof Float64Array)) checkFlameData(comparison.before)
    this.#change(() => this.#state.setComparison(comparison))
  }

  /**
   * Lights up the frames that contain the text or fit the regular expression; an empty one lights up all.
   * @throws SyntaxError where a pattern is no regular expression
   */
  search(text: string, kind: SearchKind = 'text'): SearchResult | null {
    return this.#light(kind === 'text' ? textMatcher(text) : patternMatcher(text), null)
  }

  /** Lights up one category, or all for `null`. */
  highlight(category: string | null): SearchResult | null {
    return this.#light(category === null ? null : categoryMatcher(category), category)
  }

  /** Marks the next match, or the one before. */
  next(direction: 1 | -1 = 1): void {
    if (!this.#found) return
    const index = nextMatch(this.layout, this.#found.matches, this.#selected, direction)
    if (index < 0) return
    this.#select(index)
    const { left, right } = this.layout
    const view = aroundFrame(this.view, left[index]!, right[index]!, this.#widthPx)
    if (view !== this.view) {
      this.#camera.keep(this.#scroll.scrollTop)
      this.#camera.glideTo(view)
    }
  }

  /** Zooms until the frame fills the width. */
  zoomTo(index: number): void {
    this.#camera.keep(this.#scroll.scrollTop)
    this.#camera.zoomed = index > 0 ? index : -1
    this.#select(index)
    this.#camera.glideTo(viewOfFrame(this.layout.left[index]!, this.layout.right[index]!))
  }

  /** Returns to where the reader was before the last zoom. */
  back(): void {
    const place = this.#camera.takeBack()
    if (place === null) return
    this.#camera.zoomed = place.zoomed
    this.#scroll.scrollTop = place.scrollTopPx
    this.#camera.glideTo(place.view)
  }

  /** Shows everything again. */
  reset(): void {
    if (!isWhole(this.view)) this.#camera.keep(this.#scroll.scrollTop)
    this.#camera.zoomed = -1
    this.#scroll.scrollTop = 0
    this.#select(-1)
    this.#camera.glideTo(wholeView)
  }

  /** All that is known of a frame, by its index in `layout`. */
  info(index: number): FrameInfo {
    return frameInfo(this.#state, index)
  }

  /** One line about a frame. */
  describe(index: number): string {
    return describeFrame(this.#state, index)
  }

  /** What each category holds, the largest first. */
  categoryShares(): CategoryShare[] {
    return this.#state.categoryShares()
  }

  /** Calls back when the weights, the mode, the comparison or what is lit up has changed. Returns a way to end it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes the colours of the stylesheet again; for pages that switch theirs by themselves. */
  refresh(): void {
    this.#colors = null
    this.draw()
  }

  /** Draws with the next frame of the browser. */
  draw(): void {
    if (this.#requestedFrame === 0) this.#requestedFrame = requestAnimationFrame(() => this.#drawNow())
  }

  /** Takes the graph off the page and stops watching it. */
  dispose(): void {
    this.#unwatch()
    this.#camera.stop()
    cancelAnimationFrame(this.#requestedFrame)
    this.#listeners.clear()
    this.element.remove()
  }

  #assemble(): void {
    this.element.className = 'flame-graph'
    this.#scroll.className = 'flame-scroll'
    this.#scroll.tabIndex = 0
    this.#scroll.setAttribute('role', 'application')
    this.#scroll.setAttribute('aria-roledescription', 'flame graph')
    this.#scroll.setAttribute('aria-label', this.#options.label ?? keysText)
    this.#status.className = 'flame-status'
    this.#status.setAttribute('role', 'status')
    this.#status.textContent = restingText
    this.#scroll.append(this.#canvas, this.#spacer)
    this.element.append(this.#scroll)
    if (this.#options.statusLine ?? true) this.element.append(this.#status)
  }

  #listen(): void {
    new FlameInput(this.#canvas, this.#scroll, {
      hover: (x, y) => this.#hover(x, y),
      leave: () => this.#leave(),
      click: (x, y) => {
        const index = this.#at(x, y)
        if (index >= 0) this.zoomTo(index)
      },
      pan: (share) => this.#move(panView(this.view, share)),
      zoom: (anchor, factor) => this.#move(zoomView(this.view, anchor, factor)),
      move: (direction) => this.#walk(direction),
      enter: () => this.zoomTo(Math.max(0, this.#selected)),
      back: () => this.back(),
      reset: () => this.reset(),
      next: (direction) => this.next(direction),
      copy: () => {
        const frame = this.selected
        return frame === null ? '' : [frame.name, placeOf(frame)].filter((text) => text !== '').join(' ')
      },
    })
  }

  /** Draws what has changed; the place on the page stays where the frames are the same ones. */
  #change(apply: () => void): void {
    const before = this.layout.tree
    apply()
    const { tree, left, right } = this.layout
    this.#hovered = -1
    this.#tooltip.hide()
    if (tree !== before) {
      this.#camera.forget()
      this.#select(-1)
    } else if (this.#camera.zoomed >= 0) {
      const zoomed = this.#camera.zoomed
      this.#camera.set(viewOfFrame(left[zoomed]!, right[zoomed]!))
      this.#camera.zoomed = zoomed
    }
    if (this.#matcher) this.#found = findFrames(this.layout, this.#matcher)
    if (tree !== before && this.#widthPx > 0) this.#fit(this.#widthPx)
    else this.draw()
    this.#say()
    this.#tell()
  }

  #light(matcher: FrameMatcher | null, category: string | null): SearchResult | null {
    this.#matcher = matcher
    this.#highlighted = category
    this.#found = matcher && findFrames(this.layout, matcher)
    if (this.#found && this.#found.widest >= 0) this.#reveal(this.#found.widest)
    this.draw()
    this.#tell()
    return this.#found
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #select(index: number): void {
    this.#selected = index
    if (index >= 0) this.#reveal(index)
    this.#say()
    this.#options.onSelect?.(this.selected)
    this.draw()
  }

  #say(): void {
    const text = this.#selected < 0 ? '' : this.describe(this.#selected)
    this.#status.textContent =
      text !== '' ? text : this.layout.total[0]! > 0 ? restingText : 'Nothing ran in the chosen time.'
    this.#options.onStatus?.(text)
  }

  #fit(widthPx: number): void {
    if (widthPx === 0) return
    this.#widthPx = widthPx
    const wanted = (this.layout.tree.maxDepth + 1) * rowHeightPx
    const heightPx = Math.min(wanted, this.#options.maxHeightPx ?? 480)
    this.#renderer.resize(widthPx, heightPx, devicePixelRatio)
    this.#scroll.style.height = `${heightPx}px`
    this.#spacer.style.height = `${wanted - heightPx}px`
    this.#drawNow()
  }

  #drawNow(): void {
    cancelAnimationFrame(this.#requestedFrame)
    this.#requestedFrame = 0
    if (this.#widthPx === 0) return
    this.#colors ??= this.#readColors()
    this.#renderer.draw(
      {
        layout: this.layout,
        difference: this.difference,
        view: this.view,
        scrollTopPx: this.#scroll.scrollTop,
        matches: this.#found?.matches ?? null,
        selected: this.#selected,
        hovered: this.#hovered,
        zoomed: this.#camera.zoomed,
      },
      this.#colors,
    )
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

  #at(x: number, y: number): number {
    const share = this.view.from + (x / this.#widthPx) * (this.view.to - this.view.from)
    return frameAt(this.layout, share, Math.floor((y + this.#scroll.scrollTop) / rowHeightPx))
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
    this.#tooltip.show(tooltipOf(this.#state, index, this.categoryName), box.left + x, box.top + y)
  }

  #leave(): void {
    this.#hovered = -1
    this.#tooltip.hide()
    this.draw()
  }

  #walk(direction: Direction): void {
    this.#select(this.#selected < 0 ? 0 : neighbour(this.layout, this.#selected, direction))
  }

  #reveal(index: number): void {
    const top = this.layout.tree.depth[index]! * rowHeightPx
    const box = this.#scroll
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + rowHeightPx > box.scrollTop + box.clientHeight)
      box.scrollTop = top + 2 * rowHeightPx - box.clientHeight
  }

  #move(view: FlameView): void {
    this.#camera.set(view)
    this.draw()
  }
}
