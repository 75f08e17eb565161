import { formatBytes, formatMs, formatNumber, formatRate, formatShare } from '../../../../kernel/units.js'
import { replyPhrase, warmupPhrase } from '../../../answer.js'
import { formatStatistic } from '../../../quantities.js'
import type { RunJson } from '../../../run-json.js'
import { el, facts, section, table } from '../dom.js'

/** Everything else, folded: how it was measured, counters, errors, groups, target, settings; the command stays open. */
export function detailsSection(run: RunJson): HTMLElement {
  const folds = [
    fold('How it was measured', measured(run)),
    fold('Counters', counters(run)),
    fold('Errors by kind', errors(run)),
    Object.keys(run.groups).length > 0 ? fold('Groups', groups(run)) : null,
    run.targets.length > 0 ? fold('Target', targets(run)) : null,
    fold('Machine and tool', machine(run)),
    fold('All settings', settings(run)),
  ]
  return section('details', 'Details', null, repeat(run), ...folds)
}

function fold(title: string, content: HTMLElement): HTMLElement {
  return el('details', null, el('summary', null, title), content)
}

function repeat(run: RunJson): HTMLElement {
  const button = el('button', { type: 'button', class: 'button' }, 'Copy')
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(run.command).then(
      () => {
        button.textContent = 'Copied'
      },
      () => {
        button.textContent = 'Select the text to copy it'
      },
    )
  })
  return el(
    'div',
    { class: 'repeat' },
    el('h3', null, 'Repeat this run'),
    el('div', { class: 'command' }, el('code', null, run.command), button),
  )
}

function measured(run: RunJson): HTMLElement {
  const { load } = run
  const open = load.model === 'open'
  return facts([
    [
      'Model',
      open
        ? 'open: sends follow a schedule, whatever the target does'
        : 'closed: each send waits for the reply before it',
    ],
    ['Arrivals', load.arrival ?? '–'],
    ['Connections', formatNumber(load.connections)],
    ['Offered rate', load.offeredRate === null ? '–' : formatRate(load.offeredRate)],
    ['Dispatched rate', formatRate(load.dispatchedRate)],
    ['Achieved rate', formatRate(load.achievedRate)],
    ['Warm-up', warmupPhrase(run)],
    ['Measured window', formatMs(load.measuredSeconds * 1_000)],
    [
      'Profiled window',
      load.profiledSeconds > 0
        ? `${formatMs(load.profiledSeconds * 1_000)}, kept out of the objectives`
        : 'none',
    ],
    ['Replies matched', replyPhrase(run)],
    ['Workers', formatNumber(load.workers)],
    ['Pacing', load.pacing],
    ['Seed', String(load.seed)],
  ])
}

function counters(run: RunJson): HTMLElement {
  const { counters: count } = run
  return facts([
    ['Messages due', exact(count.due)],
    ['Sent', exact(count.sent)],
    ['Received', exact(count.received)],
    ['Unmatched', exact(count.unmatched)],
    ['Shed', exact(count.shed)],
    ['Timeouts', exact(count.timeouts)],
    ['Errors', exact(count.errors.total)],
    ['Bytes sent', formatBytes(count.bytesSent)],
    ['Bytes received', formatBytes(count.bytesReceived)],
    ['Connections opened', exact(count.connectionsOpened)],
    ['Connections failed', exact(count.connectionsFailed)],
    ['Connections lost', exact(count.connectionsLost)],
  ])
}

const exact = (count: number): string => count.toLocaleString('en-US')

function errors(run: RunJson): HTMLElement {
  const { errors: found, due, connectionsOpened, connectionsFailed } = run.counters
  const kinds = Object.entries(found.byKind).sort((a, b) => b[1] - a[1])
  if (kinds.length === 0) return el('p', { class: 'empty' }, 'No errors.')
  const attempts = due + connectionsOpened + connectionsFailed
  return table(
    'Errors by kind',
    [
      { title: 'Kind' },
      { title: 'Count', kind: 'number' },
      { title: 'Of messages and connections', kind: 'number' },
    ],
    kinds.map(([kind, count]) => [
      el('code', null, kind),
      exact(count),
      attempts > 0 ? formatShare(count / attempts) : '–',
    ]),
  )
}

function groups(run: RunJson): HTMLElement {
  return table(
    'Groups',
    [
      { title: 'Group' },
      ...['count', 'p50', 'p99', 'p99.9', 'errors'].map((title) => ({ title, kind: 'number' as const })),
    ],
    Object.entries(run.groups).map(([name, { response, errors: count }]) => [
      name,
      exact(response.count),
      formatStatistic(response, 'p50'),
      formatStatistic(response, 'p99'),
      formatStatistic(response, 'p99.9'),
      exact(count),
    ]),
  )
}

function targets(run: RunJson): HTMLElement {
  const orDash = (value: number | null, format: (value: number) => string): string =>
    value === null ? '–' : format(value)
  const percent = (value: number): string => `${formatNumber(value)} %`
  return el(
    'div',
    null,
    ...run.targets.map((target) =>
      facts([
        ['Process', target.pid === null ? '–' : `pid ${target.pid}, ${target.role}, ${target.kind}`],
        ['Command', target.command ?? '–'],
        ['CPU, of one core', orDash(target.cpuPercent, percent)],
        ['Waited for a core', orDash(target.runQueueWaitPercent, percent)],
        ['Event-loop utilization', orDash(target.eventLoopUtilization, formatNumber)],
        ['GC', orDash(target.gcPercent, percent)],
        ['Resident memory', orDash(target.rssBytes, formatBytes)],
        ['Heap used', orDash(target.heapUsedBytes, formatBytes)],
        ['Threads', orDash(target.threads, formatNumber)],
        ['Descriptors', orDash(target.descriptors, formatNumber)],
      ]),
    ),
  )
}

function machine(run: RunJson): HTMLElement {
  return facts([
    ['Plimsoll', run.tool.version],
    ['Node.js', run.tool.node],
    ['System', run.tool.os],
    ['Cores', String(run.tool.cpus)],
    ['Run', run.id],
    ['Started', run.startedAt],
    ['Ended', `${run.endedAt}${run.interrupted ? ', interrupted' : ''}`],
  ])
}

function settings(run: RunJson): HTMLElement {
  return table(
    'All settings, defaults included',
    [{ title: 'Setting' }, { title: 'Value' }],
    Object.entries(run.settings).map(([name, value]) => [
      el('code', null, name),
      el(
        'code',
        { class: 'setting-value' },
        typeof value === 'string' ? value : (JSON.stringify(value) ?? '–'),
      ),
    ]),
  )
}
