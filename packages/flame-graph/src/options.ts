import type { FrameInfo } from './describe.js'

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
