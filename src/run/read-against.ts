import { PlimsollError } from '../kernel/errors.js'
import type { Against } from '../report/html/page-data.js'
import type { ReportData } from '../report/report-data.js'
import { fitTogether } from '../report/report-flame.js'
import type { RunJson } from '../report/run-json.js'
import { readReportData } from './read-run.js'
import { mostBytes } from './report-flames.js'

/**
 * Two finished runs for one report: the first with its own data, the second for its flame graphs.
 * @throws PlimsollError RUN_UNREADABLE, USAGE where one of them has no profile
 */
export async function readAgainst(
  path: string,
  otherPath: string,
): Promise<{ data: ReportData; against: Against }> {
  const [data, other] = await Promise.all([readReportData(path), readReportData(otherPath)])
  for (const [place, { run, flames }] of [
    [path, data],
    [otherPath, other],
  ] as const) {
    if (flames.length === 0) throw noProfile(place, run)
  }
  const [name, ownName] = namesOf(other.run, data.run)
  return {
    data: { ...data, flames: fitTogether(data.flames, mostBytes / 2) },
    against: {
      name,
      ownName,
      notes: notesOn(other.run, data.run, name),
      flames: fitTogether(other.flames, mostBytes / 2),
    },
  }
}

function noProfile(path: string, { settings }: RunJson): PlimsollError {
  const note = typeof settings.profileNote === 'string' ? `: ${settings.profileNote}` : ''
  return new PlimsollError('USAGE', `The run in ${path} has no profile to compare${note}.`, {
    hint: 'Repeat it with --observe auto, and without --profile none.',
  })
}

/** By name; by name and time where the names are the same. */
function namesOf(other: RunJson, own: RunJson): [other: string, own: string] {
  if (other.name !== own.name) return [other.name, own.name]
  const withTime = ({ name, startedAt }: RunJson): string =>
    `${name} of ${startedAt.slice(0, 19).replace('T', ' ')}`
  return [withTime(other), withTime(own)]
}

/**
 * A flame graph shows shares, so that two loads can be set against each other where their percentiles could not; the
 * reader has to know of what differs.
 */
function notesOn(other: RunJson, own: RunJson, name: string): string[] {
  const notes: string[] = []
  if (other.load.model !== own.load.model)
    notes.push(
      `${name} was driven in the ${other.load.model} model, this run in the ${own.load.model} one: their times are not comparable, only the shares are.`,
    )
  if (other.target !== own.target) notes.push(`${name} drove ${other.target}.`)
  const [before, after] = [other.load.achievedRate, own.load.achievedRate]
  if (Math.abs(after - before) > 0.1 * Math.max(after, before))
    notes.push(`It answered ${Math.round(before)} a second, this run ${Math.round(after)}.`)
  return notes
}
