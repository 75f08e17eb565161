import { formatBytes, formatMs, formatNumber, formatRate, formatShare } from '../../../../kernel/units.js'
import { replyPhrase, warmupPhrase } from '../../../answer.js'
import type { RunJson } from '../../../run-json.js'
import { copyable } from '../copy.js'
import { el, facts, section, table } from '../dom.js'
import { exact, orDash, percent } from '../format.js'

/** The command that repeats the run. */
export function repeatSection(run: RunJson): HTMLElement {
  return section('repeat', 'Repeat this run', 'The same load, with the same seed.', copyable(run.command))
}

/** Everything else, folded: how it was measured, counters, errors, target, machine, settings. */
export function detailsSection(run: RunJson): HTMLElement {
  const folds = [
    fold('How it was measured', measured(run)),
    fold('Counters', counters(run)),
    fold('Errors by kind', errors(run)),
    run.targets.length > 0 ? fold('Target', targets(run)) : null,
    fold('Machine and tool', machine(run)),
    fold('All settings', settings(run)),
  ]
  return section('details', 'Details', null, ...folds)
}

function fold(title: string, content: HTMLElement): HTMLElement {
  return el('details', null, el('summary', null, title), content)
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
    ...(load.sessions ? sessionLoad(load, load.sessions) : messageLoad(load)),
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

function messageLoad(load: RunJson['load']): [string, string][] {
  return [
    ['Connections', exact(load.connections)],
    ['Offered rate', orDash(load.offeredRate, formatRate)],
    ['Dispatched rate', formatRate(load.dispatchedRate)],
    ['Achieved rate', formatRate(load.achievedRate)],
  ]
}

function sessionLoad(
  load: RunJson['load'],
  { users, iterations }: NonNullable<RunJson['load']['sessions']>,
): [string, string][] {
  return [
    ['Users at once', users === null ? 'as they arrive' : exact(users)],
    ['Sessions in all', iterations === null ? 'until the end' : exact(iterations)],
    ['Sessions offered', orDash(load.offeredRate, formatRate)],
    ['Sessions started', formatRate(load.dispatchedRate)],
    ['Messages achieved', formatRate(load.achievedRate)],
  ]
}

function counters(run: RunJson): HTMLElement {
  const { counters: count } = run
  return facts([
    ['Messages due', exact(count.due)],
    ['Sent', exact(count.sent)],
    ['Received', exact(count.received)],
    ['Unmatched', exact(count.unmatched)],
    ['Pushed', exact(count.pushed)],
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

function targets(run: RunJson): HTMLElement {
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
