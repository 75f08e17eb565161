import type { FlameData } from '../../../../../packages/flame-graph/src/data.js'
import { categoryFill } from '../../../../../packages/flame-graph/src/palette.js'
import { weigh } from '../../../../../packages/flame-graph/src/weigh.js'
import { formatMs } from '../../../../kernel/units.js'
import { decodeFlame } from '../../../flame-codec.js'
import type { ReportFlame } from '../../../report-flame.js'
import type { SlowMessagesJson } from '../../../slow-messages.js'
import type { Against } from '../../page-data.js'
import { el } from '../dom.js'
import { spanOf } from './busy-bins.js'
import { type Comparison, compareRuns, compareSlow } from './comparisons.js'
import {
  busyBar,
  CategoryLegend,
  changesTable,
  collectorCauses,
  hottestTable,
  problemsList,
  Segments,
  threadsTable,
} from './flame-parts.js'
import { FlameTools } from './flame-tools.js'
import { graphData } from './graph-data.js'
import { lossInWords, wholeInWords } from './in-words.js'
import { TimeBrush } from './time-brush.js'
import { TimeStrip } from './time-strip.js'
import { categoryShares, hottestFrames, shareChanges, sumOf, wallUsWithin } from './weights.js'

/** What of a profile the flame graph shows. */
type View = 'all' | 'chosen' | 'slow' | 'against'

export interface PanelContext {
  /** Start of the load on CLOCK_MONOTONIC; null without a load. */
  readonly originUs: number | null
  readonly slow: SlowMessagesJson | null
  readonly against: Against | null
}

const hottestCount = 20
const changesCount = 12

/** One profile: its views, time strip, legend, flame graph and tables. */
export class FlamePanel {
  readonly element: HTMLElement
  /** Null where the profiler kept no times. */
  readonly brush: TimeBrush | null
  readonly #flame: ReportFlame
  readonly #data: FlameData
  readonly #strip: TimeStrip | null
  readonly #tools: FlameTools
  readonly #legend: CategoryLegend
  readonly #views: Segments<View>
  readonly #figures = el('div', { class: 'flame-figures' })
  readonly #note = el('p', { class: 'flame-note', role: 'status' })
  readonly #tables = el('div', null)
  readonly #comparisons: { readonly [view in View]?: Comparison | string }
  #view: View = 'all'

  /** @throws an error where the flame graph cannot be decoded */
  constructor(flame: ReportFlame, context: PanelContext) {
    this.#flame = flame
    this.#data = graphData(decodeFlame(flame.flame))
    const span = spanOf(this.#data.streams)
    this.brush = span ? new TimeBrush(span) : null
    this.#comparisons = {
      ...(context.originUs === null ? {} : { slow: compareSlow(this.#data, span, context.slow) }),
      ...(context.against ? { against: compareRuns(flame, this.#data, context.against) } : {}),
    }
    this.#tools = new FlameTools(wholeInWords(this.#data.unit), () => this.#legend.clear())
    this.#legend = new CategoryLegend(categoryFill, (category) => this.#tools.showCategory(category))
    this.#views = new Segments('What the flame graph shows', this.#choices(context), (view) =>
      this.show(view),
    )
    this.#strip = this.#makeStrip(context.originUs)
    this.brush?.onChange((chosen) => this.show(chosen ? 'chosen' : 'all'))
    this.element = this.#build()
    this.show('all')
  }

  /** Once it is on the page, and whenever its width has changed. */
  resize(widthPx?: number): void {
    this.#strip?.resize(widthPx)
  }

  show(view: View): void {
    const comparison = this.#comparisons[view]
    if (typeof comparison === 'string') return
    this.#view = view
    this.#views.press(view)
    this.#legend.clear()
    if (comparison) this.#compare(comparison)
    else this.#draw()
  }

  #build(): HTMLElement {
    const { summary, loss, note } = this.#flame
    const lost = lossInWords(loss, wholeInWords(this.#data.unit))
    return el(
      'div',
      { class: 'flame-panel' },
      note !== undefined && el('p', { class: 'flame-note' }, note),
      el('div', { class: 'flame-views' }, this.#views.element),
      this.#whyNot(),
      this.#strip?.element ?? null,
      this.#figures,
      this.#note,
      this.#tools.element,
      this.#legend.element,
      this.#tools.graph.element,
      this.#tools.status,
      lost !== '' && el('p', { class: 'flame-note' }, lost),
      collectorCauses(summary),
      problemsList(summary.problems ?? []),
      this.#tables,
      threadsTable(summary),
    )
  }

  /** What a reader looks for and does not find: why. */
  #whyNot(): HTMLElement | null {
    const { slow, against } = this.#comparisons
    const reasons = [
      typeof slow === 'string' ? `The slowest 1 % cannot be set against the rest: ${slow}.` : '',
      typeof against === 'string' ? `The other run cannot be set against this one: ${against}.` : '',
    ].filter((reason) => reason !== '')
    return reasons.length > 0 ? el('p', { class: 'flame-note' }, reasons.join(' ')) : null
  }

  #makeStrip(originUs: number | null): TimeStrip | null {
    if (!this.brush) return null
    return new TimeStrip(this.#data, this.brush, {
      fillOf: categoryFill,
      loadSecondsAt: originUs === null ? null : (this.brush.whole.fromUs - originUs) / 1e6,
    })
  }

  #choices({ against }: PanelContext): { name: View; text: string }[] {
    const has = (view: View): boolean => typeof this.#comparisons[view] === 'object'
    return [
      { name: 'all', text: 'All' },
      ...(this.brush ? [{ name: 'chosen' as const, text: 'Chosen time' }] : []),
      ...(has('slow') ? [{ name: 'slow' as const, text: 'Slowest 1 % against the rest' }] : []),
      ...(has('against') ? [{ name: 'against' as const, text: `Against ${against?.name}` }] : []),
    ]
  }

  #draw(): void {
    const chosen = this.#view === 'chosen' ? (this.brush?.chosen ?? null) : null
    const weights = chosen ? weigh(this.#data, [chosen]) : this.#data.self
    this.#tools.draw(this.#data, weights)
    this.#legend.show(categoryShares(this.#data, weights), null)
    this.#figures.replaceChildren(...this.#busy(weights, chosen !== null))
    this.#note.textContent = this.#noteOf(weights)
    const hottest = chosen ? hottestFrames(this.#data, weights, hottestCount) : this.#flame.summary.hottest
    const table = hottestTable(
      chosen ? 'Hottest functions of the chosen time' : 'Hottest functions',
      hottest,
      (name) => this.#tools.lookUp(name),
    )
    this.#tables.replaceChildren(...(table ? [table] : []))
  }

  #noteOf(weights: Float64Array): string {
    if (this.#view !== 'chosen') return ''
    if (!this.brush?.chosen) return 'No time is chosen yet, so this is all of it: drag over the strip.'
    return sumOf(weights) > 0 ? '' : 'The target was idle all that time.'
  }

  #busy(weights: Float64Array, isChosen: boolean): HTMLElement[] {
    if (this.#data.unit !== 'us') return []
    if (!this.brush) {
      const { idleShare } = this.#flame.summary
      return idleShare === undefined ? [] : [busyBar('All of the profile', 1 - idleShare)]
    }
    const wallUs = wallUsWithin(this.#data.streams, [
      this.brush.chosen && isChosen ? this.brush.chosen : this.brush.whole,
    ])
    const label = `${formatMs(sumOf(weights) / 1_000)} of ${formatMs(wallUs / 1_000)}`
    return wallUs > 0 ? [busyBar(label, sumOf(weights) / wallUs)] : []
  }

  #compare(comparison: Comparison): void {
    const { calls, before, after, names, bars, note, title } = comparison
    this.#tools.compare(comparison)
    const was = new Map(categoryShares(calls, before))
    const shares = categoryShares(calls, after)
    const gone = [...was.keys()].filter((category) => !shares.some(([each]) => each === category))
    this.#legend.show([...shares, ...gone.map((category): [string, number] => [category, 0])], was)
    this.#figures.replaceChildren(...bars.map(({ label, busyShare }) => busyBar(label, busyShare)))
    this.#note.textContent = note
    const changes = shareChanges(calls, before, after, changesCount)
    this.#tables.replaceChildren(changesTable(title, names, changes, (name) => this.#tools.lookUp(name)))
  }
}
