import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type RunJson, runSchema } from '../../../src/report/run-json.js'
import { root } from '../../integration/labs/lab-process.js'

const program = join(root, 'bin/plimsoll.js')
/** No command line of these tests lasts so long; one that hangs is killed, and its test says so. */
const longestMs = 45_000
const sampleEveryMs = 50

export interface Finished {
  /** The exit code, or the name of the signal that ended the process. */
  readonly code: number | string
  readonly out: string
  readonly err: string
  readonly elapsedMs: number
  /** Peak memory of the process and all below it, each at its own peak. */
  readonly peakBytes: number
}

export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly finished: Promise<Finished>
  /** Standard error so far. */
  err(): string
  /** Resolves once `wanted` stands in standard error; rejects if the command ends before. */
  said(wanted: RegExp): Promise<void>
}

export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** What stands before the command, such as `['sh', '-c', 'ulimit -f 10; exec "$0" "$@"']`. */
  readonly prefix?: readonly string[]
}

/** Starts the real command, in a process group of its own as a shell would. */
export function startPlimsoll(args: readonly string[], options: StartOptions = {}): Running {
  const [command, ...rest] = [...(options.prefix ?? []), process.execPath, program, ...args]
  const startedMs = performance.now()
  const child = spawn(command!, rest, {
    cwd: options.cwd ?? scratch(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  const pid = child.pid!
  let out = ''
  let err = ''
  const listeners = new Set<() => void>()
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    err += text
    for (const listener of listeners) listener()
  })
  const peaks = new Map<number, number>()
  const sampling = setInterval(() => samplePeaks(pid, peaks), sampleEveryMs)
  const killing = setTimeout(() => process.kill(-pid, 'SIGKILL'), longestMs)
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => {
      clearInterval(sampling)
      clearTimeout(killing)
      for (const listener of listeners) listener()
      const peakBytes = [...peaks.values()].reduce((sum, peak) => sum + peak, 0)
      resolve({ code: code ?? signal!, out, err, elapsedMs: performance.now() - startedMs, peakBytes })
    })
  })
  return {
    child,
    pid,
    finished,
    err: () => err,
    said(wanted) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (wanted.test(err)) resolve()
          else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`ended without saying ${wanted}: ${err}`))
          } else return
          listeners.delete(look)
        }
        listeners.add(look)
        look()
      })
    },
  }
}

export const plimsoll = (args: readonly string[], options: StartOptions = {}): Promise<Finished> =>
  startPlimsoll(args, options).finished

export interface FinishedRun extends Finished {
  readonly run: RunJson
  readonly folder: string
}

/** Options of a run that is short, and judges nothing unless it is told to. */
const shortRun = ['-d', '1s', '--warmup', '0s', '--timeout', '1s', '--connections', '4']

/** Starts `plimsoll run --json` for a second; `args` may override any of the defaults. */
export function startRun(
  args: readonly string[],
  options: StartOptions = {},
): Running & { folder: string; result: Promise<FinishedRun> } {
  const folder = join(scratch(), 'run')
  const at = args.indexOf('--')
  const [own, target] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)]
  const explore = own.includes('--slo') ? [] : ['--explore']
  const running = startPlimsoll(
    ['run', ...shortRun, '--json', '--out', folder, ...explore, ...own, ...target],
    options,
  )
  const result = running.finished.then((finished) => ({ ...finished, folder, run: parseRun(finished) }))
  // Whoever awaits it gets the failure; nobody has to.
  result.catch(() => undefined)
  return { ...running, folder, result }
}

/** Runs `plimsoll run --json` to its end. */
export const run = (args: readonly string[], options: StartOptions = {}): Promise<FinishedRun> =>
  startRun(args, options).result

/** Standard output must be one valid `run.json`, and nothing else. */
export function parseRun({ out, err, code }: Finished): RunJson {
  try {
    return runSchema.parse(JSON.parse(out))
  } catch (cause) {
    throw new Error(`no run.json on standard output (exit ${code}): ${out.slice(0, 500)}\n${err}`, { cause })
  }
}

export const errorsOf = ({ run }: FinishedRun): Record<string, number> => run.counters.errors.byKind

/** A mistake of the user's: exit code 2, a message that fits, at most a few lines, and no stack trace. */
export function expectRefusal(finished: Finished, message: RegExp, code = 2): void {
  expect(finished.err).toMatch(message)
  expect({ code: finished.code, out: finished.out }).toEqual({ code, out: '' })
  expectNoStackTrace(finished)
  expect(finished.err.split('\n').length).toBeLessThanOrEqual(14)
}

export function expectNoStackTrace({ err }: Finished): void {
  expect(err).not.toMatch(/^\s+at .+:\d+|node:internal|bug of Plimsoll/m)
}

const folders: string[] = []

/** A new folder below the system's for temporary files; `removeScratch` removes it. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-e2e-'))
  folders.push(folder)
  return folder
}

export function removeScratch(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

function samplePeaks(pid: number, peaks: Map<number, number>): void {
  for (const one of [pid, ...childrenOf(pid)]) {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`/proc/${one}/status`))
    if (peak) peaks.set(one, Number(peak[1]) * 1_024)
  }
}

/** Pids of the direct children of a process. */
export const childrenOf = (pid: number): number[] =>
  readProc(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)

export const commandOf = (pid: number): string => readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')

export const isAlive = (pid: number): boolean => /^State:\s+[^ZX]/m.test(readProc(`/proc/${pid}/status`))

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
