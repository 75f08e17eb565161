import { Camera } from './camera.js'
import { checkFlameData, type FlameData, type Weights } from './data.js'
import { copyOf, describeFrame, type FrameInfo, frameInfo } from './describe.js'
import type { Difference } from './difference.js'
import { Hover } from './hover.js'
import { FlameInput } from './input.js'
import type { FlameLayout } from './layout.js'
import { Lights, type SearchKind } from './lights.js'
import { neighbour } from './navigate.js'
import type { FlameGraphOptions } from './options.js'
import { categoryFill } from './palette.js'
import { nextMatch, type SearchResult } from './search.js'
import type { CategoryShare } from './shares.js'
import { FlameStage } from './stage.js'
import { type Comparison, type FlameMode, FlameState } from './state.js'
import { aroundFrame, type FlameView, isWhole, panView, viewOfFrame, wholeView, zoomView } from './view.js'
import { type TimeRange, weigh } from './weigh.js'

export type { FlameGraphOptions, SearchKind }

/**
 * An interactive flame graph (root on top) on a canvas. Append `element` to a page that has the package's
 * stylesheet; it follows the width of its place.
 */
export class FlameGraph {
  readonly element: HTMLDivElement
  readonly #state: FlameState
  readonly #options: FlameGraphOptions
  readonly #stage: FlameStage
  readonly #hover: Hover
  readonly #camera = new Camera(() => this.#stage.drawNow())
  readonly #lights = new Lights()
  readonly #listeners = new Set<() => void>()
  #selected = -1

  /** @throws TypeError where the data is damaged */
  constructor(data: FlameData, options: FlameGraphOptions = {}) {
    checkFlameData(data)
    this.#state = new FlameState(data)
    this.#options = options
    this.#stage = new FlameStage(options, () => ({
      layout: this.layout,
      difference: this.difference,
      view: this.view,
      matches: this.found?.matches ?? null,
      selected: this.#selected,
      hovered: this.#hover.index,
      zoomed: this.#camera.zoomed,
    }))
    this.element = this.#stage.element
    this.#hover = new Hover(this.#stage, this.#state, this.categoryName)
    this.#listen()
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
    return this.#lights.found
  }

  get highlighted(): string | null {
    return this.#lights.category
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
    this.#lights.search(this.layout, text, kind)
    return this.#showLights()
  }

  /** Lights up one category, or all for `null`. */
  highlight(category: string | null): SearchResult | null {
    this.#lights.highlight(this.layout, category)
    return this.#showLights()
  }

  /** Marks the next match, or the one before. */
  next(direction: 1 | -1 = 1): void {
    if (!this.found) return
    const index = nextMatch(this.layout, this.found.matches, this.#selected, direction)
    if (index < 0) return
    this.#select(index)
    const { left, right } = this.layout
    const view = aroundFrame(this.view, left[index]!, right[index]!, this.#stage.widthPx)
    if (view !== this.view) {
      this.#camera.keep(this.#stage.scroll.scrollTop)
      this.#camera.glideTo(view)
    }
  }

  /** Zooms until the frame fills the width. */
  zoomTo(index: number): void {
    this.#camera.keep(this.#stage.scroll.scrollTop)
    this.#camera.zoomed = index > 0 ? index : -1
    this.#select(index)
    this.#camera.glideTo(viewOfFrame(this.layout.left[index]!, this.layout.right[index]!))
  }

  /** Returns to where the reader was before the last zoom. */
  back(): void {
    const place = this.#camera.takeBack()
    if (place === null) return
    this.#camera.zoomed = place.zoomed
    this.#stage.scroll.scrollTop = place.scrollTopPx
    this.#camera.glideTo(place.view)
  }

  /** Shows everything again. */
  reset(): void {
    if (!isWhole(this.view)) this.#camera.keep(this.#stage.scroll.scrollTop)
    this.#camera.zoomed = -1
    this.#stage.scroll.scrollTop = 0
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
    this.#stage.refresh()
  }

  /** Draws with the next frame of the browser. */
  draw(): void {
    this.#stage.draw()
  }

  /** Takes the graph off the page and stops watching it. */
  dispose(): void {
    this.#camera.stop()
    this.#listeners.clear()
    this.#stage.dispose()
  }

  #listen(): void {
    new FlameInput(this.#stage.canvas, this.#stage.scroll, {
      hover: (x, y) => this.#hover.at(x, y),
      leave: () => this.#hover.end(),
      click: (x, y) => {
        const index = this.#stage.frameAt(x, y)
        if (index >= 0) this.zoomTo(index)
      },
      pan: (share) => this.#move(panView(this.view, share)),
      zoom: (anchor, factor) => this.#move(zoomView(this.view, anchor, factor)),
      move: (direction) =>
        this.#select(this.#selected < 0 ? 0 : neighbour(this.layout, this.#selected, direction)),
      enter: () => this.zoomTo(Math.max(0, this.#selected)),
      back: () => this.back(),
      reset: () => this.reset(),
      next: (direction) => this.next(direction),
      copy: () => (this.selected === null ? '' : copyOf(this.selected)),
    })
  }

  /** Draws what has changed; the place on the page stays where the frames are the same ones. */
  #change(apply: () => void): void {
    const before = this.layout.tree
    apply()
    const { tree, left, right } = this.layout
    this.#hover.end()
    if (tree !== before) {
      this.#camera.forget()
      this.#select(-1)
    } else if (this.#camera.zoomed >= 0) {
      const zoomed = this.#camera.zoomed
      this.#camera.set(viewOfFrame(left[zoomed]!, right[zoomed]!))
      this.#camera.zoomed = zoomed
    }
    this.#lights.follow(this.layout)
    if (tree === before) this.draw()
    else this.#stage.refit()
    this.#say()
    this.#tell()
  }

  #showLights(): SearchResult | null {
    const widest = this.found?.widest ?? -1
    if (widest >= 0) this.#stage.reveal(this.layout.tree.depth[widest]!)
    this.draw()
    this.#tell()
    return this.#lights.found
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #select(index: number): void {
    this.#selected = index
    if (index >= 0) this.#stage.reveal(this.layout.tree.depth[index]!)
    this.#say()
    this.#options.onSelect?.(this.selected)
    this.draw()
  }

  #say(): void {
    const text = this.#selected < 0 ? '' : this.describe(this.#selected)
    this.#stage.say(text, this.layout.total[0]! > 0)
    this.#options.onStatus?.(text)
  }

  #move(view: FlameView): void {
    this.#camera.set(view)
    this.draw()
  }
}
