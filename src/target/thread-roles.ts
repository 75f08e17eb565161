/*
 * What a thread of a process is there for. Node names its threads from version 22 on (libuv-worker), all of them from
 * 24 on (MainThread, V8Worker, DelayedTaskScheduler, SignalInspector), from 26 on with `node-` before some. On older
 * ones every thread is called `node`, and the order in which they began tells most: the main thread, the scheduler of
 * delayed tasks, the workers of V8 (4 unless told otherwise), the one that waits for SIGUSR1; then the pool of libuv and
 * worker threads, of which only the latter wait for events.
 */

export const threadRoles = ['main', 'v8', 'pool', 'worker', 'other'] as const

/**
 * `main`: the first thread, which runs the event loop of Node. `v8`: V8's helpers, which compile and collect garbage.
 * `pool`: libuv's pool (files, DNS, crypto, zlib). `worker`: worker threads. `other`: all else.
 */
export type ThreadRole = (typeof threadRoles)[number]

export interface ThreadFacts {
  /** The name that the kernel has for it, at most 15 characters. */
  readonly name: string
  /** The name of the process’s first thread. */
  readonly mainName: string
  /** Place among the threads of the process in the order in which they began; the main thread is 0. */
  readonly order: number
  /** What it did when it was first seen waiting for events (epoll): ns on a core until then; null: not seen waiting. */
  readonly cpuNsWhenWaiting: number | null
  readonly isNode: boolean
  /** Threads of V8 (`--v8-pool-size`). */
  readonly v8Threads: number
}

export const defaultV8Threads = 4
/** Starting the isolate of a worker thread takes more; the inspector’s thread, which waits for events too, far less. */
const leastWorkerNs = 5e6

export function threadRole(facts: ThreadFacts): ThreadRole {
  const { name, order, isNode, v8Threads } = facts
  if (order === 0) return 'main'
  if (name.startsWith('libuv-worker')) return 'pool'
  if (!isNode) return 'other'
  const runsEvents = (facts.cpuNsWhenWaiting ?? 0) >= leastWorkerNs
  // A worker thread may bear any name, so one that runs an event loop is known by that first.
  if (name === 'WorkerThread' || runsEvents) return 'worker'
  if (/^(?:node-)?V8Worker$/.test(name)) return 'v8'
  if (name !== 'node' && (name !== facts.mainName || /MainThread$/.test(name))) return 'other'
  if (order >= 2 && order < 2 + v8Threads) return 'v8'
  return order < 2 + v8Threads || facts.cpuNsWhenWaiting !== null ? 'other' : 'pool'
}

/** `worker-12` and `worker-13` are one group; so are `pool[3]` and `pool[4]`. */
export const groupName = (name: string): string => name.replace(/[-_:.#/ ]*[[(]?\d+[\])]?$/, '') || name

/** Of `--v8-pool-size=N` or `--v8-pool-size N` in a command line. */
export function v8ThreadsOf(commandLine: string): number {
  const match = /--v8-pool-size[= ](\d{1,3})\b/.exec(commandLine)
  return match ? Number(match[1]) : defaultV8Threads
}
