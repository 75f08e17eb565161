/** The part of a flame graph that fills the canvas: shares of the root's width, `0 ≤ from < to ≤ 1`. */
export interface FlameView {
  readonly from: number
  readonly to: number
}

export const wholeView: FlameView = { from: 0, to: 1 }

/** Narrower than this, doubles can't tell neighbouring pixels apart. */
const narrowest = 1e-10

/** Zooms by `factor` (below 1: in) and keeps the point at `anchor` (0 … 1 of the canvas) where it is. */
export function zoomView(view: FlameView, anchor: number, factor: number): FlameView {
  const span = view.to - view.from
  const next = Math.min(1, Math.max(narrowest, span * factor))
  return clampView(view.from + anchor * (span - next), next)
}

/** Moves by `share` of the view's own width; stops at both ends. */
export function panView(view: FlameView, share: number): FlameView {
  const span = view.to - view.from
  return clampView(view.from + share * span, span)
}

/** The view that one frame fills. */
export const viewOfFrame = (left: number, right: number): FlameView =>
  clampView(left, Math.max(right - left, narrowest))

/** The same view where the frame can be seen in it, else one in which it takes about a third of the width. */
export function aroundFrame(view: FlameView, left: number, right: number, widthPx: number): FlameView {
  const shownPx = ((right - left) / (view.to - view.from)) * widthPx
  if (shownPx >= 2 && left < view.to && right > view.from) return view
  const span = Math.min(1, Math.max(narrowest, (right - left) * 3))
  return clampView((left + right - span) / 2, span)
}

/** Between two views, for an animation; `progress` 0 … 1. */
export function betweenViews(start: FlameView, end: FlameView, progress: number): FlameView {
  return {
    from: start.from + (end.from - start.from) * progress,
    to: start.to + (end.to - start.to) * progress,
  }
}

export const isWhole = (view: FlameView): boolean => view.from <= 0 && view.to >= 1

function clampView(from: number, span: number): FlameView {
  const start = Math.min(Math.max(0, from), Math.max(0, 1 - span))
  return { from: start, to: Math.min(1, start + span) }
}
