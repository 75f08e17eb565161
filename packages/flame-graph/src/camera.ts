import { betweenViews, type FlameView, isWhole, wholeView } from './view.js'

const animationMs = 180
/** Earlier views that can be gone back to. */
const mostKept = 100

/** Where a reader looks, how far down, and at which frame they zoomed in (−1: none). */
export interface Place {
  readonly view: FlameView
  readonly zoomed: number
  readonly scrollTopPx: number
}

/** The view of the moment, its animation, and the way back. */
export class Camera {
  zoomed = -1
  #view: FlameView = wholeView
  #animation = 0
  #earlier: Place[] = []
  readonly #redraw: () => void

  /** @param redraw draws at once */
  constructor(redraw: () => void) {
    this.#redraw = redraw
  }

  get view(): FlameView {
    return this.#view
  }

  /** Moves at once, as a finger or a wheel does. */
  set(view: FlameView): void {
    cancelAnimationFrame(this.#animation)
    this.#view = view
    if (isWhole(view)) this.zoomed = -1
  }

  /** Keeps the place of the moment, to come back to. */
  keep(scrollTopPx: number): void {
    this.#earlier.push({ view: this.#view, zoomed: this.zoomed, scrollTopPx })
    if (this.#earlier.length > mostKept) this.#earlier.shift()
  }

  /** The latest place that was kept, which is then no longer kept. */
  takeBack(): Place | null {
    return this.#earlier.pop() ?? null
  }

  /** Whole again, and nothing to go back to: for a tree whose frames have other indices. */
  forget(): void {
    this.#earlier = []
    this.set(wholeView)
  }

  glideTo(target: FlameView): void {
    cancelAnimationFrame(this.#animation)
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.#view = target
      this.#redraw()
      return
    }
    const origin = this.#view
    const startedAt = performance.now()
    const step = (now: number): void => {
      const progress = Math.min(1, Math.max(0, (now - startedAt) / animationMs))
      this.#view = progress === 1 ? target : betweenViews(origin, target, 1 - (1 - progress) ** 3)
      this.#redraw()
      if (progress < 1) this.#animation = requestAnimationFrame(step)
    }
    this.#animation = requestAnimationFrame(step)
  }

  stop(): void {
    cancelAnimationFrame(this.#animation)
  }
}
