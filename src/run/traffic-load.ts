import { ClosedLoop } from '../load/closed-loop.js'
import { Engine } from '../load/engine.js'
import { OpenLoop } from '../load/open-loop.js'
import type { Pacer } from '../load/pacer.js'
import type { PreciseSleep } from '../load/precise-sleep.js'
import { RateShape } from '../load/rate-shape.js'
import { Schedule } from '../load/schedule.js'
import type { Windows } from '../load/windows.js'
import { loadDriver } from '../protocols/registry.js'
import { createPayload, type PayloadWriter } from '../scenario/payload.js'
import type { PayloadFunction, ReplyFunction, Scenario } from '../scenario/scenario.js'
import { createPacer } from './pacer-world.js'
import type { Plan } from './plan.js'
import { replyRule } from './reply-rule.js'
import type { WorkerLoad, WorkerLoadParts } from './worker-load.js'

/** After the last reply, pushes are watched for so long: under fifo they are unmatched. */
const quietUs = 200_000
/** A target that never falls silent is not waited for. */
const longestQuietUs = 1_000_000

/** Declarative traffic: one kind of message on connections that stay open. */
export class TrafficLoad implements WorkerLoad {
  readonly exhausted = false
  readonly #parts: WorkerLoadParts
  readonly #engine: Engine
  #open: { loop: OpenLoop; schedule: Schedule; pacer: Pacer } | null = null
  #closed: ClosedLoop | null = null
  #sleep: PreciseSleep | null = null
  #starting: NodeJS.Timeout | null = null
  #emptySinceUs = Number.NaN

  private constructor(parts: WorkerLoadParts, engine: Engine) {
    this.#parts = parts
    this.#engine = engine
  }

  static async create(parts: WorkerLoadParts, scenario: Scenario | null): Promise<TrafficLoad> {
    const { plan, tls, share, recorder, clock, connected } = parts
    const payload = payloadOf(plan, scenario)
    const idOf =
      typeof scenario?.traffic?.reply === 'function' ? (scenario.traffic.reply as ReplyFunction) : null
    const createDriver = await loadDriver(plan.protocol)
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
            compression: plan.compression,
            connectTimeoutMs: plan.timeoutMs,
            maxMessageBytes: plan.maxMessageBytes,
            maxHeaderBytes: 65_536,
            localAddresses: [],
            pipelining: plan.pipelining,
            bodyFile: plan.payload.kind === 'file' ? plan.payload.path : null,
            tls,
          },
          connections,
          payload,
          sink,
        ),
      recorder,
      clock,
      connected,
    )
    return new TrafficLoad(parts, engine)
  }

  get openConnections(): number {
    return this.#engine.openConnections
  }

  get outstanding(): number {
    return this.#engine.outstanding
  }

  get replyRule(): string {
    return this.#engine.replyRule
  }

  get replyRuleChanged(): boolean {
    return this.#engine.replyRuleChanged
  }

  get replyFunctionFailure(): string | null {
    return this.#engine.replyFunctionFailure
  }

  connect(): void {
    this.#engine.connect()
  }

  start(originUs: number, windows: Windows): void {
    const { plan, share, budget, clock } = this.#parts
    if (plan.rate === null) {
      this.#closed = new ClosedLoop(this.#engine, share, windows.endUs, (turn) => void setImmediate(turn))
    } else {
      const shapeStart = Number.isFinite(windows.measureFromUs)
        ? windows.measureFromUs / 1e6
        : Number.POSITIVE_INFINITY
      const schedule = new Schedule(new RateShape(plan.rate), share, plan.arrival, plan.seed, shapeStart)
      const loop = new OpenLoop(this.#engine, schedule, originUs, windows)
      const { pacer, sleep } = createPacer(loop, plan, budget, clock)
      this.#sleep = sleep
      this.#open = { loop, schedule, pacer }
    }
    this.setWindows(windows, false)
    const model = this.#closed ?? this.#open!.loop
    const untilOriginMs = (originUs - clock()) / 1_000
    // The pacer of the open model waits for the origin by itself.
    if (this.#open || untilOriginMs <= 0) this.#engine.start(originUs, model)
    else this.#starting = setTimeout(() => this.#engine.start(originUs, model), untilOriginMs)
  }

  setWindows(windows: Windows, justAnnounced: boolean): void {
    if (this.#closed) this.#closed.endUs = windows.endUs
    if (!this.#open) return
    this.#open.loop.windows = windows
    if (justAnnounced) this.#open.schedule.beginShapeAt(windows.measureFromUs / 1e6)
    this.#open.pacer.start()
  }

  tick(): void {
    this.#engine.tick()
  }

  isDrained(nowUs: number): boolean {
    if (this.#open && !this.#open.loop.finished) return false
    const { plan } = this.#parts
    const neededUs = plan.protocol === 'http1' || plan.reply === 'none' ? 0 : quietUs
    if (this.#engine.outstanding > 0) {
      this.#emptySinceUs = Number.NaN
      return this.#engine.isDrained(neededUs)
    }
    if (Number.isNaN(this.#emptySinceUs)) this.#emptySinceUs = nowUs
    return this.#engine.isDrained(neededUs) || nowUs - this.#emptySinceUs >= longestQuietUs
  }

  finish(kind: 'timeout' | 'interrupted'): void {
    this.#open?.pacer.stop()
    this.#engine.finish(kind)
  }

  async stop(): Promise<void> {
    if (this.#starting) clearTimeout(this.#starting)
    await this.#sleep?.stop()
  }
}

export function payloadOf(plan: Plan, scenario: Scenario | null): PayloadWriter {
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
