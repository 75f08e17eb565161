import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monotonicUs } from '../../kernel/clock.js'
import { PlimsollError } from '../../kernel/errors.js'
import { analyzeFlame } from '../analyze-flame.js'
import { caveatOfFewSamples } from '../few-samples.js'
import { type ProfileFormat, profileFiles } from '../formats.js'
import type { ProfileResult, Profiler } from '../profiler.js'
import { PerfStacks } from './perf-flame.js'
import { PerfScriptParser } from './perf-script.js'

/** A prime, so that it does not run in step with timers. */
const samplesPerSecond = 199
/** If Plimsoll is killed, perf ends by itself after so long. */
const longestSeconds = 3_600
const patienceMs = 15_000
const keptText = 4_000

export type PerfAvailability =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly hint: string }

/** Takes a short recording of this process, since whether perf may is decided by many things. */
export async function perfAvailability(): Promise<PerfAvailability> {
  const args = [
    'record',
    '-q',
    '-e',
    'cpu-clock',
    '-g',
    '-o',
    '/dev/null',
    '-p',
    String(process.pid),
    '--',
    'true',
  ]
  const { code, text } = await runProgram('perf', args)
  if (code === 0) return { ok: true }
  const paranoid = await readFile('/proc/sys/kernel/perf_event_paranoid', 'utf8').catch(() => '')
  return { ok: false, ...explainPerfFailure(code, text, paranoid.trim()) }
}

/** What to say when perf does not work. `code` null: there is no such program. */
export function explainPerfFailure(
  code: number | null,
  text: string,
  paranoid: string,
): { readonly reason: string; readonly hint: string } {
  if (code === null || /perf not found for kernel|linux-tools/.test(text)) {
    return {
      reason: 'perf is not installed',
      hint: 'Install it: apt install linux-perf (Debian), linux-tools-$(uname -r) (Ubuntu), perf (Fedora, Arch).',
    }
  }
  if (/permi(?:t|ss)|paranoid|EACCES|EPERM|CAP_PERFMON/i.test(text)) {
    return Number(paranoid) > 1
      ? {
          reason: `perf has no permission (kernel.perf_event_paranoid is ${paranoid})`,
          hint: 'Run as root, or: sudo sysctl kernel.perf_event_paranoid=1. A container needs --cap-add PERFMON too.',
        }
      : {
          reason: 'perf has no permission to look at this process',
          hint: 'Run as its user or as root; a container needs --cap-add PERFMON, and a seccomp profile that allows perf_event_open.',
        }
  }
  const last = text.trim().split('\n').at(-1) ?? ''
  return {
    reason: `perf fails${last === '' ? '' : `: ${last.slice(0, 200)}`}`,
    hint: 'Try `perf record -g -p PID -- sleep 1` by hand.',
  }
}

const perfFailed = (what: { readonly reason: string; readonly hint?: string }): PlimsollError =>
  new PlimsollError(
    'PROFILE_FAILED',
    `The target cannot be profiled: ${what.reason}.`,
    what.hint ? { hint: what.hint } : {},
  )

/** Profiles processes by perf, native code and kernel. `result` has the files of `formats`. */
export const perfProfiler = (pids: readonly number[], formats?: readonly ProfileFormat[]): Profiler =>
  new PerfProfiler(pids, formats)

class PerfProfiler implements Profiler {
  readonly how = 'perf'
  readonly #pids: readonly number[]
  readonly #formats: readonly ProfileFormat[] | undefined
  #folder: string | null = null
  #perf: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #text = ''
  #fromUs = 0
  #untilUs = 0

  constructor(pids: readonly number[], formats?: readonly ProfileFormat[]) {
    this.#pids = pids
    this.#formats = formats
  }

  /** perf costs the target nothing when it starts. */
  async prime(): Promise<void> {}

  async start(): Promise<void> {
    if (this.#perf) throw perfFailed({ reason: 'a profile is being taken already' })
    await this.#clear()
    this.#folder = await mkdtemp(join(tmpdir(), 'plimsoll-perf-'))
    // cpu-clock counts time, which adds up over kernels and machines, and is there where hardware counters are not.
    const args = [
      'record',
      '-q',
      '-e',
      'cpu-clock',
      '-k',
      'CLOCK_MONOTONIC',
      '-F',
      String(samplesPerSecond),
      '-g',
    ]
    // The shell is started when the events count; it ends the recording if nobody else does.
    args.push('-o', join(this.#folder, 'perf.data'), '-p', this.#pids.join(','), '--')
    args.push('sh', '-c', `echo recording; exec sleep ${longestSeconds}`)
    // In a group of its own: Ctrl-C is for Plimsoll, which then ends the recording.
    const perf = spawn('perf', args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#perf = perf
    this.#text = ''
    perf.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-keptText)
    })
    let code: number | null = null
    this.#ended = new Promise((resolve) => {
      perf.once('error', () => resolve())
      perf.once('close', (one) => {
        code = one ?? -1
        resolve()
      })
    })
    const began = new Promise<boolean>((resolve) => perf.stdout.once('data', () => resolve(true)))
    const isRecording = await within(Promise.race([began, this.#ended.then(() => false)]), patienceMs)
    this.#fromUs = monotonicUs()
    if (isRecording) return
    await this.#end()
    this.#perf = null
    const paranoid = await readFile('/proc/sys/kernel/perf_event_paranoid', 'utf8').catch(() => '')
    throw perfFailed(explainPerfFailure(code, this.#text, paranoid.trim()))
  }

  async stop(): Promise<void> {
    if (!this.#perf) throw perfFailed({ reason: 'no profile is being taken' })
    this.#untilUs = monotonicUs()
    await this.#end()
    this.#perf = null
  }

  async result(): Promise<ProfileResult> {
    if (this.#folder === null) throw perfFailed({ reason: 'no profile was taken' })
    const stacks = new PerfStacks()
    const parser = new PerfScriptParser((sample) => stacks.add(sample))
    const fields = 'comm,pid,tid,time,period,event,ip,sym,dso'
    const args = ['script', '--ns', '-F', fields, '-i', join(this.#folder, 'perf.data')]
    const { code, text } = await runProgram('perf', args, (piece) => parser.push(piece))
    parser.end()
    await this.#clear()
    if (code !== 0 && parser.samples === 0)
      throw perfFailed({ reason: `perf cannot read its own recording: ${text.trim().slice(0, 200)}` })
    const flame = stacks.build(this.#fromUs, this.#untilUs)
    const seconds = (this.#untilUs - this.#fromUs) / 1e6
    const analysis = analyzeFlame(flame, seconds, [
      ...(parser.cut ? ['perf took more samples than are read'] : []),
      ...caveatOfFewSamples(stacks.samples),
    ])
    const startedAtMs = Date.now() - (monotonicUs() - this.#fromUs) / 1_000
    return { analysis, files: profileFiles('cpu', { flame, seconds, startedAtMs }, this.#formats) }
  }

  async detach(): Promise<void> {
    await this.#end()
    this.#perf = null
    await this.#clear()
  }

  /** perf writes what it has when it is interrupted. */
  async #end(): Promise<void> {
    const perf = this.#perf
    if (!perf) return
    perf.kill('SIGINT')
    const ended = await within(
      this.#ended.then(() => true),
      patienceMs,
    )
    if (!ended) perf.kill('SIGKILL')
  }

  async #clear(): Promise<void> {
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true })
    this.#folder = null
  }
}

async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  const value = await Promise.race([promise, late])
  clearTimeout(timer)
  return value
}

/** Runs a program to its end. `code` null: there is none of this name. */
export function runProgram(
  program: string,
  args: readonly string[],
  take: (text: string) => void = () => {},
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-keptText)
    })
    child.once('error', () => resolve({ code: null, text }))
    child.once('close', (code) => resolve({ code: code ?? -1, text }))
  })
}
