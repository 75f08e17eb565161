import { formatMs, formatShare } from '../../../../kernel/units.js'
import type { RunJson } from '../../../run-json.js'
import { el, section, table } from '../dom.js'
import { exact } from '../format.js'

const shownRows = 20

const stretch = 'in a stretch of its own, after all else was measured'
const leads = {
  strace: `Counted by strace ${stretch}. strace stops the target at every call: the shares tell, the times are longer than they would be.`,
  perf: `Counted by perf trace ${stretch}. It slows the target meanwhile. The time of calls that wait is that of the wait, so they have no share.`,
} as const

/** System calls by time and count, where they were asked for. */
export function syscallsSection({ syscalls, settings }: RunJson): HTMLElement | null {
  if (syscalls === undefined) return null
  if (syscalls === null) {
    return section('syscalls', 'System calls', `Not counted: ${String(settings.syscallsNote)}`)
  }
  const number = (title: string) => ({ title, kind: 'number' as const })
  return section(
    'syscalls',
    'System calls',
    settings.syscallsBy === 'perf trace' ? leads.perf : leads.strace,
    table(
      'System calls of the target',
      [{ title: 'Call' }, number('Share of time'), number('Time'), number('Calls'), number('Errors')],
      syscalls
        .slice(0, shownRows)
        .map(({ name, share, seconds, calls, errors }) => [
          el('code', null, name),
          formatShare(share),
          formatMs(seconds * 1_000),
          exact(calls),
          exact(errors),
        ]),
    ),
  )
}
