import type { InspectorChannel } from './inspector-channel.js'
import type { InspectorClient } from './inspector-client.js'
import { openWorkerSession } from './worker-session.js'

/** Each profiled thread costs the process a sampling thread and up to 4 % of a core, even when it idles. */
const maxWorkers = 16
const timeoutMs = 3_000

export interface WorkerThread {
  /** As `worker_threads` numbers it. */
  readonly threadId: number
  /** The name that the app gave it, else `worker N`. */
  readonly name: string
  readonly session: InspectorChannel
}

/**
 * The worker threads of a Node process, as far as they are looked into: 16 at most. No thread waits for Plimsoll, not
 * even at its end, since a worker that did would keep a process from exiting that waits for the worker.
 */
export class WorkerThreads {
  readonly #client: InspectorClient
  readonly #threads = new Map<string, WorkerThread>()
  #onStart: (thread: WorkerThread) => void = () => {}
  #refused = 0
  #isOpen = false

  constructor(client: InspectorClient) {
    this.#client = client
    client.on('NodeWorker.attachedToWorker', (event) => this.#attached(event))
    client.on('NodeWorker.detachedFromWorker', (event) => this.#detached(textOf(event, 'sessionId')))
    client.on('NodeWorker.receivedMessageFromWorker', (event) => {
      this.#threads.get(textOf(event, 'sessionId'))?.session.receive(textOf(event, 'message'))
    })
  }

  /** How many threads were left alone since `open`. */
  get refused(): number {
    return this.#refused
  }

  /**
   * Begins to look into the worker threads; `onStart` is called for those that run and for those that start later.
   * @throws PlimsollError ATTACH_FAILED
   */
  async open(onStart: (thread: WorkerThread) => void): Promise<void> {
    this.#onStart = onStart
    this.#refused = 0
    this.#isOpen = true
    await this.#client.send('NodeWorker.enable', { waitForDebuggerOnStart: false }, { timeoutMs })
  }

  /** @throws PlimsollError ATTACH_FAILED */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#onStart = () => {}
    for (const sessionId of [...this.#threads.keys()]) this.#detached(sessionId)
    await this.#client.send('NodeWorker.disable', undefined, { timeoutMs })
  }

  #attached(event: unknown): void {
    const sessionId = textOf(event, 'sessionId')
    if (sessionId === '' || !this.#isOpen) return
    if (this.#threads.size >= maxWorkers) {
      this.#refused++
      return
    }
    const title = textOf((event as { workerInfo?: unknown }).workerInfo, 'title')
    const session = openWorkerSession(this.#client, sessionId)
    const thread = { ...namedBy(title, Number(sessionId)), session }
    this.#threads.set(sessionId, thread)
    this.#onStart(thread)
  }

  #detached(sessionId: string): void {
    this.#threads.get(sessionId)?.session.end('the thread has ended')
    this.#threads.delete(sessionId)
  }
}

/** Node calls a thread `[worker 3] NAME`; NAME is empty (Node 20, 22) or `WorkerThread` (24) where it has none. */
function namedBy(title: string, otherwiseId: number): { threadId: number; name: string } {
  const [, id, given = ''] = /^\[worker (\d+)\] ?(.*)$/.exec(title) ?? []
  const threadId = id === undefined ? otherwiseId : Number(id)
  const name = given === 'WorkerThread' ? '' : given.trim().slice(0, 100)
  return { threadId, name: name || `worker ${threadId}` }
}

function textOf(value: unknown, key: string): string {
  const text: unknown = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key]
  return typeof text === 'string' ? text : ''
}
