import type { Clock } from '../kernel/clock.js'
import type { TlsSettings } from '../load/driver.js'
import type { Share } from '../load/share.js'
import type { SpinBudget } from '../load/spin-budget.js'
import type { Windows } from '../load/windows.js'
import type { Recorder } from '../measurement/recorder.js'
import type { Plan } from './plan.js'

/** What one worker drives: declarative traffic or sessions. Times in µs since the load started. */
export interface WorkerLoad {
  readonly openConnections: number
  /** Messages that wait for a reply. */
  readonly outstanding: number
  readonly replyRule: string
  readonly replyRuleChanged: boolean
  readonly replyFunctionFailure: string | null
  /** Everything that was to be sent has been, before the end of the load. */
  readonly exhausted: boolean
  /** Opens what is to be open before the load starts, and says so to `connected`. */
  connect(): void
  /** @param originUs start of the load on the worker's clock */
  start(originUs: number, windows: Windows): void
  setWindows(windows: Windows, justAnnounced: boolean): void
  /** What has to be done every few ms. */
  tick(): void
  /** The load is over, and all is answered. */
  isDrained(nowUs: number): boolean
  /** Counts what is still open as `kind`, and closes everything. */
  finish(kind: 'timeout' | 'interrupted'): void
  stop(): Promise<void>
}

/** What a worker's load is made of. */
export interface WorkerLoadParts {
  readonly plan: Plan
  readonly tls: TlsSettings | null
  readonly share: Share
  readonly recorder: Recorder
  readonly budget: SpinBudget
  readonly clock: Clock
  readonly connected: () => void
}
