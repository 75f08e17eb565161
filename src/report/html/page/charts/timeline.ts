import type uPlot from 'uplot'
import { formatMs, formatNumber } from '../../../../kernel/units.js'
import type { PageData, PageSecond } from '../../page-data.js'
import { el } from '../dom.js'
import { exact } from '../format.js'
import { keyCursor } from './key-cursor.js'
import { type Marked, type PhaseSpan, phaseNames, phaseSpans, type Stretch } from './phases.js'
import { timelineTracks } from './timeline-tracks.js'
import type { Track } from './track.js'
import { type TrackChart, trackChart } from './track-chart.js'

/** The small multiples over one time axis, with one cursor and one zoom. */
export interface Timeline {
  readonly element: HTMLElement
  mount(): void
  /** Hears of the stretch that the reader zooms to, in seconds since the load started; null for the whole run. */
  onZoom(listener: (zoom: Stretch | null) => void): void
  /** Marks a stretch in every chart; null for none. */
  mark(stretch: Stretch | null): void
}

export function createTimeline(data: PageData): Timeline {
  const { timeline } = data
  const tracks = timelineTracks(data)
  const spans = phaseSpans(timeline)
  const plotted = tracks.filter((track) => track.quiet === null)
  const bar = new CursorBar(timeline, spans)
  const charts = new Map<Track, TrackChart>()
  const marked: Marked = { stretch: null }
  for (const [i, track] of plotted.entries()) {
    const place = { first: i === 0, last: i === plotted.length - 1 }
    charts.set(track, trackChart(track, timeline, spans, place, marked))
  }
  const element = el(
    'div',
    {
      class: 'timeline',
      tabindex: 0,
      role: 'group',
      'aria-label': 'Time line. Left and right arrow keys move the cursor, Escape shows the whole run.',
    },
    bar.element,
    ...tracks.map((track) => charts.get(track)?.element ?? quietTrack(track)),
  )
  let plots: readonly uPlot[] = []
  return {
    element,
    mount: () => {
      plots = mountAll([...charts.values()], element, bar, timeline)
    },
    onZoom: (listener) => bar.onZoom(listener),
    mark: (stretch) => {
      marked.stretch = stretch
      for (const plot of plots) plot.redraw(false)
    },
  }
}

function quietTrack(track: Track): HTMLElement {
  return el(
    'p',
    { class: 'quiet' },
    el('span', { class: 'chart-title' }, track.title),
    el('span', null, track.quiet ?? ''),
  )
}

function mountAll(
  charts: readonly TrackChart[],
  element: HTMLElement,
  bar: CursorBar,
  timeline: readonly PageSecond[],
): readonly uPlot[] {
  const plots = charts.map((chart) => chart.mount())
  const leader = plots[0]
  if (!leader) return plots
  const end = leader.data[0].at(-1)!
  const showAll = (): void => {
    for (const plot of plots) plot.setScale('x', { min: 0, max: end })
  }
  bar.follow(leader, showAll)
  keyCursor(element, plots, {
    first: 1,
    last: timeline.length,
    onMove: () => bar.announce(charts.map((chart) => `${chart.title}: ${chart.spoken()}`).join('; ')),
  })
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') showAll()
  })
  return plots
}

const restingText = 'The measured window. Point at a chart for one moment of it; drag to zoom.'

/** Says which moment the legends speak of, and undoes a zoom. It stays in sight while someone reads the charts. */
class CursorBar {
  readonly element: HTMLElement
  readonly #timeline: readonly PageSecond[]
  readonly #spans: readonly PhaseSpan[]
  readonly #text = el('span', { class: 'cursor-time' }, restingText)
  readonly #button = el('button', { type: 'button', class: 'button small' }, 'Show the whole run')
  readonly #spoken = el('span', { class: 'visually-hidden', 'aria-live': 'polite' })
  readonly #zoomListeners: ((zoom: Stretch | null) => void)[] = []
  #zoom: Stretch | null = null

  constructor(timeline: readonly PageSecond[], spans: readonly PhaseSpan[]) {
    this.#timeline = timeline
    this.#spans = spans
    this.#button.style.visibility = 'hidden'
    this.element = el('div', { class: 'cursor-bar' }, this.#text, this.#button, this.#spoken)
  }

  follow(plot: uPlot, showAll: () => void): void {
    const end = this.#spans.at(-1)?.to ?? 0
    plot.hooks.setCursor = [...(plot.hooks.setCursor ?? []), () => this.#show(plot)]
    const zoom = (): void => {
      const { min, max } = plot.scales.x!
      const whole = (min ?? 0) <= 0 && (max ?? end) >= end
      this.#button.style.visibility = whole ? 'hidden' : 'visible'
      this.#tellZoom(whole ? null : { from: min ?? 0, to: max ?? end })
    }
    plot.hooks.setScale = [...(plot.hooks.setScale ?? []), zoom]
    this.#button.addEventListener('click', showAll)
  }

  onZoom(listener: (zoom: Stretch | null) => void): void {
    this.#zoomListeners.push(listener)
  }

  announce(values: string): void {
    this.#spoken.textContent = `${this.#text.textContent}. ${values}`
  }

  /** Of changes only: a plot sets its scale anew whenever it is drawn in another size. */
  #tellZoom(zoom: Stretch | null): void {
    if (zoom?.from === this.#zoom?.from && zoom?.to === this.#zoom?.to) return
    this.#zoom = zoom
    for (const listener of this.#zoomListeners) listener(zoom)
  }

  #show(plot: uPlot): void {
    const { idx, left } = plot.cursor
    const second =
      idx !== null && idx !== undefined && (left ?? -1) >= 0 ? this.#timeline[idx - 1] : undefined
    this.#text.textContent = second ? secondText(second) : restingText
    this.element.classList.toggle('live', second !== undefined)
  }
}

function secondText(second: PageSecond): string {
  const kinds = Object.entries(second.errorsByKind).map(([kind, count]) => `${kind} ${exact(count)}`)
  const errors = kinds.length > 0 ? ` · errors: ${kinds.join(', ')}` : ''
  const from = formatNumber(second.at)
  const to = formatNumber(second.at + second.length)
  return `${from} s to ${to} s · ${phaseNames[second.phase]}${errors}`
}

/** Where a point stands for several seconds, what it shows of them. */
export function binNote({ secondsPerPoint, timeline }: PageData): string | null {
  if (secondsPerPoint <= 1) return null
  const total = timeline.at(-1)
  const length = total ? formatMs((total.at + total.length) * 1_000) : ''
  return `A point stands for up to ${secondsPerPoint} s of these ${length}: the rate is their mean, the band behind it the range of single seconds; of everything else the worst second is drawn. timeline.ndjson holds every second.`
}
