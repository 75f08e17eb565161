import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { type Clock, monotonicUs } from '../kernel/clock.js'
import type { Share } from '../load/share.js'
import { SpinBudget } from '../load/spin-budget.js'
import { cutWindows, type Windows } from '../load/windows.js'
import { Recorder } from '../measurement/recorder.js'
import { beginFeeders } from '../scenario/feeder-registry.js'
import type { Scenario } from '../scenario/scenario.js'
import type { Plan } from './plan.js'
import { SessionsLoad } from './sessions-load.js'
import { readTls } from './tls-plan.js'
import { TrafficLoad } from './traffic-load.js'
import type { WorkerLoad } from './worker-load.js'
import type { FromWorker, ToWorker, WorkerStatus } from './worker-messages.js'

const tickMs = 10
const flushMs = 500
const unknownWindows: Windows = {
  measureFromUs: Number.POSITIVE_INFINITY,
  measureToUs: Number.POSITIVE_INFINITY,
  endUs: Number.POSITIVE_INFINITY,
}

interface Parts {
  readonly plan: Plan
  readonly load: WorkerLoad
  readonly recorder: Recorder
  readonly budget: SpinBudget
}

/** One worker process: takes its share of the load by arithmetic, drives it, and sends histogram deltas. */
export class LoadWorker {
  readonly #send: (message: FromWorker) => void
  readonly #clock: Clock
  readonly #delay = monitorEventLoopDelay({ resolution: 20 })
  #gcMs = 0
  #parts: Parts | null = null
  #windows = unknownWindows
  #originUs = 0
  #deadlineUs = Number.POSITIVE_INFINITY
  #timers: NodeJS.Timeout[] = []
  #finished = false
  #interrupted = false
  #exhausted = false

  constructor(send: (message: FromWorker) => void, clock: Clock = monotonicUs) {
    this.#send = send
    this.#clock = clock
  }

  async handle(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case 'prepare':
        await this.#prepare(message.plan, message.share, message.spinShare)
        this.#send({ kind: 'prepared' })
        break
      case 'connect':
        this.#timers.push(
          setInterval(() => this.#tick(), tickMs),
          setInterval(() => this.#flush(), flushMs),
        )
        this.#parts!.load.connect()
        break
      case 'start':
        this.#start(message.originUs, message.windows)
        break
      case 'windows':
        this.#setWindows(message.windows)
        break
      case 'interrupt':
        this.#interrupt(message.graceUs)
        break
      case 'exit':
        await this.#exit()
    }
  }

  async #prepare(plan: Plan, share: Share, spinShare: number): Promise<void> {
    const scenario = plan.scenarioModule ? await importScenario(plan.scenarioModule) : null
    beginFeeders({ worker: share.worker, workers: share.workers, seed: plan.seed })
    const recorder = new Recorder(unknownWindows, plan.timeoutMs * 1_000, plan.seed + share.worker)
    const budget = new SpinBudget(spinShare, this.#clock())
    const connected = (): void => {
      this.#flush()
      this.#send({ kind: 'connected' })
    }
    const tls = plan.tls && (await readTls(plan.tls))
    const parts = { plan, tls, share, recorder, budget, clock: this.#clock, connected }
    const load =
      plan.sessions === null
        ? await TrafficLoad.create(parts, scenario)
        : await SessionsLoad.create(parts, scenario!)
    this.#parts = { plan, load, recorder, budget }
    this.#delay.enable()
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gcMs += entry.duration
    }).observe({ entryTypes: ['gc'] })
  }

  #nowUs(): number {
    return this.#originUs === 0 ? 0 : this.#clock() - this.#originUs
  }

  #start(originUs: number, windows: Windows): void {
    this.#originUs = originUs
    this.#keepWindows(windows)
    this.#parts!.load.start(originUs, windows)
  }

  #setWindows(windows: Windows): void {
    const justAnnounced =
      !Number.isFinite(this.#windows.measureFromUs) && Number.isFinite(windows.measureFromUs)
    this.#keepWindows(windows)
    this.#parts!.load.setWindows(windows, justAnnounced)
  }

  #keepWindows(windows: Windows): void {
    const { plan, recorder } = this.#parts!
    this.#windows = windows
    recorder.windows = windows
    this.#deadlineUs = windows.endUs + plan.timeoutMs * 1_000 + 5e6
  }

  #interrupt(graceUs: number): void {
    const now = this.#nowUs()
    this.#interrupted = true
    this.#deadlineUs = now + graceUs
    if (this.#originUs === 0) {
      this.#finish()
      return
    }
    if (now < this.#windows.endUs) {
      this.#setWindows(cutWindows(this.#windows, now))
      this.#deadlineUs = now + graceUs
    }
  }

  #tick(): void {
    const { load } = this.#parts!
    load.tick()
    if (load.exhausted && !this.#exhausted) {
      this.#exhausted = true
      this.#send({ kind: 'exhausted' })
    }
    const now = this.#nowUs()
    if (this.#finished || now < this.#windows.endUs) return
    if (load.isDrained(now) || now >= this.#deadlineUs) this.#finish()
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#parts!.load.finish(this.#interrupted ? 'interrupted' : 'timeout')
    this.#flush()
    this.#send({ kind: 'drained' })
  }

  #flush(): void {
    this.#send({ kind: 'delta', delta: this.#parts!.recorder.take(), status: this.#status() })
  }

  #status(): WorkerStatus {
    const { load, budget } = this.#parts!
    const status = {
      openConnections: load.openConnections,
      outstanding: load.outstanding,
      replyRule: load.replyRule,
      replyRuleChanged: load.replyRuleChanged,
      replyFunctionFailure: load.replyFunctionFailure,
      eventLoopDelayP99Us: Math.max(0, this.#delay.percentile(99) / 1_000 - 20_000),
      gcMs: this.#gcMs,
      spinMs: budget.spentUs / 1_000,
    }
    this.#delay.reset()
    return status
  }

  async #exit(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    await this.#parts?.load.stop()
  }
}

async function importScenario(modulePath: string): Promise<Scenario> {
  return ((await import(pathToFileURL(modulePath).href)) as { default: Scenario }).default
}
