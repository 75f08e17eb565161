import { type Attachment, type AttachOptions, attach } from './attach/attach.js'
import { type CpuProfile, checkCpuProfile } from './cpu-profile.js'
import { attachFailed, type InspectorClient } from './inspector-client.js'
import { RuntimeProbe, type RuntimeTotals } from './runtime-probe.js'

const samplingIntervalUs = 1_000
const shortMs = 3_000
/** The first start of the profiler walks the heap; the stop writes a large message. */
const startMs = 10_000
const stopMs = 20_000

/** What a Node process says about itself since the sample before (the first: since it was attached to). */
export interface RuntimeSample {
  /** 0…1; null where a CPU profiler ran in the interval, since it keeps waking the loop. */
  readonly eventLoopUtilization: number | null
  readonly heapUsedBytes: number
  readonly rssBytes: number
  /** Pauses of the garbage collector, ms. */
  readonly gcMs: number
  readonly gcCount: number
}

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
  sampleRuntime(): Promise<RuntimeSample>
  /** Samples the stack every 1 ms from now on. */
  startProfile(): Promise<void>
  stopProfile(): Promise<CpuProfile>
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
  readonly #probe: RuntimeProbe
  #before: RuntimeTotals
  /** A profiler ran since `#before`. */
  #disturbed = false
  #profiling = false
  #sampling: Promise<RuntimeSample> | null = null

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
  sampleRuntime(): Promise<RuntimeSample> {
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

  async stopProfile(): Promise<CpuProfile> {
    const checked = checkCpuProfile(await this.#endProfiler())
    if ('problem' in checked) throw attachFailed(`its profile is damaged: ${checked.problem}`)
    return checked.profile
  }

  async detach(): Promise<void> {
    if (!this.#client.isClosed) {
      const cleanUp = this.#profiling
        ? this.#client.send('Profiler.stop', undefined, { timeoutMs: 1_000 })
        : Promise.resolve()
      // A process that hangs is left to clear up by itself: closing the connection ends the session.
      await cleanUp.then(() => this.#probe.remove(1_000)).catch(() => {})
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
    if (this.#client.isClosed) return
    try {
      const totals = await this.#probe.read(shortMs)
      this.#before = { ...totals, gcMs: this.#before.gcMs, gcCount: this.#before.gcCount }
      this.#disturbed = false
    } catch {
      this.#disturbed = true
    }
  }

  async #sample(): Promise<RuntimeSample> {
    const before = this.#before
    const disturbedBefore = this.#disturbed || this.#profiling
    const now = await this.#probe.read(shortMs)
    const idleMs = now.loopIdleMs - before.loopIdleMs
    const activeMs = now.loopActiveMs - before.loopActiveMs
    const wholeMs = idleMs + activeMs
    const disturbed = disturbedBefore || this.#disturbed || this.#before !== before
    this.#before = now
    this.#disturbed = this.#profiling
    return {
      eventLoopUtilization: disturbed || !(wholeMs > 0) ? null : Math.min(1, Math.max(0, activeMs / wholeMs)),
      heapUsedBytes: now.heapUsedBytes,
      rssBytes: now.rssBytes,
      gcMs: Math.max(0, now.gcMs - before.gcMs),
      gcCount: Math.max(0, now.gcCount - before.gcCount),
    }
  }
}
