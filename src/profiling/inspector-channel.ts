import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.js'
import { PlimsollError } from '../kernel/errors.js'

/** Commands that Node adds to the protocol of V8. */
interface NodeCommands {
  'NodeRuntime.notifyWhenWaitingForDisconnect': { paramsType: [{ enabled: boolean }]; returnType: undefined }
  'NodeWorker.enable': { paramsType: [{ waitForDebuggerOnStart: boolean }]; returnType: undefined }
  'NodeWorker.disable': { paramsType: []; returnType: undefined }
  'NodeWorker.sendMessageToWorker': {
    paramsType: [{ sessionId: string; message: string }]
    returnType: undefined
  }
}
type Commands = ProtocolMapping.Commands & NodeCommands
export type InspectorMethod = keyof Commands
export type InspectorParams<Method extends InspectorMethod> = Commands[Method]['paramsType']
export type InspectorResult<Method extends InspectorMethod> = Commands[Method]['returnType']

interface Pending {
  readonly method: string
  readonly timer: NodeJS.Timeout
  readonly resolve: (result: never) => void
  readonly reject: (error: PlimsollError) => void
}

export interface ChannelParts {
  /** Hands a message to the other side; `failed` hears if that did not work. */
  readonly write: (text: string, timeoutMs: number, failed: (reason: string) => void) => void
  /** Whom a failure is told of: ` in a worker thread`, or nothing. */
  readonly where?: string
  readonly timeoutMs: number
}

/**
 * Calls and events of the Chrome DevTools protocol over whatever carries text. Every wait has an end: a side that hangs,
 * ends or talks nonsense rejects with PlimsollError ATTACH_FAILED, and nothing it sends throws elsewhere.
 */
export class InspectorChannel {
  /** Resolves when `end` was called; never rejects. */
  readonly closed: Promise<void>
  readonly #parts: ChannelParts
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, Array<(params: unknown) => void>>()
  #lastId = 0
  #ended: string | null = null
  #resolveClosed: () => void = () => {}

  constructor(parts: ChannelParts) {
    this.#parts = parts
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  get isClosed(): boolean {
    return this.#ended !== null
  }

  /** @throws PlimsollError ATTACH_FAILED: an error reply, no reply in time, or the other side has ended */
  send<Method extends InspectorMethod>(
    method: Method,
    ...[params, options]: [...params: InspectorParams<Method>] extends [infer First]
      ? [params: First, options?: { timeoutMs?: number }]
      : [params?: InspectorParams<Method>[0], options?: { timeoutMs?: number }]
  ): Promise<InspectorResult<Method>> {
    const id = ++this.#lastId
    const timeoutMs = options?.timeoutMs ?? this.#parts.timeoutMs
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, `no reply within ${timeoutMs} ms`), timeoutMs)
      this.#pending.set(id, { method, timer, resolve, reject })
      if (this.#ended !== null) {
        this.#fail(id, this.#ended)
        return
      }
      const text = JSON.stringify({ id, method, params: params ?? {} })
      this.#parts.write(text, timeoutMs, (reason) => this.#fail(id, reason))
    })
  }

  /** Calls `listener` for each event of that name. */
  on(event: string, listener: (params: unknown) => void): void {
    const known = this.#listeners.get(event)
    if (known) known.push(listener)
    else this.#listeners.set(event, [listener])
  }

  /** Takes a message of the other side. */
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

  /** The other side has ended: whatever waits for it fails with `reason`. */
  end(reason: string): void {
    if (this.#ended !== null) return
    this.#ended = reason
    for (const id of [...this.#pending.keys()]) this.#fail(id, reason)
    this.#resolveClosed()
  }

  #fail(id: number, reason: string): void {
    const pending = this.#take(id)
    pending?.reject(attachFailed(`${pending.method} failed${this.#parts.where ?? ''}: ${reason}`))
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending) clearTimeout(pending.timer)
    this.#pending.delete(id)
    return pending
  }
}

interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

function parseMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}

export const attachFailed = (what: string, cause?: unknown): PlimsollError =>
  new PlimsollError('ATTACH_FAILED', `The target cannot be looked into: ${what}.`, { cause })
