import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'
import type { Microseconds } from '../kernel/units.js'
import { analyzeProfiles, type ProfileAnalysis } from '../profiling/analyze-profile.js'
import { nodeProfileFiles } from '../profiling/formats.js'
import { attachNodeTarget, type NodeTarget } from '../profiling/node-target.js'
import type { RuntimeSample } from '../profiling/runtime-sample.js'
import { describeProcess, isAlive, type ProcessDescription } from '../target/describe-process.js'
import { findListeners } from '../target/find-listener.js'
import { type ProcessWatch, processWatchUnavailable, type WatchedProcess } from '../target/process-watch.js'
import { startTarget, type TargetProcess } from '../target/start-target.js'
import type { Plan } from './plan.js'

const startTimeoutMs = 30_000
const runtimeEveryMs = 1_000

/** What the runtime of a Node target said about one stretch of time. */
export interface TimedRuntimeSample extends RuntimeSample {
  readonly fromUs: Microseconds
  readonly toUs: Microseconds
}

export interface TakenProfile {
  readonly analysis: ProfileAnalysis
  readonly files: readonly string[]
}

/** A process of the target that is watched. */
export interface ObservedProcess {
  readonly description: ProcessDescription
  readonly watched: WatchedProcess
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
  readonly runtime: TimedRuntimeSample[] = []
  /** Why there is no profile; null while there may be one. */
  profileNote: string | null = null
  profile: TakenProfile | null = null

  readonly #plan: Plan
  readonly #watch: ProcessWatch
  readonly #clock: () => Microseconds
  readonly #say: (line: string) => void
  #node: NodeTarget | null = null
  #profiling = false
  #timer: NodeJS.Timeout | null = null
  #sampledUs: Microseconds

  constructor(plan: Plan, watch: ProcessWatch, clock: () => Microseconds, say: (line: string) => void) {
    this.#plan = plan
    this.#watch = watch
    this.#clock = clock
    this.#say = say
    this.#sampledUs = clock()
  }

  /** True once a process that this run started or watched has ended. */
  get gone(): boolean {
    return this.started?.exit != null || this.vanished
  }

  get vanished(): boolean {
    return this.processes.length > 0 && this.processes.every(({ watched }) => watched.vanishedAtUs !== null)
  }

  get canProfile(): boolean {
    return this.#node !== null
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

  /** Finds the processes to watch, and attaches to a Node process that this run started. */
  async observe(address: TargetAddress): Promise<void> {
    const { observe } = this.#plan
    if (observe === 'none') {
      this.profileNote = 'the target is not observed (--observe none)'
      return
    }
    if (typeof observe === 'number' && !isAlive(observe)) {
      throw new PlimsollError('USAGE', `There is no process ${observe} to observe.`, {
        hint: 'Give --observe the id of a running process, or leave it out to find the listener of the port.',
      })
    }
    if (processWatchUnavailable) this.#say(processWatchUnavailable)
    const pids = typeof observe === 'number' ? [observe] : address.loopback ? findListeners(address.port) : []
    this.processes = pids.map((pid) => ({
      description: describeProcess(pid),
      watched: this.#watch.watch(pid),
    }))
    await this.#attach(address)
  }

  /** Starts the profiler once, in the warm-up: its first start stalls the target for some 10 ms. */
  async prime(): Promise<void> {
    await this.#attempt((node) => node.prime())
  }

  async startProfile(): Promise<void> {
    await this.#attempt(async (node) => {
      await this.#sampleRuntime()
      this.#profiling = true
      await node.startProfile()
    })
  }

  /** Ends the profile, keeps it under `folder`, and analyses it. */
  async stopProfile(folder: string): Promise<void> {
    if (!this.#profiling) return
    await this.#attempt(async (node) => {
      const threads = await node.stopProfile()
      this.#profiling = false
      const analysis = analyzeProfiles(threads)
      const files = nodeProfileFiles('cpu', threads, analysis.flame)
      for (const { name, content } of files) await writeFile(join(folder, name), content)
      this.profile = { analysis, files: files.map(({ name }) => name) }
    })
    this.#profiling = false
  }

  /** Leaves the target as it was, and ends it if this run started it. */
  async end(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    await this.#node?.detach()
    this.#node = null
    await this.started?.stop()
  }

  get #mayAttach(): boolean {
    return this.#plan.observe === 'auto' && this.#plan.profile !== 'none'
  }

  async #attach(address: TargetAddress): Promise<void> {
    const process = this.processes.find(({ description }) => description.kind === 'node')
    if (this.#plan.profile === 'none') this.profileNote = 'profiling is switched off (--profile none)'
    else if (!this.started)
      this.profileNote = 'Plimsoll profiles a Node target that it starts itself: give its command after --'
    else if (!process) this.profileNote = 'the process that listens is not Node'
    else if (!this.#mayAttach) this.profileNote = 'attaching is switched off (--observe)'
    if (this.profileNote !== null || !process) return
    try {
      this.#node = await attachNodeTarget(process.description.pid, { exceptPorts: [address.port] })
    } catch (error) {
      this.profileNote = (error as Error).message
      return
    }
    this.#say(`Attached to the inspector of process ${process.description.pid}`)
    this.#sampledUs = this.#clock()
    this.#timer = setInterval(() => void this.#sampleRuntime(), runtimeEveryMs)
  }

  async #sampleRuntime(): Promise<void> {
    if (this.#profiling) return
    await this.#attempt(async (node) => {
      const sample = await node.sampleRuntime()
      if (!sample) return
      const now = this.#clock()
      this.runtime.push({ ...sample, fromUs: this.#sampledUs, toUs: now })
      this.#sampledUs = now
    })
  }

  /** Looking into the target may fail at any time, and ends no run: the report then says why. */
  async #attempt(look: (node: NodeTarget) => Promise<void>): Promise<void> {
    if (!this.#node) return
    try {
      await look(this.#node)
    } catch (error) {
      if (this.profile === null) this.profileNote ??= (error as Error).message
      if (this.#timer) clearInterval(this.#timer)
      const node = this.#node
      this.#node = null
      await node.detach()
    }
  }
}
