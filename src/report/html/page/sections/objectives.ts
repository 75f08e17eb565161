import {
  formatMargin,
  formatObserved,
  formatQuantity,
  objectiveSubject,
  wantsMore,
} from '../../../quantities.js'
import type { ObjectiveJson, RunJson } from '../../../run-json.js'
import { el, section } from '../dom.js'
import { verdictShape } from './answer.js'

/** Each objective with its limit, the observed value, the margin and the interval; `null` where none was set. */
export function objectivesSection(run: RunJson): HTMLElement | null {
  if (run.slo.length === 0) return null
  return section(
    'objectives',
    'Objectives',
    null,
    el('ul', { class: 'objectives' }, ...run.slo.map(objectiveCard)),
  )
}

function objectiveCard(objective: ObjectiveJson): HTMLElement {
  const state = objective.ok === null ? 'inconclusive' : objective.ok ? 'pass' : 'fail'
  const word = objective.ok === null ? 'cannot tell' : objective.ok ? 'met' : 'missed'
  const { interval, unit } = objective
  return el(
    'li',
    { class: `objective objective-${state}` },
    el(
      'div',
      { class: 'objective-head' },
      el('span', { class: 'objective-name' }, objectiveSubject(objective)),
      el('span', { class: 'objective-state' }, verdictShape(state, 14), word),
    ),
    el('div', { class: 'objective-value' }, formatObserved(objective)),
    gauge(objective),
    el(
      'div',
      { class: 'objective-limit' },
      `${wantsMore(objective) ? 'at least' : 'limit'} ${formatQuantity(objective.limit, unit)}`,
      el('span', null, formatMargin(objective)),
    ),
    interval !== null &&
      el(
        'div',
        { class: 'objective-interval' },
        `interval ${formatQuantity(interval[0], unit)} to ${formatQuantity(interval[1], unit)}`,
      ),
    objective.note !== undefined && el('div', { class: 'objective-note' }, objective.note),
  )
}

/** The observed value and its interval on a line from 0, with a tick at the limit. */
function gauge(objective: ObjectiveJson): HTMLElement | null {
  const { observed, limit, interval } = objective
  if (observed === null || limit <= 0) return null
  const top = Math.max(limit * 1.35, Math.min(observed, limit * 4) * 1.1)
  const percent = (value: number): string => `${Math.min(100, Math.max(0, (value / top) * 100))}%`
  const bar = el('span', { class: 'gauge-bar' })
  bar.style.width = percent(observed)
  const tick = el('span', { class: 'gauge-limit' })
  tick.style.left = percent(limit)
  const box = el('div', { class: 'gauge', 'aria-hidden': true }, bar, tick)
  if (interval !== null) {
    const range = el('span', { class: 'gauge-interval' })
    range.style.left = percent(interval[0])
    range.style.width = `calc(${percent(interval[1])} - ${percent(interval[0])})`
    box.append(range)
  }
  return box
}
