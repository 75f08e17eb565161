import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.js'
import { WebSocket } from 'ws'
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

/** A CPU profile of ten minutes is some tens of megabytes. */
const maxMessageBytes = 512_000_000
const defaultTimeoutMs = 5_000

interface Pending {
  readonly method: string
  readonly timer: NodeJS.Timeout
  readonly resolve: (result: never) => void
  readonly reject: (error: PlimsollError) => void
}

/** What can be asked of one thread of a Node process. */
export type InspectorSession = Pick<InspectorClient, 'closed' | 'isClosed' | 'on' | 'send'>

/**
 * A small client of the Chrome DevTools protocol. Every wait has an end: an inspector that hangs, closes or talks
 * nonsense rejects with PlimsollError ATTACH_FAILED, and nothing it sends throws elsewhere.
 */
export class InspectorClient {
  readonly #socket: WebSocket
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, Array<(params: unknown) => void>>()
  /** Resolves when the connection is closed, by whichever side; never rejects. */
  readonly closed: Promise<void>
  readonly #localPort: number
  #lastId = 0
  #isClosed = false

  private constructor(socket: WebSocket, localPort: number) {
    this.#socket = socket
    this.#localPort = localPort
    socket.on('message', (data) => this.#receive(String(data)))
    socket.on('error', () => socket.terminate())
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true
        for (const id of [...this.#pending.keys()]) this.#fail(id, 'the inspector closed the connection')
        resolve()
      })
    })
  }

  /** @throws PlimsollError ATTACH_FAILED */
  static connect(url: string, timeoutMs = defaultTimeoutMs): Promise<InspectorClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        perMessageDeflate: false,
        maxPayload: maxMessageBytes,
        handshakeTimeout: timeoutMs,
        followRedirects: false,
      })
      let localPort = 0
      socket.once('upgrade', (response) => {
        localPort = response.socket.localPort ?? 0
      })
      socket.once('open', () => {
        socket.removeAllListeners('error')
        resolve(new InspectorClient(socket, localPort))
      })
      socket.on('error', (error) => {
        reject(attachFailed(`its inspector does not take a connection: ${error.message}`, error))
      })
    })
  }

  /** The port of this end of the connection. */
  get localPort(): number {
    return this.#localPort
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @throws PlimsollError ATTACH_FAILED: an error reply, no reply in time, or the connection closed */
  send<Method extends InspectorMethod>(
    method: Method,
    ...[params, options]: [...params: InspectorParams<Method>] extends [infer First]
      ? [params: First, options?: { timeoutMs?: number }]
      : [params?: InspectorParams<Method>[0], options?: { timeoutMs?: number }]
  ): Promise<InspectorResult<Method>> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timeoutMs = options?.timeoutMs ?? defaultTimeoutMs
      const timer = setTimeout(() => this.#fail(id, `no reply within ${timeoutMs} ms`), timeoutMs)
      this.#pending.set(id, { method, timer, resolve, reject })
      if (this.#isClosed || this.#socket.readyState !== WebSocket.OPEN) {
        this.#fail(id, 'the connection is closed')
        return
      }
      this.#socket.send(JSON.stringify({ id, method, params: params ?? {} }), (error) => {
        if (error) this.#fail(id, error.message)
      })
    })
  }

  /** Calls `listener` for each event of that name. */
  on(event: string, listener: (params: unknown) => void): void {
    const known = this.#listeners.get(event)
    if (known) known.push(listener)
    else this.#listeners.set(event, [listener])
  }

  /** Closes the connection; at once if the other side does not answer within a moment. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#socket.close()
    const timer = setTimeout(() => this.#socket.terminate(), 300)
    await this.closed
    clearTimeout(timer)
  }

  #receive(text: string): void {
    const message = parseMessage(text)
    if (!message) return
    if (typeof message.id !== 'number') {
      for (const listener of this.#listeners.get(String(message.method)) ?? []) listener(message.params)
      return
    }
    if (message.error !== undefined) {
      this.#fail(message.id, JSON.stringify(message.error).slice(0, 300))
      return
    }
    const pending = this.#take(message.id)
    pending?.resolve((message.result ?? {}) as never)
  }

  #fail(id: number, reason: string): void {
    const pending = this.#take(id)
    pending?.reject(attachFailed(`${pending.method} failed: ${reason}`))
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending) clearTimeout(pending.timer)
    this.#pending.delete(id)
    return pending
  }
}

export interface Message {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

export function parseMessage(text: string): Message | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}

export const attachFailed = (what: string, cause?: unknown): PlimsollError =>
  new PlimsollError('ATTACH_FAILED', `The target cannot be looked into: ${what}.`, { cause })
