import {
  attachFailed,
  type InspectorClient,
  type InspectorMethod,
  type InspectorParams,
  type InspectorResult,
  type InspectorSession,
  parseMessage,
} from './inspector-client.js'

const defaultTimeoutMs = 3_000

interface Pending {
  readonly method: string
  readonly timer: NodeJS.Timeout
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
}

/** The inspector of a worker thread, by way of the main thread's. Every wait has an end, as with `InspectorClient`. */
export class WorkerSession implements InspectorSession {
  readonly closed: Promise<void>
  readonly #client: InspectorClient
  readonly #sessionId: string
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, Array<(params: unknown) => void>>()
  #lastId = 0
  #isClosed = false
  #resolveClosed: () => void = () => {}

  constructor(client: InspectorClient, sessionId: string) {
    this.#client = client
    this.#sessionId = sessionId
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @throws PlimsollError ATTACH_FAILED: an error reply, no reply in time, or the thread ended */
  send<Method extends InspectorMethod>(
    method: Method,
    ...[params, options]: [...params: InspectorParams<Method>] extends [infer First]
      ? [params: First, options?: { timeoutMs?: number }]
      : [params?: InspectorParams<Method>[0], options?: { timeoutMs?: number }]
  ): Promise<InspectorResult<Method>> {
    const id = ++this.#lastId
    const timeoutMs = options?.timeoutMs ?? defaultTimeoutMs
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, `no reply within ${timeoutMs} ms`), timeoutMs)
      this.#pending.set(id, { method, timer, resolve, reject })
      if (this.#isClosed) {
        this.#fail(id, 'the thread has ended')
        return
      }
      const message = JSON.stringify({ id, method, params: params ?? {} })
      this.#client
        .send('NodeWorker.sendMessageToWorker', { sessionId: this.#sessionId, message }, { timeoutMs })
        .catch((error: Error) => this.#fail(id, error.message))
    })
  }

  on(event: string, listener: (params: unknown) => void): void {
    const known = this.#listeners.get(event)
    if (known) known.push(listener)
    else this.#listeners.set(event, [listener])
  }

  /** Takes a message that came from the thread. */
  receive(text: string): void {
    const message = parseMessage(text)
    if (!message) return
    if (typeof message.id !== 'number') {
      for (const listener of this.#listeners.get(String(message.method)) ?? []) listener(message.params)
    } else if (message.error !== undefined) {
      this.#fail(message.id, JSON.stringify(message.error).slice(0, 300))
    } else {
      this.#take(message.id)?.resolve((message.result ?? {}) as never)
    }
  }

  /** The thread has ended, or is let go. */
  end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const id of [...this.#pending.keys()]) this.#fail(id, 'the thread has ended')
    this.#resolveClosed()
  }

  #fail(id: number, reason: string): void {
    const pending = this.#take(id)
    pending?.reject(attachFailed(`${pending.method} failed in a worker thread: ${reason}`))
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending) clearTimeout(pending.timer)
    this.#pending.delete(id)
    return pending
  }
}
