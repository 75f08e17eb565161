import { tooltipOf } from './describe.js'
import type { FlameStage } from './stage.js'
import type { FlameState } from './state.js'
import { FlameTooltip } from './tooltip.js'

/** The frame under the pointer, and the box beside it that tells of it. */
export class Hover {
  /** Index of the frame, or −1. */
  index = -1
  readonly #stage: FlameStage
  readonly #state: FlameState
  readonly #tooltip: FlameTooltip
  readonly #categoryName: (category: string) => string

  constructor(stage: FlameStage, state: FlameState, categoryName: (category: string) => string) {
    this.#stage = stage
    this.#state = state
    this.#categoryName = categoryName
    this.#tooltip = new FlameTooltip(stage.element)
  }

  /** The pointer is here, in pixels of the canvas. */
  at(x: number, y: number): void {
    const index = this.#stage.frameAt(x, y)
    if (index !== this.index) {
      this.index = index
      this.#stage.draw()
    }
    if (index < 0) {
      this.#tooltip.hide()
      return
    }
    const box = this.#stage.canvas.getBoundingClientRect()
    this.#tooltip.show(tooltipOf(this.#state, index, this.#categoryName), box.left + x, box.top + y)
  }

  end(): void {
    this.index = -1
    this.#tooltip.hide()
    this.#stage.draw()
  }
}
