import type { Microseconds } from '../kernel/units.js'
import { analyzeProfiles } from '../profiling/analyze-profile.js'
import { nodeProfileFiles } from '../profiling/formats.js'
import { attachNodeTarget, type NodeTarget } from '../profiling/node-target.js'
import type { ProfileResult, Profiler } from '../profiling/profiler.js'
import type { RuntimeSample } from '../profiling/runtime-sample.js'
import type { ThreadProfile } from '../profiling/thread-profile.js'
import { describeRefusal } from './describe-refusal.js'

const sampleEveryMs = 1_000

/** What the runtime of a Node process said about one stretch of time. */
export interface TimedRuntimeSample extends RuntimeSample {
  readonly pid: number
  readonly fromUs: Microseconds
  readonly toUs: Microseconds
}

interface Watched {
  readonly target: NodeTarget
  sampledUs: Microseconds
  profiles: readonly ThreadProfile[]
}

/** Looks into the Node processes of a target: their runtime every second, and CPU profiles of all their threads. */
export class NodeObserver implements Profiler {
  readonly how = 'inspector'
  readonly runtime: TimedRuntimeSample[] = []
  /** What could not be looked into, in words. */
  readonly problems: string[] = []
  readonly #clock: () => Microseconds
  #watched: Watched[] = []
  #timer: NodeJS.Timeout | null = null
  #profiling = false
  #watching = false

  constructor(clock: () => Microseconds) {
    this.#clock = clock
  }

  get pids(): number[] {
    return this.#watched.map(({ target }) => target.pid)
  }

  /**
   * Attaches to all that can be attached to; the others become problems.
   * @throws PlimsollError ATTACH_FAILED where there is none
   */
  async attach(pids: readonly number[], exceptPorts: readonly number[]): Promise<void> {
    let failure: unknown
    for (const pid of pids) {
      try {
        const target = await attachNodeTarget(pid, { exceptPorts, move: pids.length > 1 })
        this.#watched.push({ target, sampledUs: this.#clock(), profiles: [] })
      } catch (error) {
        failure = error
        this.problems.push(describeRefusal(error))
      }
    }
    if (this.#watched.length === 0) throw failure
    this.#watchOn()
  }

  async prime(): Promise<void> {
    await this.#each((watched) => watched.target.prime())
  }

  async start(): Promise<void> {
    if (this.#watching) await this.#sampleAll()
    this.#profiling = true
    await this.#each((watched) => watched.target.startProfile())
  }

  async stop(): Promise<void> {
    if (!this.#profiling) return
    await this.#each(async (watched) => {
      watched.profiles = await watched.target.stopProfile()
      watched.sampledUs = this.#clock()
    })
    this.#profiling = false
  }

  async result(): Promise<ProfileResult> {
    const threads: ThreadProfile[] = []
    await this.#each(async ({ target, profiles }) => {
      threads.push(...(await target.withScripts(profiles)))
    })
    const analysis = analyzeProfiles(threads)
    return {
      analysis: { ...analysis, problems: [...this.problems, ...analysis.problems] },
      files: nodeProfileFiles('cpu', threads, analysis.flame),
    }
  }

  /** Takes all but the inspector's connection out of the processes, or puts it back. */
  async watchRuntime(on: boolean): Promise<void> {
    if (on === this.#watching) return
    if (on) {
      await this.#each(async (watched) => {
        await watched.target.resumeObserver()
        watched.sampledUs = this.#clock()
      })
      this.#watchOn()
    } else {
      this.#watchOff()
      await this.#each((watched) => watched.target.pauseObserver())
    }
  }

  async detach(): Promise<void> {
    this.#watchOff()
    await Promise.all(this.#watched.map(({ target }) => target.detach()))
    this.#watched = []
  }

  #watchOn(): void {
    this.#watching = true
    this.#timer = setInterval(() => void this.#sampleAll().catch(() => {}), sampleEveryMs)
  }

  #watchOff(): void {
    this.#watching = false
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  async #sampleAll(): Promise<void> {
    if (this.#profiling) return
    await this.#each(async (watched) => {
      const fromUs = watched.sampledUs
      const sample = await watched.target.sampleRuntime()
      const toUs = this.#clock()
      watched.sampledUs = toUs
      if (sample) this.runtime.push({ ...sample, pid: watched.target.pid, fromUs, toUs })
    })
  }

  /** One process that fails is left alone from then on; the last one's failure is the observer's. */
  async #each(look: (watched: Watched) => Promise<void>): Promise<void> {
    const failures = await Promise.all(
      this.#watched.map(async (watched) => {
        try {
          await look(watched)
          return null
        } catch (error) {
          return { watched, error }
        }
      }),
    )
    for (const failure of failures) {
      if (failure === null) continue
      this.problems.push(describeRefusal(failure.error))
      this.#watched = this.#watched.filter((watched) => watched !== failure.watched)
      await failure.watched.target.detach()
    }
    const last = failures.findLast((failure) => failure !== null)
    if (last && this.#watched.length === 0) throw last.error
  }
}
