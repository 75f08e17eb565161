import { formatMs } from '../../../../kernel/units.js'
import type { ExemplarJson } from '../../../report-data.js'
import { Readout } from '../charts/readout.js'
import { el, section } from '../dom.js'
import { SortableTable, type SortColumn } from '../sortable-table.js'

const fewRows = 20

/** Messages that were kept whole, the slowest and a random sample; `null` where none were kept. */
export function exemplarsSection(exemplars: readonly ExemplarJson[]): HTMLElement | null {
  const slow = exemplars.filter(({ kind }) => kind === 'slow')
  const random = exemplars.filter(({ kind }) => kind === 'random')
  if (!slow.some(({ response }) => response > 0)) return null
  const longest = Math.max(...exemplars.map(({ response }) => response))
  const table = new SortableTable('Messages with their phases', columns(longest), 3)
  const more = el('button', { type: 'button', class: 'button' })
  let shown = slow
  let limit = fewRows
  const refresh = (): void => {
    table.show(shown, limit)
    more.textContent = limit === fewRows ? `Show all ${shown.length}` : `Show ${fewRows}`
    more.hidden = shown.length <= fewRows
  }
  more.addEventListener('click', () => {
    limit = limit === fewRows ? Number.POSITIVE_INFINITY : fewRows
    refresh()
  })
  const choice = chooser(
    [
      [`Slowest ${slow.length}`, slow],
      [`Random ${random.length}`, random],
    ],
    (rows) => {
      shown = rows
      refresh()
    },
  )
  refresh()
  return section(
    'slowest',
    'Messages one by one',
    'Where the time of the worst went: slip (the generator), wait (before it could be written), service (the target). The random ones are what most users met.',
    el('div', { class: 'exemplar-tools' }, random.length > 0 ? choice : null, legend()),
    table.element,
    more,
  )
}

function legend(): HTMLElement {
  return new Readout([
    { label: 'slip', color: '--series-slip', box: true },
    { label: 'wait', color: '--series-wait', box: true },
    { label: 'service', color: '--series-service', box: true },
  ]).element
}

/** Buttons of which one is down. */
function chooser<Choice>(
  choices: readonly (readonly [title: string, choice: Choice])[],
  onPick: (choice: Choice) => void,
): HTMLElement {
  const buttons = choices.map(([title], i) =>
    el('button', { type: 'button', class: 'segment', 'aria-pressed': String(i === 0) }, title),
  )
  for (const [i, button] of buttons.entries()) {
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button))
      onPick(choices[i]![1])
    })
  }
  return el('div', { class: 'segments', role: 'group', 'aria-label': 'Which messages' }, ...buttons)
}

function columns(longest: number): SortColumn<ExemplarJson>[] {
  const time = (title: string, read: (exemplar: ExemplarJson) => number): SortColumn<ExemplarJson> => ({
    title,
    kind: 'number',
    class: 'wide-only',
    value: read,
    cell: (exemplar) => formatMs(read(exemplar)),
  })
  return [
    {
      title: 'Due at',
      kind: 'number',
      value: ({ intendedAt }) => intendedAt,
      cell: ({ intendedAt }) => `${intendedAt.toFixed(3)} s`,
    },
    {
      title: 'Message',
      kind: 'number',
      class: 'wide-only',
      value: ({ id }) => id,
      cell: ({ id }) => `#${id}`,
    },
    {
      title: 'Connection',
      kind: 'number',
      class: 'wide-only',
      value: ({ connection }) => connection,
      cell: ({ connection }) => `#${connection}`,
    },
    {
      title: 'Response',
      kind: 'number',
      value: ({ response }) => response,
      cell: ({ response }) => el('strong', null, formatMs(response)),
    },
    { title: 'Made up of', class: 'wide', cell: (exemplar) => phaseBar(exemplar, longest) },
    time('Slip', ({ slip }) => slip),
    time('Wait', ({ wait }) => wait),
    time('Service', ({ service }) => service),
    {
      title: 'Error',
      value: ({ error }) => error ?? '',
      cell: ({ error }) => (error === null ? '–' : el('code', { class: 'error-kind' }, error)),
    },
  ]
}

function phaseBar(exemplar: ExemplarJson, longest: number): HTMLElement {
  const part = (kind: 'slip' | 'wait' | 'service'): HTMLElement => {
    const bar = el('span', { class: `part part-${kind}` })
    bar.style.width = `${(Math.max(0, exemplar[kind]) / longest) * 100}%`
    return bar
  }
  const text = `slip ${formatMs(exemplar.slip)}, wait ${formatMs(exemplar.wait)}, service ${formatMs(exemplar.service)}`
  return el(
    'div',
    { class: 'stacked', title: text, 'aria-hidden': true },
    part('slip'),
    part('wait'),
    part('service'),
  )
}
