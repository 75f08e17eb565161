import { setTimeout as delay } from 'node:timers/promises'
import type { Objective } from '../analysis/objectives.js'
import { monotonicUs } from '../kernel/clock.js'
import type { Microseconds } from '../kernel/units.js'
import type { World } from '../kernel/world.js'
import { RateShape } from '../load/rate-shape.js'
import { type NoiseFloor, startNoiseFloor } from '../measurement/noise-floor.js'
import { Timeline } from '../measurement/timeline.js'
import { defaultPort } from '../protocols/registry.js'
import { ProcessWatch } from '../target/process-watch.js'
import { assembleRun } from './assemble-run.js'
import type { RunOutcome, RunTerminal } from './conduct-run.js'
import { describeLoad } from './describe-load.js'
import type { Evidence } from './evidence.js'
import { findCut } from './find-cut.js'
import { findLostObjective } from './find-lost-objective.js'
import type { TargetHost } from './host-guard.js'
import { LatencyLogs } from './latency-logs.js'
import { LoadSession, unknownWindows } from './load-session.js'
import { observerSteps } from './observer-steps.js'
import { type Plan, profiledSecondsOf, syscallSecondsOf } from './plan.js'
import { ProfileWindows } from './profile-windows.js'
import { connectingSnapshot, ProgressMeter } from './progress-snapshot.js'
import type { RunFolder } from './run-folder.js'
import { allowedCpus, spinShare } from './spin-share.js'
import { TargetSession } from './target-session.js'
import { timelineLines, timelineSeconds } from './timeline-rows.js'
import { WorkerPool } from './worker-pool.js'
import { writeResults } from './write-results.js'

const stepMs = 100
const progressEverySteps = 5
const saveEverySteps = 30
/** After the end of an interval and the timeout, deltas may take so long to get here. */
const deltaDelayUs = 2e6
/** The progress looks back so far; intervals stay open for it. */
const shownUs = 4e6
/** After Ctrl-C, open messages get so long. */
const interruptGraceUs = 500_000
/** Workers end by themselves 5 s after the timeout of the last messages; one that does not is given up. */
const silentGraceUs = 5e6
/** While connections open, a worker that says nothing for so long is given up. */
const longestSilenceMs = 10_000
const stoppedAnswering = 'SIGKILL, after it had stopped answering'
/** After a target that we started has ended, the load goes on for so long. */
const goneGraceUs = 2e6

export interface ConductorParts {
  readonly plan: Plan
  readonly objectives: readonly Objective[]
  readonly host: TargetHost
  readonly startedAt: Date
  readonly folder: RunFolder
  readonly world: World
  readonly terminal: RunTerminal
}

/** Leads one run through its stages: target up, workers connected, load, windows, drain, results. */
export class Conductor {
  readonly #parts: ConductorParts
  readonly #watch = new ProcessWatch()
  readonly #target: TargetSession
  readonly #timeline: Timeline
  readonly #logs: LatencyLogs
  readonly #pool: WorkerPool
  #session: LoadSession | null = null
  #meter: ProgressMeter | null = null
  #floor: NoiseFloor | null = null
  #established: boolean | null = null
  #aborted: string | null = null
  #interrupted = false
  #targetGone = false
  #exhausted = false
  #profiles: ProfileWindows | null = null
  #spinShare = 0
  #eventLoopDelayP99Us = 0
  #appendedRows = 0
  #originWall: Date | null = null

  constructor(parts: ConductorParts) {
    this.#parts = parts
    const { plan, folder } = parts
    this.#target = new TargetSession(plan, this.#watch, monotonicUs, (line) => parts.terminal.say(line))
    this.#logs = new LatencyLogs(folder, plan.workers)
    this.#timeline = new Timeline(
      unknownWindows,
      Math.max(plan.timeoutMs * 1_000 + deltaDelayUs, shownUs),
      (row, histograms) => this.#logs.write(row, histograms),
    )
    this.#pool = new WorkerPool((worker, delta) => {
      this.#logs.add(worker, delta)
      this.#timeline.add(delta)
    })
  }

  async conduct(signal: AbortSignal): Promise<RunOutcome> {
    await this.#prepare(signal)
    if (!signal.aborted && this.#canLoad()) await this.#load(signal)
    this.#interrupted = signal.aborted
    await this.#finishProfile()
    this.#timeline.fold(Number.POSITIVE_INFINITY)
    const outcome = await writeResults(this.#parts, this.#evidence())
    this.#parts.terminal.progressDone()
    return outcome
  }

  /** Ends everything that this run started. */
  async end(): Promise<void> {
    this.#watch.stop()
    await Promise.all([this.#pool.stop(), this.#floor?.stop(), this.#target.end()])
    await this.#parts.folder.settled()
  }

  /** The last resort: the process ends now. */
  kill(): void {
    this.#target.started?.kill()
  }

  async #prepare(signal: AbortSignal): Promise<void> {
    const { plan, host, folder, world, terminal } = this.#parts
    const url = new URL(plan.target)
    const address = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: defaultPort(url),
      loopback: host.loopback,
    }
    await this.#target.start(address, folder.file('target.log'), signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (signal.aborted) return
    await this.#target.observe(address)
    this.#spinShare = spinShare({
      pacing: plan.pacing,
      workers: plan.workers,
      own: allowedCpus('self') ?? world.cores,
      target: this.#targetCpus(),
      targetIsLocal: host.loopback,
    })
    const [floor] = await Promise.all([
      startNoiseFloor().catch(() => null),
      this.#pool.prepare(plan, this.#spinShare),
    ])
    this.#floor = floor
    for (const { pid } of this.#pool.workers) this.#watch.watch(pid)
    this.#watch.start()
    terminal.say(describeLoad(plan, this.#spinShare))
    this.#pool.broadcast({ kind: 'connect' })
    const sinceUs = monotonicUs()
    const timer = setInterval(() => {
      terminal.progress(connectingSnapshot(plan, this.#pool, this.#timeline, sinceUs))
      this.#pool.killSilentFor(longestSilenceMs, stoppedAnswering)
    }, stepMs * progressEverySteps)
    await Promise.race([this.#pool.reach('connected'), aborted(signal)]).finally(() => clearInterval(timer))
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { plan, world } = this.#parts
    const profiled = plan.profile === 'after' && this.#target.canProfile
    const steps = observerSteps(
      profiled ? profiledSecondsOf(plan.measuredSeconds) : 0,
      plan.syscalls && this.#target.processes.length > 0 ? syscallSecondsOf(plan.measuredSeconds) : 0,
    )
    const session = new LoadSession(plan, this.#pool, this.#timeline, steps)
    this.#session = session
    this.#profiles = new ProfileWindows({
      plan,
      target: this.#target,
      session,
      steps,
      watchProc: (on) => (on ? this.#watch.resume() : this.#watch.pause()),
    })
    const targets = () => this.#target.processes.map(({ watched }) => watched)
    this.#meter = new ProgressMeter(plan, session, this.#pool, targets)
    const primeInWarmup = plan.warmup.method === 'fixed' && plan.warmup.seconds >= 2
    if (this.#target.canProfile && !primeInWarmup) await this.#target.prime()
    session.start()
    this.#watch.alignTo(session.originUs as Microseconds)
    this.#originWall = new Date(world.now().getTime() - session.nowUs() / 1_000)
    this.#logs.begin(this.#originWall.getTime(), world.version)
    if (this.#target.canProfile && primeInWarmup) void delay(500).then(() => this.#target.prime())
    for (let step = 1; !this.#pool.hasReached('drained'); step++) {
      await Promise.race([delay(stepMs), this.#pool.reach('drained').catch(() => {})])
      if (this.#pool.failure) throw this.#pool.failure
      if (signal.aborted && !this.#interrupted) {
        this.#interrupted = true
        session.interrupt(interruptGraceUs)
      }
      this.#step(session, step)
      this.#endSilentWorkers(session)
      if (this.#pool.lost === plan.workers) return
      if (!this.#exhausted && this.#pool.hasReached('exhausted')) {
        this.#exhausted = true
        session.endEarly(0)
      }
    }
  }

  /** A worker that was stopped for good would have everything wait for it. */
  #endSilentWorkers(session: LoadSession): void {
    const waitUs = this.#interrupted ? silentGraceUs : this.#parts.plan.timeoutMs * 1_000 + 2 * silentGraceUs
    if (session.nowUs() < session.windows.endUs + waitUs) return
    this.#pool.killUnlessReached('drained', stoppedAnswering)
  }

  #step(session: LoadSession, step: number): void {
    const { terminal, folder } = this.#parts
    const now = session.nowUs()
    if (!Number.isFinite(session.windows.measureFromUs)) this.#lookForSteadyState(session)
    this.#profiles?.tend(now)
    this.#noteHealth(session, now)
    if (step % progressEverySteps !== 0) return
    this.#abortIfLost(session, now)
    this.#endIfTargetGone(session)
    if (this.#meter) terminal.progress(this.#meter.snapshot())
    if (step % saveEverySteps !== 0) return
    this.#timeline.fold(now)
    this.#appendRows()
    if (Number.isFinite(session.windows.measureFromUs) && now > session.windows.measureFromUs) {
      folder.replace('run.json', `${JSON.stringify(assembleRun(this.#evidence(true)), null, 2)}\n`)
    }
  }

  #lookForSteadyState(session: LoadSession): void {
    const { plan, terminal } = this.#parts
    if (plan.warmup.method !== 'auto' || this.#interrupted) return
    const constant = plan.rate === null || new RateShape(plan.rate).isConstant
    const found = findCut(this.#timeline.rows(), session.nowUs(), plan.warmup.capSeconds)
    if (found === null) return
    this.#established = found.established
    session.measureFrom(found.seconds, constant)
    const from = session.windows.measureFromUs / 1e6
    terminal.say(
      found.established
        ? `Steady since ${from} s: measuring from there`
        : `No steady state within ${plan.warmup.capSeconds} s: measuring anyway`,
    )
  }

  /** When the load is over, what was recorded is evaluated. */
  async #finishProfile(): Promise<void> {
    await this.#profiles?.finish()
    await this.#target.completeProfile(this.#parts.folder.file('profiles'))
  }

  #noteHealth(session: LoadSession, now: number): void {
    const { measureFromUs, measureToUs } = session.windows
    if (now < measureFromUs || now > measureToUs) return
    for (const { status } of this.#pool.workers) {
      if (status) this.#eventLoopDelayP99Us = Math.max(this.#eventLoopDelayP99Us, status.eventLoopDelayP99Us)
    }
  }

  #abortIfLost(session: LoadSession, now: number): void {
    const { plan, objectives, terminal } = this.#parts
    const { measureFromUs, measureToUs } = session.windows
    if (this.#aborted || now < measureFromUs || now > measureToUs) return
    const lost = findLostObjective(plan, objectives, this.#timeline)
    if (!lost) return
    this.#aborted = lost.expression
    terminal.say(`'${lost.expression}' is lost already: stopping`)
    session.endEarly(0)
  }

  #endIfTargetGone(session: LoadSession): void {
    if (this.#targetGone || !this.#target.gone) return
    this.#targetGone = true
    this.#parts.terminal.say('The target has ended')
    if (this.#target.started) session.endEarly(goneGraceUs)
  }

  /** Rows of the time line as they are so far; the file is written anew at the end, with late replies. */
  #appendRows(): void {
    const rows = this.#timeline.rows().slice(this.#appendedRows, -1)
    this.#appendedRows += rows.length
    if (rows.length > 0)
      this.#parts.folder.append('timeline.ndjson', timelineLines(timelineSeconds(rows, this.#evidence(true))))
  }

  #evidence(unfinished = false): Evidence {
    const { plan, objectives, startedAt, world } = this.#parts
    return {
      plan,
      objectives,
      startedAt,
      endedAt: world.now(),
      interrupted: unfinished || this.#interrupted,
      aborted: this.#aborted,
      originUs: this.#session?.originUs ?? Number.NaN,
      originWall: this.#originWall,
      timeline: this.#timeline,
      established: this.#established,
      pool: this.#pool,
      watch: this.#watch,
      floor: this.#floor,
      target: this.#target,
      targetGone: this.#target.gone,
      observerSteps: this.#profiles?.steps ?? [],
      stepReadings: this.#profiles?.readings ?? [],
      spinShare: this.#spinShare,
      eventLoopDelayP99Us: this.#eventLoopDelayP99Us,
      tool: { version: world.version, node: world.node, os: world.os, cpus: world.cores },
    }
  }

  /** Sessions open their connections themselves. */
  #canLoad(): boolean {
    const open = this.#pool.workers.some(({ status }) => (status?.openConnections ?? 0) > 0)
    return open || this.#parts.plan.sessions !== null
  }

  #targetCpus(): Set<number> | null {
    const pid = this.#target.processes[0]?.description.pid
    return pid === undefined ? null : allowedCpus(pid)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
