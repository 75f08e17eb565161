import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, errorCatalogue, PlimsollError } from '../kernel/errors.js'
import type { Share } from '../load/share.js'
import type { RecorderDelta } from '../measurement/interval-delta.js'
import type { Plan } from './plan.js'
import type { FromWorker, ToWorker, WorkerStatus } from './worker-messages.js'

const mainModule = fileURLToPath(new URL('./worker-main.js', import.meta.url))

/** One worker process, as the coordinator sees it. */
export interface WorkerHandle {
  readonly index: number
  readonly pid: number
  readonly share: Share
  alive: boolean
  /** How a process ended that was not told to, such as `SIGKILL` or `exit code 1`; null otherwise. */
  endedBy: string | null
  status: WorkerStatus | null
}

interface Entry extends WorkerHandle {
  readonly child: ChildProcess
  readonly reached: Set<FromWorker['kind']>
  /** When it last said something. */
  heardMs: number
}

/** Milestones that all workers reach one after the other. */
export type Milestone = 'prepared' | 'connected' | 'exhausted' | 'drained'

/** The worker processes of a run: starts them, tells them all the same, and notices when one is lost. */
export class WorkerPool {
  readonly #entries: Entry[] = []
  readonly #onDelta: (worker: number, delta: RecorderDelta) => void
  #watchers: Array<() => void> = []
  #failure: PlimsollError | Error | null = null
  #stopping = false

  constructor(onDelta: (worker: number, delta: RecorderDelta) => void) {
    this.#onDelta = onDelta
  }

  get workers(): readonly WorkerHandle[] {
    return this.#entries
  }

  /** Workers that ended before they were told to. */
  get lost(): number {
    return this.#entries.filter((entry) => !entry.alive).length
  }

  /** Starts the processes and hands each its share. */
  async prepare(plan: Plan, spinShare: number): Promise<void> {
    for (let worker = 0; worker < plan.workers; worker++) {
      this.#fork({ worker, workers: plan.workers, connections: plan.connections })
    }
    for (const { share } of this.#entries) {
      this.#post(share.worker, { kind: 'prepare', plan, share, spinShare })
    }
    await this.reach('prepared')
  }

  broadcast(message: ToWorker): void {
    for (const { index } of this.#entries) this.#post(index, message)
  }

  /**
   * Resolves when every worker that still lives has reached a milestone.
   * @throws what a worker failed with
   */
  async reach(milestone: Milestone): Promise<void> {
    for (;;) {
      if (this.#failure) throw this.#failure
      if (this.#entries.every((entry) => !entry.alive || entry.reached.has(milestone))) return
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  /** Has every living worker reached it? */
  hasReached(milestone: Milestone): boolean {
    return this.#entries.every((entry) => !entry.alive || entry.reached.has(milestone))
  }

  /** Kills the workers that have not reached a milestone: they are lost. */
  killUnlessReached(milestone: Milestone, reason: string): void {
    for (const entry of this.#entries) {
      if (!entry.alive || entry.reached.has(milestone)) continue
      entry.endedBy ??= reason
      entry.child.kill('SIGKILL')
    }
  }

  /** Kills the workers that have said nothing for so long: they are lost. Each says something twice a second. */
  killSilentFor(silenceMs: number, reason: string): void {
    for (const entry of this.#entries) {
      if (!entry.alive || performance.now() - entry.heardMs < silenceMs) continue
      entry.endedBy ??= reason
      entry.child.kill('SIGKILL')
    }
  }

  /** What a worker failed with, other than by dying. */
  get failure(): Error | null {
    return this.#failure
  }

  /** Ends all processes; those that don't within two seconds are killed. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.broadcast({ kind: 'exit' })
    await Promise.all(this.#entries.map((entry) => ended(entry.child, 2_000)))
  }

  #fork(share: Share): void {
    const child = fork(mainModule, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const entry: Entry = {
      index: share.worker,
      pid: child.pid ?? -1,
      share,
      alive: true,
      endedBy: null,
      status: null,
      child,
      reached: new Set(),
      heardMs: performance.now(),
    }
    this.#entries.push(entry)
    child.on('message', (message) => this.#receive(entry, message as FromWorker))
    child.on('error', (error) => this.#lose(entry, error.message))
    child.on('exit', (code, signal) => this.#lose(entry, signal ?? `exit code ${code}`))
  }

  #post(index: number, message: ToWorker): void {
    const entry = this.#entries[index]!
    if (entry.alive && entry.child.connected) entry.child.send(message, () => {})
  }

  #receive(entry: Entry, message: FromWorker): void {
    entry.heardMs = performance.now()
    if (message.kind === 'delta') {
      entry.status = message.status
      this.#onDelta(entry.index, message.delta)
      return
    }
    if (message.kind === 'failed') this.#failure ??= errorOf(message)
    else entry.reached.add(message.kind)
    this.#notify()
  }

  #lose(entry: Entry, endedBy: string): void {
    if (!this.#stopping) {
      entry.alive = false
      entry.endedBy ??= endedBy
    }
    this.#notify()
  }

  #notify(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
  }
}

function errorOf(message: Extract<FromWorker, { kind: 'failed' }>): Error {
  if (message.code !== null && message.code in errorCatalogue) {
    const code = message.code as ErrorCode
    return new PlimsollError(code, message.message, message.hint === null ? {} : { hint: message.hint })
  }
  return new Error(message.message)
}

function ended(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
