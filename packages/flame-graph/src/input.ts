import type { Direction } from './navigate.js'

/** What pointer, wheel and keys ask for. Positions are CSS pixels of the canvas. */
export interface FlameCommands {
  hover(x: number, y: number): void
  leave(): void
  click(x: number, y: number): void
  /** Moves by a share of the visible width. */
  pan(share: number): void
  /** `factor` below 1 zooms in around `anchor` (0 … 1 of the width). */
  zoom(anchor: number, factor: number): void
  move(direction: Direction): void
  enter(): void
  back(): void
  reset(): void
  next(direction: 1 | -1): void
  /** Text for the clipboard, or '' for none. */
  copy(): string
}

const dragThresholdPx = 4
const arrows: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
}

/** Turns events into commands: click zooms, drag and sideways wheel pan, Ctrl + wheel zooms, arrows move the mark. */
export class FlameInput {
  readonly #canvas: HTMLCanvasElement
  readonly #commands: FlameCommands
  #pressedAt: { x: number; y: number } | null = null
  #lastX = 0
  #dragging = false

  constructor(canvas: HTMLCanvasElement, focusable: HTMLElement, commands: FlameCommands) {
    this.#canvas = canvas
    this.#commands = commands
    canvas.addEventListener('pointerdown', (event) => this.#press(event))
    canvas.addEventListener('pointermove', (event) => this.#drag(event))
    canvas.addEventListener('pointerup', (event) => this.#release(event))
    canvas.addEventListener('pointercancel', () => this.#stop())
    canvas.addEventListener('pointerleave', () => {
      if (!this.#dragging) commands.leave()
    })
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false })
    focusable.addEventListener('keydown', (event) => this.#key(event))
    focusable.addEventListener('copy', (event) => this.#copy(event))
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return
    this.#pressedAt = { x: event.offsetX, y: event.offsetY }
    this.#lastX = event.offsetX
  }

  #drag(event: PointerEvent): void {
    if (!this.#pressedAt) {
      this.#commands.hover(event.offsetX, event.offsetY)
      return
    }
    if (!this.#dragging && Math.abs(event.offsetX - this.#pressedAt.x) < dragThresholdPx) return
    if (!this.#dragging) {
      this.#dragging = true
      this.#canvas.setPointerCapture(event.pointerId)
      this.#commands.leave()
    }
    this.#commands.pan((this.#lastX - event.offsetX) / this.#canvas.clientWidth)
    this.#lastX = event.offsetX
  }

  #release(event: PointerEvent): void {
    const pressedAt = this.#pressedAt
    const dragged = this.#dragging
    this.#stop()
    if (pressedAt && !dragged) this.#commands.click(event.offsetX, event.offsetY)
  }

  #stop(): void {
    this.#pressedAt = null
    this.#dragging = false
  }

  #wheel(event: WheelEvent): void {
    const width = this.#canvas.clientWidth
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault()
      this.#commands.zoom(event.offsetX / width, Math.exp(event.deltaY * 0.004))
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault()
      this.#commands.pan(event.deltaX / width)
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const direction = arrows[event.key]
    if (direction !== undefined) this.#commands.move(direction)
    else if (event.key === 'Enter') this.#commands.enter()
    else if (event.key === 'Backspace') this.#commands.back()
    else if (event.key === 'Escape' || event.key === '0') this.#commands.reset()
    else if (event.key === '+' || event.key === '=') this.#commands.zoom(0.5, 0.5)
    else if (event.key === '-') this.#commands.zoom(0.5, 2)
    else if (event.key === 'n') this.#commands.next(1)
    else if (event.key === 'N') this.#commands.next(-1)
    else return
    event.preventDefault()
  }

  #copy(event: ClipboardEvent): void {
    // Text that the reader marked elsewhere on the page goes first.
    if (!event.clipboardData || getSelection()?.isCollapsed === false) return
    const text = this.#commands.copy()
    if (text === '') return
    event.clipboardData.setData('text/plain', text)
    event.preventDefault()
  }
}
