import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'
import type { Microseconds } from '../kernel/units.js'
import type { ProfileAnalysis } from '../profiling/analyze-profile.js'
import { type SyscallRow, type SyscallTool, traceSyscalls } from '../profiling/native/syscalls.js'
import type { Profiler } from '../profiling/profiler.js'
import { describeProcess, isAlive, type ProcessDescription } from '../target/describe-process.js'
import { findListeners } from '../target/find-listener.js'
import { createProcessReader, type ProcessReader } from '../target/process-reader.js'
import { type ProcessWatch, processWatchUnavailable, type WatchedTarget } from '../target/process-watch.js'
import { startTarget, type TargetProcess } from '../target/start-target.js'
import { threadTimes } from '../target/thread-times.js'
import { addSyscalls } from './add-syscalls.js'
import { chooseProfiler, processesBehind } from './choose-profiler.js'
import { describeRefusal } from './describe-refusal.js'
import { NodeObserver, type TimedRuntimeSample } from './node-observer.js'
import type { CpuReading } from './observer-stage.js'
import type { Plan } from './plan.js'

const startTimeoutMs = 30_000
/** Whatever counts system calls is one program for each process. */
const mostTraced = 8

export interface TakenProfile {
  readonly how: Profiler['how']
  readonly analysis: ProfileAnalysis
  readonly files: readonly string[]
}

export type SyscallCounts =
  | { readonly by: SyscallTool; readonly rows: readonly SyscallRow[] }
  | { readonly problem: string }

/** A process of the target that is watched. */
export interface ObservedProcess {
  readonly description: ProcessDescription
  readonly watched: WatchedTarget
}

export interface TargetAddress {
  readonly host: string
  readonly port: number
  readonly loopback: boolean
}

/** The system under test, as far as this run started it, watches it or looks into it. */
export class TargetSession {
  started: TargetProcess | null = null
  processes: readonly ObservedProcess[] = []
  /** How the target was profiled, or why it was not. */
  profileNote: string | null = null
  profile: TakenProfile | null = null
  /** What the system calls took, if they were asked for. */
  syscalls: SyscallCounts | null = null

  readonly #plan: Plan
  readonly #watch: ProcessWatch
  readonly #say: (line: string) => void
  readonly #node: NodeObserver
  #profiler: Profiler | null = null
  #readers: readonly ProcessReader[] = []
  #counting: Promise<void> = Promise.resolve()
  #recording: 'none' | 'running' | 'stopped' = 'none'

  constructor(plan: Plan, watch: ProcessWatch, clock: () => Microseconds, say: (line: string) => void) {
    this.#plan = plan
    this.#watch = watch
    this.#say = say
    this.#node = new NodeObserver(clock)
  }

  /** What the runtimes of Node processes said of themselves, in the order of time. */
  get runtime(): readonly TimedRuntimeSample[] {
    return this.#node.runtime
  }

  /** True once a process that this run started or watched has ended. */
  get gone(): boolean {
    return this.started?.exit != null || this.vanished
  }

  get vanished(): boolean {
    return this.processes.length > 0 && this.processes.every(({ watched }) => watched.vanishedAtUs !== null)
  }

  get canProfile(): boolean {
    return this.#profiler !== null
  }

  /** Of the watched processes; null where the system does not tell. */
  readCpu(): CpuReading | null {
    let sum = 0
    for (const reader of this.#readers) {
      const cpuNs = reader.read()?.cpuNs ?? null
      if (cpuNs === null) return null
      sum += cpuNs
    }
    if (this.#readers.length === 0) return null
    const threads = this.processes.flatMap(({ description }) => [...threadTimes(description.pid)])
    return { cpuNs: sum, threadsNs: new Map(threads) }
  }

  /**
   * Starts the command after `--`, if there is one, and waits until it accepts connections.
   * @throws PlimsollError TARGET_DID_NOT_START
   */
  async start(address: TargetAddress, outputFile: string, signal: AbortSignal): Promise<void> {
    if (!this.#plan.targetCommand) return
    const { host, port } = address
    this.#say(`Starting \`${this.#plan.targetCommand.join(' ')}\``)
    this.started = await startTarget({
      command: this.#plan.targetCommand,
      inspect: this.#mayAttach,
      address: { host, port },
      outputFile,
    })
    await this.started.waitUntilAccepting({ host, port, timeoutMs: startTimeoutMs, signal })
  }

  /** Finds the processes to watch, and what can look into them. */
  async observe(address: TargetAddress): Promise<void> {
    const { observe } = this.#plan
    if (typeof observe === 'number' && !isAlive(observe)) {
      throw new PlimsollError('USAGE', `There is no process ${observe} to observe.`, {
        hint: 'Give --observe the id of a running process, or leave it out to find the listener of the port.',
      })
    }
    if (observe !== 'none') {
      if (processWatchUnavailable) this.#say(processWatchUnavailable)
      const listeners =
        typeof observe === 'number' ? [observe] : address.loopback ? findListeners(address.port) : []
      const pids = processesBehind(listeners)
      this.processes = pids.map((pid) => ({
        description: describeProcess(pid),
        watched: this.#watch.watchTarget(pid, [address.port]),
      }))
      this.#readers = pids.map((pid) => createProcessReader(pid))
      this.readCpu()
    }
    const { profiler, reason } = await chooseProfiler({
      plan: this.#plan,
      processes: this.processes.map(({ description }) => description),
      servicePort: address.port,
      node: this.#node,
      say: this.#say,
    })
    this.#profiler = profiler
    this.profileNote = reason
  }

  /** Pays in the warm-up for what the first start of a profiler costs. */
  async prime(): Promise<void> {
    await this.#attempt((profiler) => profiler.prime())
  }

  /** Puts what runs in a Node target beside the profiler to work, or takes it out. */
  async watchRuntime(on: boolean): Promise<void> {
    await this.#attempt(async (profiler) => {
      if (profiler === this.#node) await this.#node.watchRuntime(on)
    })
  }

  async startProfile(): Promise<void> {
    await this.#attempt(async (profiler) => {
      await profiler.start()
      this.#recording = 'running'
    })
  }

  async stopProfile(): Promise<void> {
    if (this.#recording !== 'running') return
    await this.#attempt(async (profiler) => {
      await profiler.stop()
      this.#recording = 'stopped'
    })
  }

  /**
   * Begins to count system calls for `ms`, or, for null, waits for the counts. It slows the target meanwhile.
   * Never rejects: where it cannot be done `syscalls` says why.
   */
  async countSyscalls(ms: number | null): Promise<void> {
    if (ms !== null) {
      const pids = this.processes.slice(0, mostTraced).map(({ description }) => description.pid)
      this.#counting = Promise.all(pids.map((pid) => traceSyscalls(pid, ms))).then(
        (tables) => {
          this.syscalls = { by: tables[0]?.by ?? 'strace', rows: addSyscalls(tables) }
        },
        (error: Error) => {
          this.syscalls = { problem: describeRefusal(error) }
        },
      )
    } else await this.#counting
  }

  /** Evaluates the profile, when the load is over, and keeps it under `folder`. */
  async completeProfile(folder: string): Promise<void> {
    await this.stopProfile()
    if (this.#recording !== 'stopped') return
    await this.#attempt(async (profiler) => {
      const { analysis, files } = await profiler.result()
      for (const { name, content } of files) await writeFile(join(folder, name), content)
      this.profile = { how: profiler.how, analysis, files: files.map(({ name }) => name) }
    })
  }

  /** Leaves the target as it was, and ends it if this run started it. */
  async end(): Promise<void> {
    await this.#profiler?.detach()
    this.#profiler = null
    await this.started?.stop()
  }

  get #mayAttach(): boolean {
    const { observe, profile } = this.#plan
    return observe !== 'none' && observe !== 'proc' && profile !== 'none'
  }

  /** Looking into the target may fail at any time, and ends no run: the report then says why. */
  async #attempt(look: (profiler: Profiler) => Promise<void>): Promise<void> {
    if (!this.#profiler) return
    try {
      await look(this.#profiler)
    } catch (error) {
      if (this.profile === null) this.profileNote = describeRefusal(error)
      const profiler = this.#profiler
      this.#profiler = null
      await profiler.detach()
    }
  }
}
