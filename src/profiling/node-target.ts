import { type Attachment, type AttachOptions, attach } from './attach/attach.js'
import { checkCpuProfile } from './cpu-profile.js'
import { attachFailed, type InspectorClient } from './inspector-client.js'
import { RuntimeProbe } from './runtime-probe.js'
import { type RuntimeSample, type RuntimeTotals, sampleBetween } from './runtime-sample.js'
import type { ThreadProfile } from './thread-profile.js'

const samplingIntervalUs = 1_000
const shortMs = 3_000
/** The first start of the profiler walks the heap; the stop writes a large message. */
const startMs = 10_000
const stopMs = 20_000

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
  /** Samples the stack of every thread each 1 ms from now on. */
  startProfile(): Promise<void>
  /** Ends the profile and does no more than it must: of `scripts` there are none yet. The main thread comes first. */
  stopProfile(): Promise<readonly ThreadProfile[]>
  /** Fetches the texts of the hottest scripts. It may stall the target for a moment: call it when the load is over. */
  withScripts(threads: readonly ThreadProfile[]): Promise<readonly ThreadProfile[]>
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
    // With an inspector attached Node waits at its end until that is closed: a target must be free to go.
    client.on('NodeRuntime.waitingForDisconnect', () => void client.close())
    await client.send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true })
    const probe = await RuntimeProbe.install(client, shortMs)
    return new InspectedTarget(attachment, probe, await probe.read(shortMs))
  } catch (error) {
    await attachment.detach()
    throw error
  }
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
  #profiling = false
  #sampling: Promise<RuntimeSample | null> | null = null

  constructor(attachment: Attachment, probe: RuntimeProbe, before: RuntimeTotals) {
    this.pid = attachment.pid
    this.gone = attachment.client.closed
    this.#attachment = attachment
    this.#client = attachment.client
    this.#probe = probe
    this.#before = before
  }

  async prime(): Promise<void> {
    await this.startProfile()
    await this.#endProfiler()
  }

  /** A second call while the first is under way gets the answer of the first. */
  sampleRuntime(): Promise<RuntimeSample | null> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = null
    })
    return this.#sampling
  }

  async startProfile(): Promise<void> {
    if (this.#profiling) throw attachFailed('a profile is being taken already')
    this.#profiling = true
    this.#disturbed = true
    try {
      await this.#client.send('Profiler.enable', undefined, { timeoutMs: shortMs })
      await this.#client.send('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
      await this.#client.send('Profiler.start', undefined, { timeoutMs: startMs })
    } catch (error) {
      this.#profiling = false
      throw error
    }
  }

  async stopProfile(): Promise<readonly ThreadProfile[]> {
    const checked = checkCpuProfile(await this.#endProfiler())
    if ('problem' in checked) throw attachFailed(`its profile is damaged: ${checked.problem}`)
    return [{ pid: this.pid, threadId: 0, thread: 'main', profile: checked.profile, scripts: new Map() }]
  }

  async withScripts(threads: readonly ThreadProfile[]): Promise<readonly ThreadProfile[]> {
    return threads
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
    this.#disturbed = this.#profiling
    this.#probe = probe
  }

  async detach(): Promise<void> {
    if (!this.#client.isClosed) {
      const cleanUp = this.#profiling
        ? this.#client.send('Profiler.stop', undefined, { timeoutMs: 1_000 })
        : Promise.resolve()
      // A process that hangs is left to clear up by itself: closing the connection ends the session.
      await cleanUp.then(() => this.#probe?.remove(1_000)).catch(() => {})
    }
    await this.#attachment.detach()
  }

  async #endProfiler(): Promise<unknown> {
    if (!this.#profiling) throw attachFailed('no profile is being taken')
    try {
      const { profile } = await this.#client.send('Profiler.stop', undefined, { timeoutMs: stopMs })
      await this.#client.send('Profiler.disable')
      return profile
    } finally {
      this.#profiling = false
      await this.#startAfresh()
    }
  }

  /** Puts the stretch under the profiler behind, so that the next sample has a true utilization. */
  async #startAfresh(): Promise<void> {
    if (this.#client.isClosed || !this.#probe) return
    try {
      const { loopIdleMs, loopActiveMs } = await this.#probe.read(shortMs)
      this.#before = { ...this.#before, loopIdleMs, loopActiveMs }
      this.#disturbed = false
    } catch {
      this.#disturbed = true
    }
  }

  async #sample(): Promise<RuntimeSample | null> {
    if (!this.#probe) return null
    const before = this.#before
    const disturbedBefore = this.#disturbed || this.#profiling
    const now = await this.#probe.read(shortMs)
    const disturbed = disturbedBefore || this.#disturbed || this.#before !== before
    this.#before = now
    this.#disturbed = this.#profiling
    return sampleBetween(before, now, disturbed)
  }
}
