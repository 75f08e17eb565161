import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { decodeFlame } from '../report/flame-codec.js'
import { type FlameFrame, fromNestedFlame } from '../report/nested-flame.js'
import { hotFunctionSchema } from '../report/profile-schema.js'
import type { ReportData } from '../report/report-data.js'
import { type ReportFlame, reportFlame } from '../report/report-flame.js'
import type { RunJson } from '../report/run-json.js'

/** What is too long for run.json: curves, heat map and flame graphs. */
export type Drawn = Pick<ReportData, 'curves' | 'heatMap' | 'flames' | 'slow'> & {
  /** What of it could not be read, in words. */
  readonly problems: readonly string[]
}

const shares = z.record(z.string(), z.number())
const flameSchema = z.looseObject({
  title: z.string(),
  how: z.string(),
  summary: z.looseObject({
    categories: shares,
    unattributed: z.number(),
    gcCausedBy: shares.optional(),
    hottest: z.array(hotFunctionSchema),
    threads: z.array(z.looseObject({ pid: z.number(), thread: z.string() })).optional(),
    problems: z.array(z.string()).optional(),
  }),
  flame: z.looseObject({
    unit: z.enum(['us', 'bytes', 'count']),
    strings: z.array(z.string()),
    streams: z.array(z.looseObject({ pid: z.number(), thread: z.string(), startUs: z.number() })),
  }),
  loss: z.looseObject({}),
})
const heatMapColumn = z.looseObject({ at: z.number(), length: z.number(), cells: z.array(z.number()) })
const parts = {
  curves: z.record(z.string(), z.array(z.looseObject({ percentile: z.number(), value: z.number() }))),
  heatMap: z.looseObject({ rowsPerDoubling: z.number(), columns: z.array(heatMapColumn) }).nullable(),
  slow: z
    .union([z.looseObject({ why: z.string() }), z.looseObject({ ranges: z.array(z.array(z.number())) })])
    .nullable(),
} as const

/**
 * Reads report-data.json of a run as far as it can be read. It is missing where a run broke off, and may be damaged
 * like any file that was copied about.
 */
export async function readDrawn(file: string, run: RunJson): Promise<Drawn> {
  const problems: string[] = []
  const drawn = await readObject(file, problems)
  const part = <Part>(name: keyof typeof parts, otherwise: Part): Part => {
    if (drawn[name] === undefined) return otherwise
    const { success } = parts[name].safeParse(drawn[name])
    if (!success) problems.push(`what ${file} says of ${name} is damaged`)
    return success ? (drawn[name] as Part) : otherwise
  }
  const curves = part<ReportData['curves']>('curves', {})
  const heatMap = part<ReportData['heatMap']>('heatMap', null)
  const slow = part<ReportData['slow']>('slow', null)
  const flames =
    drawn.flames === undefined ? oldFlames(run, drawn, file, problems) : flamesIn(drawn, file, problems)
  if (flames.length === 0 && run.profile !== null && problems.length === 0)
    problems.push(`${file} holds no flame graph`)
  return { curves, heatMap, slow, flames, problems }
}

async function readObject(file: string, problems: string[]): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>
    problems.push(`${file} is no report data`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A run that was killed left none.
    if (code !== 'ENOENT')
      problems.push(
        error instanceof SyntaxError
          ? `the JSON of ${file} is damaged or cut off`
          : `${file} cannot be read (${code})`,
      )
  }
  return {}
}

function flamesIn(
  { flames }: Readonly<Record<string, unknown>>,
  file: string,
  problems: string[],
): ReportFlame[] {
  const all: readonly unknown[] = Array.isArray(flames) ? flames : [flames]
  const whole = all.filter(isFlame)
  if (whole.length < all.length) problems.push(`a flame graph in ${file} is damaged`)
  return whole
}

function isFlame(value: unknown): value is ReportFlame {
  if (!flameSchema.safeParse(value).success) return false
  try {
    decodeFlame((value as ReportFlame).flame)
    return true
  } catch {
    return false
  }
}

/** What runs of Plimsoll 0.1 kept instead: one flame graph, as a tree. */
function oldFlames(
  { profile }: RunJson,
  { flame }: Readonly<Record<string, unknown>>,
  file: string,
  problems: string[],
): ReportFlame[] {
  if (flame === undefined || flame === null || profile === null) return []
  try {
    const { gcCausedBy = {}, threads = [], problems: known = [] } = profile
    const analysis = {
      ...profile,
      gcCausedBy,
      threads,
      problems: known,
      flame: fromNestedFlame(flame as FlameFrame),
    }
    return [reportFlame({ title: 'CPU', how: 'inspector', analysis })]
  } catch {
    problems.push(`the flame graph in ${file} is damaged`)
    return []
  }
}
