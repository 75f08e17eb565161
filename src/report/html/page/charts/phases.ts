import type uPlot from 'uplot'
import type { TimelineSecond } from '../../../timeline-second.js'
import { canvasFont, color } from '../theme.js'

/** A stretch of the run in one phase, in seconds since the load started. */
export interface PhaseSpan {
  readonly phase: TimelineSecond['phase']
  readonly from: number
  readonly to: number
}

/** In seconds since the load started. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** What the flame graph shows the time of; it may change after the charts were made. */
export interface Marked {
  stretch: Stretch | null
}

export const phaseNames: Readonly<Record<TimelineSecond['phase'], string>> = {
  warmup: 'warm-up',
  measured: 'measured',
  control: 'control',
  settling: 'settling',
  profiled: 'profiled',
}

/** Joins neighbouring seconds of the same phase. */
export function phaseSpans(timeline: readonly TimelineSecond[]): PhaseSpan[] {
  const spans: PhaseSpan[] = []
  for (const { phase, at, length } of timeline) {
    const last = spans.at(-1)
    if (last?.phase === phase) spans[spans.length - 1] = { ...last, to: at + length }
    else spans.push({ phase, from: at, to: at + length })
  }
  return spans
}

/** Shades what the objectives don't count: warm-up, profiled window, and the control windows around that. */
export function shadePhases(plot: uPlot, spans: readonly PhaseSpan[]): void {
  const { ctx, bbox } = plot
  ctx.save()
  for (const { span, left, right } of onScreen(plot, spans)) {
    if (span.phase === 'measured') continue
    ctx.fillStyle = color(span.phase === 'profiled' ? '--shade-profiled' : '--shade')
    ctx.fillRect(left, bbox.top, right - left, bbox.height)
  }
  ctx.restore()
}

/** Shades what the flame graph shows, between two lines. */
export function shadeMarked(plot: uPlot, { stretch }: Marked): void {
  if (!stretch) return
  const { ctx, bbox } = plot
  const clamp = (x: number): number => Math.min(bbox.left + bbox.width, Math.max(bbox.left, x))
  const left = clamp(plot.valToPos(stretch.from, 'x', true))
  const right = clamp(plot.valToPos(stretch.to, 'x', true))
  const lineWidth = devicePixelRatio
  ctx.save()
  ctx.fillStyle = color('--marked')
  ctx.fillRect(left, bbox.top, Math.max(lineWidth, right - left), bbox.height)
  ctx.fillStyle = color('--accent')
  ctx.fillRect(left, bbox.top, lineWidth, bbox.height)
  ctx.fillRect(right - lineWidth, bbox.top, lineWidth, bbox.height)
  ctx.restore()
}

/** Names the phases in the room above the plot, with a rule over each. */
export function drawPhaseLabels(plot: uPlot, spans: readonly PhaseSpan[], roomPx: number): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const line = bbox.top - 4 * ratio
  ctx.save()
  ctx.font = canvasFont.replace('11px', `${11 * ratio}px`)
  ctx.textAlign = 'left'
  ctx.textBaseline = 'alphabetic'
  let writtenUntil = -Infinity
  for (const { span, left, right } of onScreen(plot, spans)) {
    const measured = span.phase === 'measured'
    ctx.fillStyle = color(measured ? '--ink-soft' : '--hairline-strong')
    ctx.fillRect(left, line, Math.max(0, right - left - 2 * ratio), 2 * ratio)
    const name = phaseNames[span.phase]
    const width = ctx.measureText(name).width
    const start = Math.min(Math.max(left, writtenUntil + 8 * ratio), bbox.left + bbox.width - width)
    if (start < writtenUntil || start > right) continue
    ctx.fillStyle = color(measured ? '--ink-soft' : '--muted')
    ctx.fillText(name, start, bbox.top - (roomPx - 11) * ratio)
    writtenUntil = start + width
  }
  ctx.restore()
}

function* onScreen(
  plot: uPlot,
  spans: readonly PhaseSpan[],
): Generator<{ span: PhaseSpan; left: number; right: number }> {
  const { bbox } = plot
  const clamp = (x: number): number => Math.min(bbox.left + bbox.width, Math.max(bbox.left, x))
  for (const span of spans) {
    const left = clamp(plot.valToPos(span.from, 'x', true))
    const right = clamp(plot.valToPos(span.to, 'x', true))
    if (right > left) yield { span, left, right }
  }
}
