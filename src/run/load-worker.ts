import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { type Clock, monotonicUs } from '../kernel/clock.js'
import { ClosedLoop } from '../load/closed-loop.js'
import { Engine } from '../load/engine.js'
import { OpenLoop } from '../load/open-loop.js'
import { Pacer, shortestSleep } from '../load/pacer.js'
import { PreciseSleep } from '../load/precise-sleep.js'
import { RateShape } from '../load/rate-shape.js'
import { Schedule } from '../load/schedule.js'
import type { Share } from '../load/share.js'
import { SpinBudget } from '../load/spin-budget.js'
import type { Windows } from '../load/windows.js'
import { Recorder } from '../measurement/recorder.js'
import { loadDriver } from '../protocols/registry.js'
import { createPayload, type PayloadWriter } from '../scenario/payload.js'
import type { PayloadFunction, ReplyFunction, Scenario } from '../scenario/scenario.js'
import type { Plan } from './plan.js'
import { replyRule } from './reply-rule.js'
import type { FromWorker, ToWorker, WorkerStatus } from './worker-messages.js'

const tickMs = 10
const flushMs = 500
/** After the last reply, pushes are watched for so long: under fifo they are unmatched. */
const quietUs = 200_000
/** A target that never falls silent is not waited for. */
const longestQuietUs = 1_000_000
const unknownWindows: Windows = {
  measureFromUs: Number.POSITIVE_INFINITY,
  measureToUs: Number.POSITIVE_INFINITY,
  endUs: Number.POSITIVE_INFINITY,
}

interface Parts {
  readonly plan: Plan
  readonly share: Share
  readonly engine: Engine
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
  #open: { loop: OpenLoop; schedule: Schedule; pacer: Pacer } | null = null
  #closed: ClosedLoop | null = null
  #sleep: PreciseSleep | null = null
  #deadlineUs = Number.POSITIVE_INFINITY
  #emptySinceUs = Number.NaN
  #timers: NodeJS.Timeout[] = []
  #finished = false
  #interrupted = false

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
        this.#parts!.engine.connect()
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
    const payload = payloadOf(plan, scenario)
    const idOf =
      typeof scenario?.traffic?.reply === 'function' ? (scenario.traffic.reply as ReplyFunction) : null
    const recorder = new Recorder(unknownWindows, plan.timeoutMs * 1_000, plan.seed + share.worker)
    const createDriver = await loadDriver(plan.protocol)
    const budget = new SpinBudget(spinShare, this.#clock())
    const engine = new Engine(
      {
        share,
        reply: replyRule(plan.reply, payload, idOf),
        timeoutUs: plan.timeoutMs * 1_000,
        maxOutstanding: Math.max(1, Math.floor(plan.maxOutstanding / share.workers)),
        reconnect: plan.reconnect,
        connectRate: plan.connectRate / share.workers,
      },
      (connections, sink) =>
        createDriver(
          {
            url: new URL(plan.target),
            headers: plan.headers,
            method: plan.method,
            subprotocols: plan.subprotocols,
            connectTimeoutMs: plan.timeoutMs,
            maxMessageBytes: plan.maxMessageBytes,
            maxHeaderBytes: 65_536,
            localAddresses: [],
          },
          connections,
          payload,
          sink,
        ),
      recorder,
      this.#clock,
      () => {
        this.#flush()
        this.#send({ kind: 'connected' })
      },
    )
    this.#parts = { plan, share, engine, recorder, budget }
    this.#delay.enable()
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#gcMs += entry.duration
    }).observe({ entryTypes: ['gc'] })
  }

  #start(originUs: number, windows: Windows): void {
    const { plan, share, engine, budget } = this.#parts!
    this.#originUs = originUs
    if (plan.rate === null) {
      this.#closed = new ClosedLoop(engine, share, windows.endUs, (turn) => void setImmediate(turn))
    } else {
      const shapeStart = Number.isFinite(windows.measureFromUs)
        ? windows.measureFromUs / 1e6
        : Number.POSITIVE_INFINITY
      const schedule = new Schedule(new RateShape(plan.rate), share, plan.arrival, plan.seed, shapeStart)
      const loop = new OpenLoop(engine, schedule, originUs, windows)
      const sleep = new PreciseSleep()
      this.#sleep = sleep
      const world = {
        now: this.#clock,
        soon: (turn: () => void): void => void setImmediate(turn),
        sleepUntil: (deadlineUs: number, turn: () => void): void => sleep.until(deadlineUs, turn),
      }
      this.#open = {
        loop,
        schedule,
        pacer: new Pacer(
          loop,
          world,
          budget,
          plan.pacing === 'sleep' ? shortestSleep.frugalUs : shortestSleep.preciseUs,
        ),
      }
    }
    this.#setWindows(windows)
    const model = this.#closed ?? this.#open!.loop
    const untilOriginMs = (originUs - this.#clock()) / 1_000
    // The pacer of the open model waits for the origin by itself.
    if (this.#open || untilOriginMs <= 0) engine.start(originUs, model)
    else this.#timers.push(setTimeout(() => engine.start(originUs, model), untilOriginMs))
  }

  #setWindows(windows: Windows): void {
    const { plan, recorder } = this.#parts!
    const shapeAnnounced =
      !Number.isFinite(this.#windows.measureFromUs) && Number.isFinite(windows.measureFromUs)
    this.#windows = windows
    recorder.windows = windows
    this.#deadlineUs = windows.endUs + plan.timeoutMs * 1_000 + 5e6
    if (this.#closed) this.#closed.endUs = windows.endUs
    if (!this.#open) return
    this.#open.loop.windows = windows
    if (shapeAnnounced) this.#open.schedule.beginShapeAt(windows.measureFromUs / 1e6)
    this.#open.pacer.start()
  }

  #interrupt(graceUs: number): void {
    const now = this.#clock() - this.#originUs
    this.#interrupted = true
    this.#deadlineUs = now + graceUs
    if (this.#originUs === 0) {
      this.#finish()
      return
    }
    if (now < this.#windows.endUs) {
      this.#setWindows({
        measureFromUs: Math.min(this.#windows.measureFromUs, now),
        measureToUs: Math.min(this.#windows.measureToUs, now),
        endUs: now,
      })
      this.#deadlineUs = now + graceUs
    }
  }

  #tick(): void {
    const { engine } = this.#parts!
    engine.tick()
    const now = engine.nowUs()
    if (this.#finished || now < this.#windows.endUs) return
    const handedOn = this.#open?.loop.finished ?? true
    if ((handedOn && this.#isDrained(now)) || now >= this.#deadlineUs) this.#finish()
  }

  #isDrained(now: number): boolean {
    const { engine, plan } = this.#parts!
    const neededUs = plan.protocol === 'http1' || plan.reply === 'none' ? 0 : quietUs
    if (engine.outstanding > 0) {
      this.#emptySinceUs = Number.NaN
      return engine.isDrained(neededUs)
    }
    if (Number.isNaN(this.#emptySinceUs)) this.#emptySinceUs = now
    return engine.isDrained(neededUs) || now - this.#emptySinceUs >= longestQuietUs
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#open?.pacer.stop()
    this.#parts!.engine.finish(this.#interrupted ? 'interrupted' : 'timeout')
    this.#flush()
    this.#send({ kind: 'drained' })
  }

  #flush(): void {
    this.#send({ kind: 'delta', delta: this.#parts!.recorder.take(), status: this.#status() })
  }

  #status(): WorkerStatus {
    const { engine, budget } = this.#parts!
    const status = {
      openConnections: engine.openConnections,
      outstanding: engine.outstanding,
      replyRule: engine.replyRule,
      replyRuleChanged: engine.replyRuleChanged,
      replyFunctionFailure: engine.replyFunctionFailure,
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
    await this.#sleep?.stop()
  }
}

async function importScenario(modulePath: string): Promise<Scenario> {
  return ((await import(pathToFileURL(modulePath).href)) as { default: Scenario }).default
}

function payloadOf(plan: Plan, scenario: Scenario | null): PayloadWriter {
  const wallClockMs = (): number => Math.round(performance.timeOrigin + performance.now())
  switch (plan.payload.kind) {
    case 'script':
      return createPayload(scenario!.traffic!.payload as PayloadFunction, plan.seed, wallClockMs)
    case 'text':
      return createPayload(plan.payload.text, plan.seed, wallClockMs)
    case 'bytes':
      return createPayload(Buffer.from(plan.payload.base64, 'base64'), plan.seed, wallClockMs)
    default:
      return createPayload(undefined, plan.seed, wallClockMs)
  }
}
