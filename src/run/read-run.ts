import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { PlimsollError } from '../kernel/errors.js'
import type { ExemplarJson, ReportData } from '../report/report-data.js'
import type { ReportFlame } from '../report/report-flame.js'
import { type RunJson, runSchema } from '../report/run-json.js'
import type { TimelineSecond } from '../report/timeline-second.js'
import { readDrawn } from './read-drawn.js'

/**
 * The folder of a run, given it or its run.json.
 * @throws PlimsollError RUN_UNREADABLE
 */
export async function folderOf(path: string): Promise<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new PlimsollError('RUN_UNREADABLE', `There is no run at ${path}.`, { cause })
  })
  return info.isDirectory() ? path : basename(path) === 'run.json' ? dirname(path) : path
}

/**
 * Reads `run.json` of a finished run.
 * @throws PlimsollError RUN_UNREADABLE
 */
export async function readRun(path: string): Promise<RunJson> {
  const file = join(await folderOf(path), 'run.json')
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    const result = runSchema.safeParse(value)
    // The value as it was written, fields that this version does not know included, in their order.
    if (result.success) return value as RunJson
    throw new Error(z.prettifyError(result.error))
  } catch (cause) {
    throw new PlimsollError('RUN_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** All that the HTML report shows. Files that a broken-off run lacks, and what is damaged of its drawings, are left out. */
export async function readReportData(path: string): Promise<ReportData> {
  const run = await readRun(path)
  const folder = await folderOf(path)
  const { problems, curves, heatMap, flames, slow } = await readDrawn(join(folder, 'report-data.json'), run)
  return {
    run: flames.length === 0 && problems.length > 0 ? withoutProfile(run, problems) : run,
    timeline: await readLines<TimelineSecond>(join(folder, 'timeline.ndjson')),
    curves,
    heatMap,
    exemplars: await readLines<ExemplarJson>(join(folder, 'exemplars.ndjson')),
    flames: flames.map((flame, index) => (index === 0 ? withProblems(flame, problems) : flame)),
    slow,
  }
}

/** The reader looks for the reason where the flame graph would be. */
const withoutProfile = (run: RunJson, problems: readonly string[]): RunJson => ({
  ...run,
  settings: { ...run.settings, profileNote: problems.join('; ') },
})

const withProblems = (flame: ReportFlame, problems: readonly string[]): ReportFlame =>
  problems.length === 0
    ? flame
    : { ...flame, summary: { ...flame.summary, problems: [...(flame.summary.problems ?? []), ...problems] } }

/**
 * The interval log of a run, as text.
 * @throws PlimsollError RUN_UNREADABLE
 */
export async function readLatencyLog(path: string): Promise<string> {
  const file = join(await folderOf(path), 'latency.hlog')
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PlimsollError('RUN_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  })
}

/** The lines of a file; a last one that breaks off, since its writer died, is left out. */
async function readLines<Row>(file: string): Promise<Row[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n').slice(0, -1)
  try {
    return lines.map((line) => JSON.parse(line) as Row)
  } catch (cause) {
    throw new PlimsollError('RUN_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}
