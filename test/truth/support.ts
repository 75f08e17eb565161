import { appendFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type RunJson, runSchema } from '../../src/report/run-json.js'
import { readReplyLog, root, runToEnd } from '../integration/labs/lab-process.js'

/** `npm run bench:truth` runs the cases at full length; the tests run them short. */
export const isFull = process.env.PLIMSOLL_TRUTH === 'full'

const resultsFile = process.env.PLIMSOLL_TRUTH_RESULTS

/** Notes a figure for the table that `npm run bench:truth` prints. */
export function note(what: string, figures: Readonly<Record<string, string | number>>): void {
  if (!resultsFile) return
  mkdirSync(dirname(resultsFile), { recursive: true })
  appendFileSync(resultsFile, `${JSON.stringify({ what, ...figures })}\n`)
}

export interface FinishedRun {
  readonly run: RunJson
  readonly code: number
  readonly folder: string
  readonly progress: string
}

/**
 * Runs the real command to its end.
 * @param onStart is called when it begins to connect: a start of Node takes longer on a busy machine, and what follows hardly
 */
export async function plimsoll(
  args: readonly string[],
  prefix: readonly string[] = [],
  onStart?: () => unknown,
): Promise<FinishedRun> {
  const folder = join(mkdtempSync(join(tmpdir(), 'plimsoll-truth-')), 'run')
  const own = [process.execPath, join(root, 'bin/plimsoll.js'), 'run', ...args]
  const at = own.indexOf('--')
  const options = ['--json', '--out', folder]
  const line = [
    ...prefix,
    ...(at < 0 ? [...own, ...options] : [...own.slice(0, at), ...options, ...own.slice(at)]),
  ]
  const { code, out, err } = await runToEnd(line[0]!, line.slice(1), (text) => {
    if (/\d workers?, /.test(text)) onStart?.()
  })
  try {
    return { run: runSchema.parse(JSON.parse(out)), code, folder, progress: err }
  } catch (cause) {
    throw new Error(`no run.json on standard output (exit ${code}): ${err}`, { cause })
  }
}

export const percentiles = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, 'p99.9': 0.999 } as const
export type PercentileName = keyof typeof percentiles

/** The value that a share `q` of the values does not exceed, by the definition that HdrHistogram uses. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)]!
}

export interface LoggedTruth {
  /** True response times (ms) of the messages that the measured window had and the lab answered. */
  readonly responseMs: readonly number[]
  /** Messages of the measured window that the lab never answered. */
  readonly unanswered: number
}

/**
 * What really happened to each message of the measured window: the lab's own log of replies on the same clock,
 * against the intended times, which the plan alone determines. Only for constant rates, whose message k is due at k ÷ rate.
 */
export function truthFromLog(logPath: string, run: RunJson, rate = run.load.offeredRate!): LoggedTruth {
  const first = Math.ceil(run.load.warmup.seconds * rate - 1e-6)
  const count = run.counters.due
  const repliedUs = new Map(
    readReplyLog(logPath).map((reply) => [reply.id, reply.arrivalUs + reply.delayMs * 1_000]),
  )
  const responseMs: number[] = []
  let unanswered = 0
  for (let id = first; id < first + count; id++) {
    const reply = repliedUs.get(id)
    if (reply === undefined) unanswered++
    else responseMs.push((reply - run.clock.monotonicUs - (id / rate) * 1e6) / 1_000)
  }
  return { responseMs, unanswered }
}
