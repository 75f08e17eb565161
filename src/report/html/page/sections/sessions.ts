import { formatShare } from '../../../../kernel/units.js'
import type { RunJson } from '../../../run-json.js'
import { el, section, table } from '../dom.js'
import { figures } from '../figures.js'
import { exact } from '../format.js'
import { metricTable } from '../metric-table.js'

/** What users of a session run went through: how they ended, what they measured, groups and checks. `null` without any. */
export function sessionsSection(run: RunJson): HTMLElement | null {
  const measures = Object.entries(run.measures)
  const groups = Object.entries(run.groups)
  const checks = Object.entries(run.checks ?? {})
  if (!run.sessions && measures.length + groups.length + checks.length === 0) return null
  return section(
    'sessions',
    'What users went through',
    null,
    run.sessions ? endings(run.sessions) : null,
    measures.length > 0 &&
      part(
        'Measured by name',
        metricTable(
          'What sessions measured',
          'Name',
          measures.map(([name, metric]) => ({ name, metric })),
        ),
      ),
    groups.length > 0 && part('Groups', groupTable(groups)),
    checks.length > 0 && part('Checks', checkTable(checks)),
    run.sessions && run.sessions.errors.length > 0
      ? part('What scripts threw', errorTable(run.sessions.errors))
      : null,
  )
}

const part = (title: string, content: HTMLElement): HTMLElement =>
  el('div', { class: 'part-of-section' }, el('h3', null, title), content)

function endings(sessions: NonNullable<RunJson['sessions']>): HTMLElement {
  const share = (count: number): string =>
    sessions.started > 0 ? `${formatShare(count / sessions.started)} of those that started` : ''
  return figures([
    ['Started', exact(sessions.started)],
    ['Completed', exact(sessions.completed), share(sessions.completed)],
    ['Failed', exact(sessions.failed), share(sessions.failed)],
    ['Unfinished', exact(sessions.unfinished), 'when the load ended'],
    ...(sessions.posted > 0 ? [['Posted', exact(sessions.posted), 'waiting for no reply'] as const] : []),
  ])
}

function groupTable(groups: readonly (readonly [string, RunJson['groups'][string]])[]): HTMLElement {
  return metricTable(
    'Response times by group',
    'Group',
    groups.map(([name, { response, errors }]) => ({ name, metric: response, more: [exact(errors)] })),
    ['Errors'],
  )
}

function checkTable(
  checks: readonly (readonly [string, { readonly passed: number; readonly failed: number }])[],
): HTMLElement {
  const number = (title: string) => ({ title, kind: 'number' as const })
  return table(
    'Checks of the scenario',
    [
      { title: 'Check' },
      { title: 'Held', class: 'wide wide-only' },
      number('Passed'),
      number('Failed'),
      number('Share'),
    ],
    checks.map(([name, { passed, failed }]) => {
      const share = passed + failed > 0 ? passed / (passed + failed) : 0
      const bar = el('span', { class: 'check-bar' })
      bar.style.width = `${share * 100}%`
      return [
        el('span', null, failed > 0 ? '✗ ' : '✓ ', name),
        el('div', { class: 'check', 'aria-hidden': true }, bar),
        exact(passed),
        exact(failed),
        formatShare(share),
      ]
    }),
  )
}

function errorTable(errors: NonNullable<RunJson['sessions']>['errors']): HTMLElement {
  return table(
    'Errors of session scripts',
    [{ title: 'Error' }, { title: 'Count', kind: 'number' }],
    errors.map(({ error, count }) => [el('code', { class: 'setting-value' }, error), exact(count)]),
  )
}
