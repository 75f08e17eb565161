import { el } from '../dom.js'
import type { ChosenTime, TimeBrush } from './time-brush.js'

const stepUs = 10_000
const dragThresholdPx = 3

type End = 'from' | 'to'

/** Pointer, touch and keys of the time strip. The ends of the brush are its two sliders. */
export class StripInput {
  readonly from = handle('Begin of the chosen time')
  readonly to = handle('End of the chosen time')
  readonly #brush: TimeBrush
  #pressed: { readonly x: number; readonly fixedUs: number; readonly end: End | null } | null = null
  #dragged = false

  constructor(brush: TimeBrush) {
    this.#brush = brush
    for (const end of ['from', 'to'] as const) {
      this[end].addEventListener('keydown', (event) => this.#key(event, end))
    }
  }

  listen(plot: HTMLElement): void {
    plot.addEventListener('pointerdown', (event) => this.#press(plot, event))
    plot.addEventListener('pointermove', (event) => this.#drag(plot, event))
    plot.addEventListener('pointerup', () => this.#release())
    plot.addEventListener('pointercancel', () => {
      this.#pressed = null
    })
  }

  /** Moves the sliders to what is chosen. */
  show(): void {
    const { whole } = this.#brush
    const { fromUs, toUs } = this.#range
    for (const [element, us] of [
      [this.from, fromUs],
      [this.to, toUs],
    ] as const) {
      const seconds = (us - whole.fromUs) / 1e6
      element.style.left = `${((us - whole.fromUs) / (whole.toUs - whole.fromUs)) * 100}%`
      element.setAttribute('aria-valuemin', '0')
      element.setAttribute('aria-valuemax', ((whole.toUs - whole.fromUs) / 1e6).toFixed(2))
      element.setAttribute('aria-valuenow', seconds.toFixed(2))
      element.setAttribute('aria-valuetext', `${seconds.toFixed(2)} s of the profile`)
    }
  }

  get #range(): ChosenTime {
    return this.#brush.chosen ?? this.#brush.whole
  }

  #press(plot: HTMLElement, event: PointerEvent): void {
    if (event.button !== 0) return
    const end = event.target === this.from ? 'from' : event.target === this.to ? 'to' : null
    const { fromUs, toUs } = this.#range
    const fixedUs = end === 'from' ? toUs : end === 'to' ? fromUs : this.#timeAt(plot, event.clientX)
    this.#pressed = { x: event.clientX, fixedUs, end }
    this.#dragged = false
    plot.setPointerCapture(event.pointerId)
  }

  #drag(plot: HTMLElement, event: PointerEvent): void {
    const pressed = this.#pressed
    if (!pressed) return
    if (!this.#dragged && Math.abs(event.clientX - pressed.x) < dragThresholdPx) return
    this.#dragged = true
    this.#brush.choose(pressed.fixedUs, this.#timeAt(plot, event.clientX))
  }

  /** A click beside the ends gives the whole profile back. */
  #release(): void {
    if (this.#pressed && !this.#dragged && this.#pressed.end === null) this.#brush.clear()
    this.#pressed = null
  }

  #timeAt(plot: HTMLElement, clientX: number): number {
    const { left, width } = plot.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (clientX - left) / width))
    const { fromUs, toUs } = this.#brush.whole
    return fromUs + share * (toUs - fromUs)
  }

  #key(event: KeyboardEvent, end: End): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') this.#brush.clear()
    else {
      const us = this.#movedBy(event, end)
      if (us === null) return
      const { fromUs, toUs } = this.#range
      if (end === 'from') this.#brush.choose(Math.min(us, toUs - stepUs), toUs)
      else this.#brush.choose(fromUs, Math.max(us, fromUs + stepUs))
    }
    event.preventDefault()
  }

  /** Where a key takes an end: 10 ms, with Shift 100 ms, a page 1 s. */
  #movedBy({ key, shiftKey }: KeyboardEvent, end: End): number | null {
    const { whole } = this.#brush
    const us = end === 'from' ? this.#range.fromUs : this.#range.toUs
    const step = shiftKey ? 10 * stepUs : stepUs
    if (key === 'ArrowLeft' || key === 'ArrowDown') return us - step
    if (key === 'ArrowRight' || key === 'ArrowUp') return us + step
    if (key === 'PageDown') return us - 100 * stepUs
    if (key === 'PageUp') return us + 100 * stepUs
    if (key === 'Home') return whole.fromUs
    return key === 'End' ? whole.toUs : null
  }
}

const handle = (label: string): HTMLElement =>
  el('div', {
    class: 'strip-handle',
    role: 'slider',
    tabindex: 0,
    'aria-label': label,
    'aria-orientation': 'horizontal',
  })
