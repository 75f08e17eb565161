import type { FlameLayout } from './layout.js'
import type { FlameView } from './view.js'

/** The rows and columns on screen. Pixels are CSS pixels; `rows` count from the root. */
export interface Window {
  readonly view: FlameView
  readonly widthPx: number
  readonly firstRow: number
  readonly lastRow: number
}

/** Gets each visible frame, and each run of neighbours that are too narrow to be drawn one by one. */
export interface FrameVisitor {
  frame(index: number, leftPx: number, widthPx: number, row: number): void
  crowd(leftPx: number, widthPx: number, row: number): void
}

/**
 * Frames narrower than this many pixels are drawn as a crowd. At one pixel no row takes more boxes than it has pixels,
 * and one cut off at each edge, however many frames the graph has.
 */
export const cullBelowPx = 1

/**
 * Walks over what can be seen: subtrees outside the window, and those narrower than a pixel, are skipped whole.
 * Nothing is allocated for a frame.
 */
export function visitVisible(layout: FlameLayout, window: Window, visitor: FrameVisitor): void {
  const { view, widthPx, firstRow, lastRow } = window
  const scale = widthPx / (view.to - view.from)
  let crowdLeft = 0
  let crowdRight = 0
  let crowdRow = -1
  const endCrowd = (): void => {
    if (crowdRow >= 0 && crowdRight - crowdLeft >= cullBelowPx) {
      visitor.crowd(crowdLeft, crowdRight - crowdLeft, crowdRow)
    }
    crowdRow = -1
  }
  const { count, depth, end } = layout.tree
  for (let i = 0; i < count; ) {
    const row = depth[i]!
    const left = (layout.left[i]! - view.from) * scale
    const width = (layout.right[i]! - layout.left[i]!) * scale
    if (row > lastRow || left + width <= 0 || left >= widthPx) {
      i = end[i]!
      continue
    }
    if (width < cullBelowPx) {
      if (row >= firstRow && width > 0) {
        if (row !== crowdRow || left - crowdRight > cullBelowPx) {
          endCrowd()
          crowdRow = row
          crowdLeft = left
        }
        crowdRight = left + width
      }
      i = end[i]!
      continue
    }
    if (row >= firstRow) visitor.frame(i, left, width, row)
    i++
  }
  endCrowd()
}

/** The frame at a point, or -1. `x` is a share of the root's width. */
export function frameAt(layout: FlameLayout, x: number, row: number): number {
  const { count, depth, end } = layout.tree
  for (let i = 0; i < count; ) {
    const inside = x >= layout.left[i]! && x < layout.right[i]!
    if (!inside || depth[i]! > row) i = end[i]!
    else if (depth[i]! === row) return i
    else i++
  }
  return -1
}
