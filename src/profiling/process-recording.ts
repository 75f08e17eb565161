import { setTimeout as delay } from 'node:timers/promises'
import type { ProfileNode } from './cpu-profile.js'
import { attachFailed } from './inspector-channel.js'
import type { InspectorClient } from './inspector-client.js'
import type { ThreadProfile } from './thread-profile.js'
import { ThreadRecording } from './thread-recording.js'
import type { WorkerThread, WorkerThreads } from './worker-threads.js'

const intervalUs = 1_000
/** The first recording is there to learn who calls whom: quick samples, and so long without optimised code. */
const firstIntervalUs = 250
const firstRecompileMs = 60
/** The first start of the profiler walks the heap; the stop writes a large message. */
const startMs = 10_000
const stopMs = 20_000
const workerStartMs = 3_000
const workerStopMs = 5_000
/** How long start and stop wait for a worker thread that has not answered: one that is in a long call may never. */
const readyMs = 700
/** The first start in a thread walks its heap: on a busy machine many of them take a while. */
const firstReadyMs = 3_000
/** At the end of a process. */
const lastWordsMs = 3_000

/** Four worker threads at 1 ms, eight at 2 ms, the rest at 4 ms: what the sampling costs stays bounded. */
const intervalOfWorker = (position: number): number =>
  position < 4 ? intervalUs : position < 8 ? 2 * intervalUs : 4 * intervalUs

export interface ProcessProfiles {
  /** The main thread first, then the worker threads by their number. */
  readonly threads: readonly ThreadProfile[]
  /** Threads that are missing and why, in words for the reader. */
  readonly notes: readonly string[]
}

/** CPU profiles of all threads of a Node process, one recording at a time. */
export class ProcessRecording {
  readonly #pid: number
  readonly #client: InspectorClient
  readonly #workers: WorkerThreads
  #main: ThreadRecording | null = null
  #others: ThreadRecording[] = []
  readonly #recompile: boolean
  /** The nodes of the first recording by thread. */
  readonly #learnt = new Map<number, readonly ProfileNode[]>()
  #isFirst = false
  /** The process is at its end, and what it has is being fetched. */
  #ending: Promise<void> | null = null

  /** @param recompile see `RecordingOptions` */
  constructor(pid: number, client: InspectorClient, workers: WorkerThreads, recompile: boolean) {
    this.#recompile = recompile
    this.#pid = pid
    this.#client = client
    this.#workers = workers
  }

  get isRunning(): boolean {
    return this.#main !== null
  }

  /**
   * @param isFirst that this recording only readies the threads, which takes them longer the first time, and learns
   * who calls whom
   * @throws PlimsollError ATTACH_FAILED
   */
  async start(isFirst = false): Promise<void> {
    if (this.#main) throw attachFailed('a profile is being taken already')
    const main = new ThreadRecording({ threadId: 0, name: 'main', session: this.#client })
    this.#main = main
    this.#others = []
    this.#isFirst = isFirst
    try {
      await main.start({
        intervalUs: isFirst ? firstIntervalUs : intervalUs,
        timeoutMs: startMs,
        recompileMs: this.#recompileMs,
      })
    } catch (error) {
      this.#main = null
      throw error
    }
    const starts: Array<Promise<void>> = []
    const open = this.#workers.open((worker) => starts.push(this.#startWorker(worker).catch(() => {})))
    // A process whose workers cannot be looked into is profiled without them.
    await open.catch(() => {})
    await within(isFirst ? firstReadyMs : readyMs, starts)
  }

  /**
   * Ends the recording.
   * @throws PlimsollError ATTACH_FAILED: no recording, or the main thread's cannot be had
   */
  async stop(): Promise<ProcessProfiles> {
    const main = this.#main
    if (!main) throw attachFailed('no profile is being taken')
    try {
      await this.#ending
      const others = this.#others
      await Promise.all([main.stop(stopMs), this.#stopWorkers(workerStopMs)])
      await this.#workers.close().catch(() => {})
      const threads = [await this.#profileOf(main)]
      const notes: string[] = []
      for (const recording of others) {
        if (!recording.isStarted) {
          notes.push(`Thread ${recording.thread.name} is missing in the profile: it did not answer.`)
          continue
        }
        await this.#profileOf(recording).then(
          (profile) => threads.push(profile),
          () => notes.push(`Thread ${recording.thread.name} is missing in the profile: it ended meanwhile.`),
        )
      }
      if (this.#workers.refused > 0)
        notes.push(`${this.#workers.refused} more worker threads are not in the profile: 16 is the most.`)
      return { threads: sortThreads(threads), notes }
    } finally {
      this.#main = null
      this.#others = []
    }
  }

  /** Ends the recording and keeps nothing. Never rejects. */
  async discard(timeoutMs: number): Promise<void> {
    const main = this.#main
    this.#main = null
    await Promise.all([main?.stop(timeoutMs), this.#stopWorkers(timeoutMs)])
    this.#others = []
    await this.#workers.close().catch(() => {})
  }

  /** Fetches what there is before the process ends, while it waits for us. Never rejects; `stop` then has it. */
  async rescue(): Promise<void> {
    const main = this.#main
    if (!main) return
    this.#ending ??= Promise.all([main.stop(lastWordsMs), this.#stopWorkers(lastWordsMs)]).then(() => {})
    await this.#ending
  }

  get #recompileMs(): number | null {
    return this.#recompile ? (this.#isFirst ? firstRecompileMs : 0) : null
  }

  async #startWorker(worker: WorkerThread): Promise<void> {
    const recording = new ThreadRecording(worker)
    const position = this.#others.push(recording) - 1
    await recording.start({
      intervalUs: intervalOfWorker(position),
      timeoutMs: workerStartMs,
      recompileMs: this.#recompileMs,
    })
  }

  async #stopWorkers(timeoutMs: number): Promise<void> {
    await within(
      Math.min(readyMs, timeoutMs),
      this.#others.map((recording) => recording.ready),
    )
    const started = this.#others.filter((recording) => recording.isStarted)
    await Promise.all(started.map((recording) => recording.stop(timeoutMs)))
  }

  async #profileOf(recording: ThreadRecording): Promise<ThreadProfile> {
    const { threadId, name } = recording.thread
    const profile = await recording.profile()
    if (this.#isFirst) this.#learnt.set(threadId, profile.nodes)
    const learnt = this.#learnt.get(threadId)
    const thread = { pid: this.#pid, threadId, thread: name, profile, scripts: new Map() }
    return learnt ? { ...thread, learnt } : thread
  }
}

/** Waits until all have settled, but no longer than that. */
async function within(ms: number, promises: ReadonlyArray<Promise<void>>): Promise<void> {
  if (promises.length === 0) return
  const timeUp = new AbortController()
  await Promise.race([
    Promise.allSettled(promises),
    delay(ms, undefined, { signal: timeUp.signal }).catch(() => {}),
  ])
  timeUp.abort()
}

/** By number; where several share a name, their numbers tell them apart. */
function sortThreads(threads: readonly ThreadProfile[]): readonly ThreadProfile[] {
  const times = new Map<string, number>()
  for (const { thread } of threads) times.set(thread, (times.get(thread) ?? 0) + 1)
  return threads
    .map((thread) =>
      times.get(thread.thread)! > 1 && thread.threadId > 0
        ? { ...thread, thread: `${thread.thread} ${thread.threadId}` }
        : thread,
    )
    .sort((a, b) => a.threadId - b.threadId)
}
