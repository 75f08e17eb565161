import type { Pacer } from '../load/pacer.js'
import type { PreciseSleep } from '../load/precise-sleep.js'
import { RateShape } from '../load/rate-shape.js'
import { Schedule } from '../load/schedule.js'
import { DueQueue } from '../load/session/due-queue.js'
import { Patience } from '../load/session/patience.js'
import { LoadEnded, type SessionContext } from '../load/session/session-context.js'
import { type Arrivals, SessionLoad } from '../load/session/session-load.js'
import { TurnCounter } from '../load/session/turn-counter.js'
import { UrlCache } from '../load/session/url-cache.js'
import { ownConnections, type Share } from '../load/share.js'
import type { Windows } from '../load/windows.js'
import { createSessionTransports } from '../protocols/session-transports.js'
import { MessageError } from '../scenario/message-error.js'
import type { Scenario } from '../scenario/scenario.js'
import { describeThrown } from './describe-thrown.js'
import { createPacer } from './pacer-world.js'
import type { WorkerLoad, WorkerLoadParts } from './worker-load.js'

/** What hangs in awaits of its own gets so long after the last reply. */
const settleUs = 300_000

/** Sessions: users that do what the scenario's function says. */
export class SessionsLoad implements WorkerLoad {
  readonly replyRule = 'session'
  readonly replyRuleChanged = false
  readonly replyFunctionFailure = null
  readonly #parts: WorkerLoadParts
  readonly #scenario: Scenario
  readonly #patience = new Patience()
  readonly #due: DueQueue
  readonly #turns = new TurnCounter((turn) => void setImmediate(turn))
  #originUs = Number.NaN
  #windows: Windows | null = null
  #running: { load: SessionLoad; schedule: Schedule | null; pacer: Pacer; sleep: PreciseSleep } | null = null
  #openConnections = 0
  #messages = 0
  #connections = 0
  #quietSinceUs = Number.NaN

  private constructor(parts: WorkerLoadParts, scenario: Scenario) {
    this.#parts = parts
    this.#scenario = scenario
    this.#due = new DueQueue(() => this.#running?.pacer.start())
    process.on('unhandledRejection', (reason) => this.#rejected(reason))
  }

  static async create(parts: WorkerLoadParts, scenario: Scenario): Promise<SessionsLoad> {
    return new SessionsLoad(parts, scenario)
  }

  get openConnections(): number {
    return this.#openConnections
  }

  get outstanding(): number {
    return this.#patience.size
  }

  get exhausted(): boolean {
    return this.#running?.load.exhausted ?? false
  }

  /** Sessions open their own. */
  connect(): void {
    this.#parts.connected()
  }

  start(originUs: number, windows: Windows): void {
    const { plan, share, budget, clock } = this.#parts
    this.#originUs = originUs
    this.#windows = windows
    this.#due.originUs = originUs
    const arrivals = this.#arrivals(windows)
    const load = new SessionLoad(
      {
        share,
        arrivals,
        session: this.#scenario.session!,
        maxSessions: Math.max(1, Math.floor(plan.maxOutstanding / share.workers)),
        describe: (error) => describeThrown(error),
      },
      this.#context(),
      windows.endUs,
    )
    const { pacer, sleep } = createPacer(this.#due, plan, budget, clock)
    this.#running = { load, schedule: arrivals.model === 'open' ? arrivals.schedule : null, pacer, sleep }
    load.start()
    pacer.start()
  }

  setWindows(windows: Windows, justAnnounced: boolean): void {
    this.#windows = windows
    if (!this.#running) return
    const { load, schedule } = this.#running
    load.endUs = windows.endUs
    if (!justAnnounced || !schedule) return
    schedule.beginShapeAt(windows.measureFromUs / 1e6)
    load.lookAnew()
  }

  tick(): void {
    const nowUs = this.#nowUs()
    this.#patience.expire(nowUs)
    if (this.#windows && nowUs >= this.#windows.endUs) this.#running?.load.end()
  }

  isDrained(nowUs: number): boolean {
    const { load } = this.#running!
    if (load.active === 0) return true
    if (this.#patience.size > 0 || Number.isNaN(this.#quietSinceUs)) this.#quietSinceUs = nowUs
    return nowUs - this.#quietSinceUs >= settleUs
  }

  finish(kind: 'timeout' | 'interrupted'): void {
    const nowUs = this.#nowUs()
    this.#running?.load.end()
    this.#patience.end(nowUs, kind)
    this.#running?.load.abandon()
    this.#running?.pacer.stop()
  }

  async stop(): Promise<void> {
    await this.#running?.sleep.stop()
  }

  #nowUs(): number {
    return Number.isNaN(this.#originUs) ? 0 : this.#parts.clock() - this.#originUs
  }

  #arrivals(windows: Windows): Arrivals {
    const { plan, share } = this.#parts
    if (plan.rate !== null) {
      const shapeStart = Number.isFinite(windows.measureFromUs)
        ? windows.measureFromUs / 1e6
        : Number.POSITIVE_INFINITY
      const byWorker: Share = { ...share, connections: share.workers }
      return {
        model: 'open',
        schedule: new Schedule(new RateShape(plan.rate), byWorker, plan.arrival, plan.seed, shapeStart),
      }
    }
    const { users, iterations } = plan.sessions!
    const own = (all: number): number => ownConnections({ ...share, connections: all })
    return {
      model: 'closed',
      users: own(users ?? plan.connections),
      iterations: iterations === null ? Number.POSITIVE_INFINITY : own(iterations),
      gapUs: (1e6 * share.workers) / plan.connectRate,
    }
  }

  #context(): SessionContext {
    const { plan, tls, share, recorder } = this.#parts
    const urls = new UrlCache(new URL(plan.target))
    return {
      outcomes: recorder,
      due: this.#due,
      patience: this.#patience,
      transports: createSessionTransports({
        connectTimeoutMs: plan.timeoutMs,
        maxMessageBytes: plan.maxMessageBytes,
        maxHeaderBytes: 65_536,
        tls,
      }),
      resolve: (path) => urls.resolve(path),
      headers: plan.headers,
      subprotocols: plan.subprotocols,
      compression: plan.compression,
      timeoutUs: plan.timeoutMs * 1_000,
      seed: plan.seed,
      nowUs: () => this.#nowUs(),
      sinceOriginUs: (instantUs) => instantUs - this.#originUs,
      nextMessageId: () => this.#messages++ * share.workers + share.worker,
      nextConnection: () => this.#connections++ * share.workers + share.worker,
      turn: () => this.#turns.current(),
      countConnection: (change) => {
        this.#openConnections += change
      },
    }
  }

  /** A promise that nobody awaits: what was counted as a message is told, the rest is an error of the session. */
  #rejected(reason: unknown): void {
    if (reason instanceof MessageError || reason instanceof LoadEnded) return
    this.#parts.recorder.sessionError(this.#nowUs(), describeThrown(reason))
  }
}
