import { formatMs, formatShare } from '../../../../kernel/units.js'
import { formatChange } from '../../../observer-costs.js'
import type { ReportFlame } from '../../../report-flame.js'
import type { RunJson } from '../../../run-json.js'
import type { PageData } from '../../page-data.js'
import { el, section } from '../dom.js'
import { FlamePanel, type PanelContext } from '../flame/flame-panel.js'
import { hottestTable } from '../flame/flame-parts.js'
import { profilerInWords } from '../flame/in-words.js'
import { Segments } from '../flame/segments.js'

/** The flame graphs of a run or of a profile. */
export interface FlameSection {
  readonly element: HTMLElement
  /** In the order of the profiles; the first is shown at first. */
  readonly panels: readonly FlamePanel[]
}

const title = 'Where the CPU goes'

export function flameSection(data: PageData): FlameSection {
  const { run, flames, against, slow } = data
  if (flames.length === 0 || run.profile === null) {
    const note = run.settings.profileNote
    const reason = typeof note === 'string' && note !== '' ? note : 'the target was not profiled in this run'
    const empty = el('p', { class: 'empty' }, `No profile: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}`)
    const table = hottestTable('Hottest functions', run.profile?.hottest ?? [], null)
    return { panels: [], element: section('flame', title, null, empty, table) }
  }
  return flamePanels(title, lead(run, flames[0]!), flames, {
    originUs: run.clock.monotonicUs,
    slow,
    against,
  })
}

/** The section itself, for a page without a run too. */
export function flamePanels(
  heading: string,
  leadText: string,
  flames: readonly ReportFlame[],
  context: PanelContext,
): FlameSection {
  const panels: FlamePanel[] = []
  const elements = flames.map((flame) => {
    try {
      const panel = new FlamePanel(flame, context)
      panels.push(panel)
      return panel.element
    } catch (error) {
      return el('p', { class: 'empty' }, `This profile cannot be shown: ${(error as Error).message}.`)
    }
  })
  const show = (index: number): void => {
    for (const [i, element] of elements.entries()) element.hidden = i !== index
    for (const panel of panels) panel.resize()
  }
  const tabs = new Segments(
    'Profiles',
    flames.map((flame, i) => ({ name: String(i), text: flame.title })),
    (name) => {
      tabs.press(name)
      show(Number(name))
    },
  )
  tabs.press('0')
  show(0)
  const choice = el('div', { class: 'flame-profiles' }, tabs.element)
  return {
    panels,
    element: section('flame', heading, leadText, flames.length > 1 && choice, ...elements),
  }
}

/** How far samples and the kernel's account of CPU time may lie apart before the page says so. */
const noticeable = 0.1

/**
 * V8's sampler is a thread that needs a core: it misses short work meanwhile, and takes waiting for a core for work.
 * Other profilers count the time on a core themselves, but with few samples where there is little of it.
 */
function account({ how, idleShare, cpuShare, threads }: NonNullable<RunJson['profile']>): string {
  if (cpuShare === null || cpuShare === undefined) return ''
  const busyShare = 1 - idleShare
  // A process of several threads may use more than a core, and is never less than 0 % idle.
  if (Math.abs(busyShare - Math.min(1, cpuShare)) <= noticeable) return ''
  const why =
    how !== undefined && how !== 'inspector'
      ? 'it is sampled too seldom to tell closer'
      : busyShare < cpuShare
        ? 'the sampler’s thread gets no core while work is short, and the kernel’s part of waiting is no work to it'
        : 'it waited for a core meanwhile, which samples count as work'
  const who = threads?.length ? 'its busiest thread' : 'the target'
  return ` By the kernel’s account ${who} used ${formatShare(cpuShare)} of a core: ${why}.`
}

function lead(run: RunJson, { how }: ReportFlame): string {
  const profile = run.profile!
  const known = profile.ledger?.find(({ collector }) => collector === 'cpu-profile')?.cpuPerReply
  const cost = known ? ` Profiling added ${formatChange(known)} to the CPU time of a reply.` : ''
  return `Profile of ${formatMs(profile.seconds * 1_000)} at the same load, after the measured window, by ${profilerInWords(how)}. Idle ${formatShare(profile.idleShare)} of it; widths are shares of the rest.${account(profile)}${cost}`
}
