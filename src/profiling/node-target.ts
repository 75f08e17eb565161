import { type Attachment, type AttachOptions, attach } from './attach/attach.js'
import { type HeapProfile, sampleHeapOf } from './heap-profile.js'
import type { InspectorChannel } from './inspector-channel.js'
import type { InspectorClient } from './inspector-client.js'
import { ProcessRecording } from './process-recording.js'
import { RuntimeProbe } from './runtime-probe.js'
import { type RuntimeSample, type RuntimeTotals, sampleBetween } from './runtime-sample.js'
import { fetchScripts, hottestScripts } from './script-texts.js'
import type { ThreadProfile } from './thread-profile.js'
import { WorkerThreads } from './worker-threads.js'

const shortMs = 3_000

/**
 * A Node process that is looked into. Every method rejects with PlimsollError ATTACH_FAILED, within seconds, when the
 * process hangs or has ended.
 */
export interface NodeTarget {
  readonly pid: number
  /** Resolves when the inspector is gone: the process ended, or `detach` was called. Never rejects. */
  readonly gone: Promise<void>
  /** Starts and stops the profiler once: the first start stalls the process by 10 to 80 ms, so do it in the warm-up. */
  prime(): Promise<void>
  /** Null while the observer is paused. */
  sampleRuntime(): Promise<RuntimeSample | null>
  /**
   * Samples the stacks of the main thread and of up to 16 worker threads from now on: each 1 ms, from the fifth worker
   * on each 2 ms, from the ninth on each 4 ms.
   */
  startProfile(): Promise<void>
  /**
   * Ends the profile and does no more than it must: of `scripts` there are none yet. The main thread comes first. If
   * the process came to its end meanwhile, what was recorded until then is returned, as far as it could be had.
   */
  stopProfile(): Promise<readonly ThreadProfile[]>
  /** Threads that the last profile lacks and why, in words for the reader. */
  readonly profileNotes: readonly string[]
  /** Fetches the texts of the hottest scripts. It may stall the target for a moment: call it when the load is over. */
  withScripts(threads: readonly ThreadProfile[]): Promise<readonly ThreadProfile[]>
  /**
   * What was allocated on the heap of the main thread in that time and still lives, by the stacks that allocated it.
   * One allocation in every 512 kB is looked at: the cost is below noise.
   */
  sampleHeap(ms: number): Promise<HeapProfile>
  /** Takes out of the process what of ours runs there, so that its cost can be measured. */
  pauseObserver(): Promise<void>
  /** Puts it back; the next sample counts from now on. */
  resumeObserver(): Promise<void>
  /** Takes everything out of the process again and closes the connection. Never rejects. */
  detach(): Promise<void>
}

/**
 * Attaches to a running Node process; see `attach` for what is refused.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function attachNodeTarget(pid: number, options: AttachOptions = {}): Promise<NodeTarget> {
  const attachment = await attach(pid, { timeoutMs: shortMs, ...options })
  const { client } = attachment
  try {
    await client.send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true })
    const probe = await RuntimeProbe.install(client, shortMs)
    return new InspectedTarget(attachment, probe, await probe.read(shortMs), await mayRecompile(client))
  } catch (error) {
    await attachment.detach()
    throw error
  }
}

/** The remedy of `RecordingOptions` would end a measurement of coverage: a process that is measured is left as it is. */
async function mayRecompile(client: InspectorClient): Promise<boolean> {
  const { result } = await client.send(
    'Runtime.evaluate',
    { expression: '!process.env.NODE_V8_COVERAGE', returnByValue: true, silent: true },
    { timeoutMs: shortMs },
  )
  return result.value === true
}

class InspectedTarget implements NodeTarget {
  readonly pid: number
  readonly gone: Promise<void>
  readonly #attachment: Attachment
  readonly #client: InspectorClient
  #probe: RuntimeProbe | null
  #before: RuntimeTotals
  /** A profiler ran since `#before`. */
  #disturbed = false
  readonly #workers: WorkerThreads
  readonly #recording: ProcessRecording
  #profileNotes: readonly string[] = []
  #sampling: Promise<RuntimeSample | null> | null = null

  constructor(attachment: Attachment, probe: RuntimeProbe, before: RuntimeTotals, recompile: boolean) {
    this.pid = attachment.pid
    this.gone = attachment.client.closed
    this.#attachment = attachment
    this.#client = attachment.client
    this.#probe = probe
    this.#before = before
    this.#workers = new WorkerThreads(this.#client)
    this.#recording = new ProcessRecording(this.pid, this.#client, this.#workers, recompile)
    // With an inspector attached Node waits at its end until that is closed: a target must be free to go.
    this.#client.on('NodeRuntime.waitingForDisconnect', () => {
      void this.#recording.rescue().then(() => this.#client.close())
    })
  }

  get profileNotes(): readonly string[] {
    return this.#profileNotes
  }

  async prime(): Promise<void> {
    this.#disturbed = true
    await this.#recording.start(true)
    await this.stopProfile()
  }

  /** A second call while the first is under way gets the answer of the first. */
  sampleRuntime(): Promise<RuntimeSample | null> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = null
    })
    return this.#sampling
  }

  async startProfile(): Promise<void> {
    this.#disturbed = true
    await this.#recording.start()
  }

  async stopProfile(): Promise<readonly ThreadProfile[]> {
    try {
      const { threads, notes } = await this.#recording.stop()
      this.#profileNotes = notes
      return threads
    } finally {
      await this.#startAfresh()
    }
  }

  async withScripts(threads: readonly ThreadProfile[]): Promise<readonly ThreadProfile[]> {
    const sessions = new Map<number, InspectorChannel>([[0, this.#client]])
    const wanted = threads.map((thread) => hottestScripts(thread.profile, thread.learnt))
    const inWorkers = threads.some(({ threadId }, index) => threadId > 0 && wanted[index]!.length > 0)
    if (inWorkers && !this.#recording.isRunning)
      await this.#workers.open(({ threadId, session }) => sessions.set(threadId, session)).catch(() => {})
    const texts = await Promise.all(
      threads.map(({ threadId }, index) => {
        const session = sessions.get(threadId)
        return session ? fetchScripts(session, wanted[index]!) : new Map()
      }),
    )
    if (inWorkers && !this.#recording.isRunning) await this.#workers.close().catch(() => {})
    return threads.map((thread, index) => ({ ...thread, scripts: texts[index]! }))
  }

  sampleHeap(ms: number): Promise<HeapProfile> {
    return sampleHeapOf(this.#client, ms)
  }

  async pauseObserver(): Promise<void> {
    const probe = this.#probe
    this.#probe = null
    await probe?.remove(shortMs)
  }

  async resumeObserver(): Promise<void> {
    if (this.#probe) return
    const probe = await RuntimeProbe.install(this.#client, shortMs)
    this.#before = await probe.read(shortMs)
    this.#disturbed = this.#recording.isRunning
    this.#probe = probe
  }

  async detach(): Promise<void> {
    // A process that hangs is left to clear up by itself: closing the connection ends the session.
    if (!this.#client.isClosed) {
      if (this.#recording.isRunning) await this.#recording.discard(1_000)
      await this.#probe?.remove(1_000).catch(() => {})
    }
    await this.#attachment.detach()
  }

  /** Puts the stretch under the profiler behind, so that the next sample has a true utilization. */
  async #startAfresh(): Promise<void> {
    if (this.#client.isClosed || !this.#probe) return
    try {
      const { loopIdleMs, loopActiveMs } = await this.#probe.readLoop(shortMs)
      this.#before = { ...this.#before, loopIdleMs, loopActiveMs }
      this.#disturbed = false
    } catch {
      this.#disturbed = true
    }
  }

  async #sample(): Promise<RuntimeSample | null> {
    if (!this.#probe) return null
    const before = this.#before
    const disturbedBefore = this.#disturbed || this.#recording.isRunning
    const now = await this.#probe.read(shortMs)
    const disturbed = disturbedBefore || this.#disturbed || this.#before !== before
    this.#before = now
    this.#disturbed = this.#recording.isRunning
    return sampleBetween(before, now, disturbed)
  }
}
