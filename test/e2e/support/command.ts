import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunJson, runSchema } from '../../../src/report/run-json.js'
import { root } from '../../integration/labs/lab-process.js'

export interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Started {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves when `text` has been written to standard error. */
  said(text: string): Promise<void>
}

const bin = join(root, 'bin/plimsoll.js')

/** Whether a program of that name is on the PATH. */
export const isInstalled = (name: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, name)))

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'plimsoll-e2e-'))

/**
 * Starts the real command in a folder of its own.
 * @param prefix what stands before the command, such as `['setsid']`
 */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = temporaryFolder(),
  prefix: readonly string[] = [],
): Started {
  const [program, ...rest] = [...prefix, process.execPath, bin, ...args]
  const child = spawn(program!, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  return {
    child,
    finished,
    async said(text) {
      while (!err.includes(text)) {
        const more = await Promise.race([
          once(child.stderr, 'data').then(() => true),
          finished.then(() => false),
        ])
        if (!more && !err.includes(text)) throw new Error(`never said '${text}': ${err}`)
      }
    },
  }
}

/** Runs the real command to its end. */
export const command = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<Finished> => start(args, env, cwd).finished

/** Options for a run as short as it can be. What is to see a profile asks for it behind them. */
export const brief = [
  ...['-d', '1s', '--warmup', '0s', '--timeout', '1s', '--connect-rate', '1000'],
  ...['--profile', 'none'],
]

export interface FinishedRun extends Finished {
  readonly run: RunJson
  readonly folder: string
}

/** `plimsoll run … --json --out …`, with run.json as it was printed. */
export async function runJson(args: readonly string[]): Promise<FinishedRun> {
  const folder = join(temporaryFolder(), 'run')
  const at = args.indexOf('--')
  const options = ['--json', '--out', folder]
  const line = at < 0 ? [...args, ...options] : [...args.slice(0, at), ...options, ...args.slice(at)]
  const finished = await command(['run', ...line])
  return { ...finished, run: parseRun(finished), folder }
}

export function parseRun({ out, err, code }: Finished): RunJson {
  try {
    return runSchema.parse(JSON.parse(out))
  } catch (cause) {
    throw new Error(`no run.json on standard output (exit ${code}): ${out.slice(0, 300)} ${err}`, { cause })
  }
}

export const readFolder = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8')

/** What a user must never see. */
export const stackTrace = /^\s+at .+:\d+:\d+\)?$/m
