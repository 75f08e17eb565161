import type uPlot from 'uplot'

export interface KeyCursor {
  /** Indices of the data that the cursor may stand on, both included. */
  readonly first: number
  readonly last: number
  /** Hears of each move by the keyboard, for readers who can't see the cursor. */
  readonly onMove: () => void
}

/** Moves the cursor of plots that share their x values by the arrow keys, Home and End; with Shift ten at a time. */
export function keyCursor(element: HTMLElement, plots: readonly uPlot[], options: KeyCursor): void {
  const { first, last } = options
  let index = first - 1
  element.addEventListener('keydown', (event) => {
    const next = target(event, index, first, last)
    if (next === null) return
    event.preventDefault()
    index = Math.min(last, Math.max(first, next))
    for (const plot of plots) {
      const left = plot.valToPos(plot.data[0][index]!, 'x')
      plot.setCursor({ left, top: plot.over.clientHeight / 2 }, true)
    }
    options.onMove()
  })
}

function target(event: KeyboardEvent, index: number, first: number, last: number): number | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const step = event.shiftKey ? 10 : 1
  if (event.key === 'ArrowLeft') return index - step
  if (event.key === 'ArrowRight') return index + step
  if (event.key === 'Home') return first
  return event.key === 'End' ? last : null
}
