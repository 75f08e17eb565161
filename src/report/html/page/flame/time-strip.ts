import type { FlameData } from '../../../../../packages/flame-graph/src/data.js'
import { formatNumber } from '../../../../kernel/units.js'
import { el } from '../dom.js'
import { canvasFont, color, onPaperWidth, onThemeChange } from '../theme.js'
import { type BusyBins, busyBins } from './busy-bins.js'
import { StripInput } from './strip-input.js'
import type { ChosenTime, TimeBrush } from './time-brush.js'

const heightPx = 72
/** Samples are a millisecond apart: a narrower bin would show their noise. */
const narrowestBinUs = 10_000

export interface TimeStripOptions {
  readonly fillOf: (category: string) => string
  /** Seconds since the load started at the begin of the profile; null without a load. */
  readonly loadSecondsAt: number | null
}

/**
 * How busy the target was over the time of the profile, by category, every 10 ms or so; and the brush on it. It is
 * drawn by pointer or finger, and its two ends are sliders for the keyboard.
 */
export class TimeStrip {
  readonly element: HTMLElement
  readonly #data: FlameData
  readonly #brush: TimeBrush
  readonly #options: TimeStripOptions
  readonly #canvas = document.createElement('canvas')
  readonly #plot: HTMLElement
  readonly #axis = el('div', { class: 'strip-axis', 'aria-hidden': true })
  readonly #left = el('div', { class: 'strip-rest' })
  readonly #right = el('div', { class: 'strip-rest' })
  readonly #text = el('span', { class: 'strip-text', role: 'status' })
  readonly #clear = el('button', { type: 'button', class: 'button small' }, 'All of the profile')
  readonly #input: StripInput
  #bins: BusyBins | null = null
  #binsFor = 0

  constructor(data: FlameData, brush: TimeBrush, options: TimeStripOptions) {
    this.#data = data
    this.#brush = brush
    this.#options = options
    this.#input = new StripInput(brush)
    this.#plot = el(
      'div',
      { class: 'strip-plot' },
      this.#canvas,
      this.#left,
      this.#right,
      this.#input.from,
      this.#input.to,
    )
    this.#canvas.setAttribute('role', 'img')
    this.#canvas.setAttribute(
      'aria-label',
      'How busy the target was over the time of the profile, by category.',
    )
    this.element = el(
      'div',
      { class: 'time-strip', role: 'group', 'aria-label': 'Time of the profile' },
      el('div', { class: 'strip-head' }, el('h3', null, 'When'), this.#text, this.#clear),
      this.#plot,
      this.#axis,
    )
    this.#input.listen(this.#plot)
    this.#clear.addEventListener('click', () => brush.clear())
    brush.onChange(() => this.#show())
    onThemeChange(() => this.#draw())
    onPaperWidth((widthPx) => this.resize(widthPx ?? this.#plot.clientWidth))
    this.#show()
  }

  resize(widthPx = this.#plot.clientWidth): void {
    if (widthPx === 0) return
    this.#canvas.width = Math.round(widthPx * devicePixelRatio)
    this.#canvas.height = Math.round(heightPx * devicePixelRatio)
    this.#canvas.style.width = `${widthPx}px`
    this.#canvas.style.height = `${heightPx}px`
    this.#label(widthPx)
    this.#draw()
  }

  #show(): void {
    const { whole, chosen } = this.#brush
    const span = whole.toUs - whole.fromUs
    const from = chosen ? (chosen.fromUs - whole.fromUs) / span : 0
    const to = chosen ? (chosen.toUs - whole.fromUs) / span : 1
    this.#left.style.width = `${from * 100}%`
    this.#right.style.width = `${(1 - to) * 100}%`
    this.#clear.style.visibility = chosen ? 'visible' : 'hidden'
    this.#text.textContent = chosen
      ? this.#describe(chosen)
      : 'Drag over the strip, or move its two ends, to see the flame graph of that time only.'
    this.element.classList.toggle('chosen', chosen !== null)
    this.#input.show()
  }

  /** `2.4 s – 3.1 s of the profile` */
  #describe({ fromUs, toUs }: ChosenTime): string {
    const { whole } = this.#brush
    const since = (us: number): number => (us - whole.fromUs) / 1e6
    const { loadSecondsAt } = this.#options
    const load =
      loadSecondsAt === null
        ? ''
        : `, ${seconds(loadSecondsAt + since(fromUs))} – ${seconds(loadSecondsAt + since(toUs))} of the run`
    return `${seconds(since(fromUs))} – ${seconds(since(toUs))} of the profile${load}`
  }

  #label(widthPx: number): void {
    const { whole } = this.#brush
    const length = (whole.toUs - whole.fromUs) / 1e6
    const most = Math.max(2, Math.floor(widthPx / 90))
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60].find((each) => length / each <= most) ?? length
    const labels: HTMLElement[] = []
    for (let at = 0; at <= length * 0.97; at += step) {
      const label = el('span', null, `${formatNumber(at)} s`)
      label.style.left = `${(at / length) * 100}%`
      labels.push(label)
    }
    this.#axis.replaceChildren(...labels)
  }

  #draw(): void {
    const { whole } = this.#brush
    const { width, height } = this.#canvas
    const context = this.#canvas.getContext('2d')
    if (!context || width === 0) return
    const most = Math.floor((whole.toUs - whole.fromUs) / narrowestBinUs)
    const count = Math.max(1, Math.min(Math.round(width / devicePixelRatio), most))
    if (count !== this.#binsFor) this.#bins = busyBins(this.#data, whole, count)
    this.#binsFor = count
    const { binUs, categories, us } = this.#bins!
    const { top, cores } = scaleOf(us, binUs, count)
    context.fillStyle = color('--raised')
    context.fillRect(0, 0, width, height)
    for (let bin = 0; bin < count; bin++) {
      const left = Math.round((bin / count) * width)
      const right = Math.round(((bin + 1) / count) * width)
      let bottom = height
      for (const [i, category] of categories.entries()) {
        const part = (us[i]![bin]! / binUs / top) * height
        if (part <= 0) continue
        context.fillStyle = this.#options.fillOf(category)
        context.fillRect(left, bottom - part, right - left, part)
        bottom -= part
      }
    }
    if (cores > 1) labelCores(context, top)
  }
}

/** What the height stands for: one core, or as many as were ever busy at once. */
function scaleOf(us: readonly Float64Array[], binUs: number, count: number): { top: number; cores: number } {
  let peak = 0
  for (let bin = 0; bin < count; bin++)
    peak = Math.max(
      peak,
      us.reduce((sum, part) => sum + part[bin]!, 0),
    )
  const cores = Math.max(1, Math.ceil(peak / binUs - 0.05))
  return { top: Math.max(cores, peak / binUs), cores }
}

function labelCores(context: CanvasRenderingContext2D, top: number): void {
  const ratio = devicePixelRatio
  context.font = canvasFont.replace('11px', `${11 * ratio}px`)
  context.textBaseline = 'top'
  context.lineWidth = 4 * ratio
  context.lineJoin = 'round'
  context.strokeStyle = color('--surface')
  context.fillStyle = color('--ink-soft')
  const text = `${formatNumber(top)} cores busy`
  context.strokeText(text, 5 * ratio, 4 * ratio)
  context.fillText(text, 5 * ratio, 4 * ratio)
}

/** To the hundredth: the brush is as fine as that. */
const seconds = (value: number): string => `${value.toFixed(2).replace(/\.?0+$/, '')} s`
