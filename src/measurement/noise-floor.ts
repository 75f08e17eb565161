import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Microseconds } from '../kernel/units.js'
import { NoiseHistory, type NoiseInterval, type NoiseWindow } from './noise-history.js'

/** What the measuring process tells its parent. */
export type NoiseMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly problem: string }
  | ({ readonly kind: 'interval' } & NoiseInterval)

/** The machine's noise floor, measured beside a run. */
export interface NoiseFloor {
  readonly pid: number
  /** False once the measuring process has ended, by `stop` or otherwise. */
  readonly alive: boolean
  /**
   * All that was measured in intervals that lie wholly between two instants of CLOCK_MONOTONIC. Up to a quarter of
   * a second at either end is left out; for hours that are long past, a share of about 1/1000 of the run.
   */
  between(startUs: Microseconds, endUs: Microseconds): NoiseWindow
  /** Takes the last interval and ends the process; resolves when it is gone. Idempotent. */
  stop(): Promise<void>
}

export interface NoiseFloorOptions {
  /** The compiled `noise-floor-process.js`; by default the one beside this module. */
  readonly processPath?: string
  readonly startTimeoutMs?: number
}

const stopTimeoutMs = 2_000

/**
 * Starts a process that sends 100 pings a second of 64 bytes to an echo server of its own on 127.0.0.1. It costs
 * a few percent of a core and 60 MB, and ends by itself if this process dies.
 * @throws Error if it can't be started, or is not ready in time: a run goes on without a floor, and says so
 */
export async function startNoiseFloor(options: NoiseFloorOptions = {}): Promise<NoiseFloor> {
  const path = options.processPath ?? fileURLToPath(new URL('./noise-floor-process.js', import.meta.url))
  // Options of this process such as --inspect would make a child of it listen, print or break.
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = fork(path, [], {
    execArgv: [],
    env,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  try {
    await ready(child, options.startTimeoutMs ?? 5_000)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  child.unref()
  child.channel?.unref()
  return new ForkedNoiseFloor(child)
}

function ready(child: ChildProcess, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (problem: string | null): void => {
      clearTimeout(timer)
      child.off('message', onMessage)
      if (problem === null) resolve()
      else reject(new Error(`the noise floor can't be measured: ${problem}`))
    }
    const onMessage = (message: unknown): void => {
      const told = message as NoiseMessage
      if (told.kind === 'ready') settle(null)
      else if (told.kind === 'failed') settle(told.problem)
    }
    const timer = setTimeout(() => settle(`not ready within ${timeoutMs} ms`), timeoutMs)
    child.on('message', onMessage)
    child.once('error', (error) => settle(error.message))
    child.once('exit', (code, signal) => settle(`its process ended (${signal ?? code})`))
  })
}

class ForkedNoiseFloor implements NoiseFloor {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #history = new NoiseHistory()
  readonly #gone: Promise<unknown>
  #alive = true

  constructor(child: ChildProcess) {
    this.pid = child.pid ?? 0
    this.#child = child
    child.on('message', (message: unknown) => {
      const told = message as NoiseMessage
      if (told.kind === 'interval') this.#history.add(told)
    })
    // The channel closes after its last message has been read; the process can end before that.
    const exited = once(child, 'exit')
    this.#gone = Promise.all([exited, child.connected ? once(child, 'disconnect') : null])
    child.on('error', () => {})
    child.once('exit', () => {
      this.#alive = false
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  between(startUs: Microseconds, endUs: Microseconds): NoiseWindow {
    return this.#history.between(startUs, endUs)
  }

  async stop(): Promise<void> {
    if (!this.#alive) return
    this.#child.ref()
    if (this.#child.connected) this.#child.send('stop', () => {})
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs)
    await this.#gone
    clearTimeout(timer)
  }
}
