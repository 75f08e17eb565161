import { setTimeout as delay } from 'node:timers/promises'
import { type CpuProfile, checkCpuProfile } from './cpu-profile.js'
import { attachFailed, type InspectorChannel } from './inspector-channel.js'

export interface RecordedThread {
  /** 0 for the main thread. */
  readonly threadId: number
  readonly name: string
  readonly session: InspectorChannel
}

export interface RecordingOptions {
  readonly intervalUs: number
  /** For the thread's answer. */
  readonly timeoutMs: number
  /**
   * Lets the thread compile its hot code anew, now that the profiler looks on. It stalls the thread by some ms, and
   * costs the moment until the code is optimised again. Loops that were replaced on the stack before are otherwise
   * unknown to the profiler, and their time falls to the line that called them: what has no optimised code of its own
   * yet, and in V8 11.8 to 13 (Node 21 to 25) all that Maglev compiled. The number says for how many ms the
   * code is kept from being optimised meanwhile, so that functions that will be inlined are seen below their callers.
   * null: not at all.
   */
  readonly recompileMs: number | null
}

/** The CPU profile of one thread while it is being taken. */
export class ThreadRecording {
  readonly thread: RecordedThread
  #isStarted = false
  #starting: Promise<void> = Promise.resolve()
  #stopped: Promise<unknown> | null = null

  constructor(thread: RecordedThread) {
    this.thread = thread
  }

  /** True from when the thread has said that its profiler runs. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Resolves when the thread has answered to the start, or will not. Never rejects. */
  get ready(): Promise<void> {
    return this.#starting.catch(() => {})
  }

  /** @throws PlimsollError ATTACH_FAILED */
  start(options: RecordingOptions): Promise<void> {
    this.#starting = this.#start(options)
    return this.#starting
  }

  async #start({ intervalUs, timeoutMs, recompileMs }: RecordingOptions): Promise<void> {
    const { session } = this.thread
    // Sent together: a thread that has just woken does not wait for us between them.
    const replies = await Promise.allSettled([
      session.send('Profiler.enable', undefined, { timeoutMs }),
      session.send('Profiler.setSamplingInterval', { interval: intervalUs }, { timeoutMs }),
      session.send('Profiler.start', undefined, { timeoutMs }),
      ...(recompileMs === null ? [] : this.#recompile(recompileMs, timeoutMs)),
    ])
    const failed = replies.find((reply) => reply.status === 'rejected')
    if (failed) throw failed.reason
    this.#isStarted = true
  }

  /** To begin with exact coverage throws away optimised code; to end it leaves nothing switched on. */
  #recompile(ms: number, timeoutMs: number): ReadonlyArray<Promise<unknown>> {
    const { session } = this.thread
    const end = (): Promise<unknown> => session.send('Profiler.stopPreciseCoverage', undefined, { timeoutMs })
    const started = session.send(
      'Profiler.startPreciseCoverage',
      { callCount: true, detailed: false },
      { timeoutMs },
    )
    return ms === 0 ? [started, end()] : [started.then(() => delay(ms)).then(end)]
  }

  /** Ends the profiler and keeps its answer; a second call does nothing more. Never rejects; `profile` tells. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped ??= this.#end(timeoutMs)
    await this.#stopped.catch(() => {})
  }

  /** @throws PlimsollError ATTACH_FAILED: not stopped, no answer, or a damaged one */
  async profile(): Promise<CpuProfile> {
    if (this.#stopped === null) throw attachFailed('its profile was not ended')
    const checked = checkCpuProfile(await this.#stopped)
    if ('problem' in checked) throw attachFailed(`its profile is damaged: ${checked.problem}`)
    return checked.profile
  }

  async #end(timeoutMs: number): Promise<unknown> {
    const { session } = this.thread
    const [stopped] = await Promise.allSettled([
      session.send('Profiler.stop', undefined, { timeoutMs }),
      session.send('Profiler.disable', undefined, { timeoutMs }),
    ])
    if (stopped.status === 'rejected') throw stopped.reason
    return stopped.value.profile
  }
}
