import { parseDuration } from '../../kernel/units.js'
import { MessageError } from '../../scenario/message-error.js'
import type { UserSocket, WebSocketOptions } from '../../scenario/session.js'
import type { ConnectPhases } from '../driver.js'
import type { SessionSocket, SocketEvents } from '../session-transport.js'
import type { Actor } from './actor.js'
import { MeasuredMessage, type MessageOwner } from './measured-message.js'
import { readText, wireText } from './message-text.js'
import { PushInbox } from './push-inbox.js'
import { createPairing, type ReplyPairing } from './reply-pairing.js'
import { LoadEnded, type SessionContext } from './session-context.js'

const defaultBacklog = 100
const notOpen = 'the socket is not open'

interface Outgoing {
  readonly content: string | Uint8Array
  /** Null for one that waits for no reply. */
  readonly message: MeasuredMessage | null
}

/** A WebSocket of a session: every request on it is measured, and every message of the target finds its place. */
export class MeasuredSocket implements UserSocket, SocketEvents, MessageOwner {
  readonly #context: SessionContext
  readonly #actor: Actor
  readonly #connection: number
  readonly #pairing: ReplyPairing
  readonly #inbox: PushInbox
  readonly #transport: SessionSocket
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting'
  #outbox: Outgoing[] = []
  #opening: { resolve: (socket: UserSocket) => void; reject: (error: Error) => void } | null = null
  #closing: Array<() => void> = []

  private constructor(
    context: SessionContext,
    actor: Actor,
    url: URL,
    options: WebSocketOptions,
    opening: { resolve: (socket: UserSocket) => void; reject: (error: Error) => void },
  ) {
    this.#context = context
    this.#actor = actor
    this.#pairing = createPairing(options.reply)
    this.#inbox = new PushInbox(context, options.backlog ?? defaultBacklog)
    this.#connection = context.nextConnection()
    this.#opening = opening
    this.#transport = context.transports.openSocket(
      {
        url,
        headers: [...context.headers, ...Object.entries(options.headers ?? {})],
        subprotocols: options.subprotocols ?? context.subprotocols,
        compression: options.compression ?? context.compression,
      },
      this,
    )
  }

  /** Rejects with a MessageError of the kind that the connection failed with. */
  static open(
    context: SessionContext,
    actor: Actor,
    url: URL,
    options: WebSocketOptions,
    register: (socket: MeasuredSocket) => void,
  ): Promise<UserSocket> {
    return new Promise((resolve, reject) => {
      register(new MeasuredSocket(context, actor, url, options, { resolve, reject }))
    })
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  send(message: string | Uint8Array | object): void {
    if (this.#actor.ended) throw new LoadEnded()
    const now = this.#context.nowUs()
    if (this.#state === 'open') {
      this.#write({ content: wireText(message), message: null }, now)
      return
    }
    const { outcomes, nextMessageId } = this.#context
    outcomes.due(now, 1)
    outcomes.unanswered(nextMessageId(), this.#connection, now, now, Number.NaN, now, 'not-connected')
    throw new MessageError('not-connected', notOpen)
  }

  request<Reply = unknown>(
    content: string | Uint8Array | object,
    options?: { readonly timeout?: string },
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#actor.ended) throw new LoadEnded()
      const own = this.#pairing.idIn(content)
      const context = this.#context
      const now = context.nowUs()
      const intendedUs = this.#actor.intended.take(now)
      const message = new MeasuredMessage(
        context,
        this,
        context.nextMessageId(),
        this.#connection,
        intendedUs,
        this.#actor.intended.readyUs(intendedUs, now),
        this.#actor.currentGroup,
        resolve as (value: unknown) => void,
        reject,
      )
      if (this.#state !== 'open') {
        message.failed(now, 'not-connected', notOpen)
        return
      }
      const timeoutUs =
        options?.timeout === undefined ? context.timeoutUs : parseDuration(options.timeout) * 1_000
      context.patience.add(message, now, timeoutUs)
      this.#write({ content: this.#pairing.open(message, content, own), message }, now)
    })
  }

  next<Message = unknown>(accept?: (message: Message) => boolean, timeout?: string): Promise<Message> {
    const timeoutUs = timeout === undefined ? this.#context.timeoutUs : parseDuration(timeout) * 1_000
    if (this.#actor.ended) return Promise.reject(new LoadEnded())
    const accepts = (accept ?? null) as ((message: unknown) => boolean) | null
    return this.#inbox.next(accepts, timeoutUs, this.#state === 'closed') as Promise<Message>
  }

  on<Message = unknown>(event: 'message', handle: (message: Message) => void): () => void
  on(event: 'close', handle: (reason: string) => void): () => void
  on(event: 'message' | 'close', handle: (told: never) => void): () => void {
    return event === 'message'
      ? this.#inbox.onMessage(handle as (message: unknown) => void)
      : this.#inbox.onClose(handle as (reason: string) => void)
  }

  close(code?: number, reason?: string): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    return new Promise((resolve) => {
      this.#closing.push(resolve)
      this.#state = 'closing'
      this.#transport.close(code, reason)
    })
  }

  /** The load is over: whoever waits for a push waits no longer. */
  endWaiting(): void {
    this.#inbox.end(new LoadEnded())
  }

  // What the transport reports

  opened(phases: ConnectPhases): void {
    this.#context.outcomes.connectionOpened(this.#context.nowUs(), phases)
    this.#context.countConnection(1)
    if (this.#state === 'connecting') this.#state = 'open'
    this.#opening?.resolve(this)
    this.#opening = null
  }

  message(data: Buffer, start: number, end: number, binary: boolean, arrivedUs?: number): void {
    const { nowUs, sinceOriginUs } = this.#context
    const now = arrivedUs === undefined ? nowUs() : sinceOriginUs(arrivedUs)
    const text = binary ? '' : data.toString('utf8', start, end)
    try {
      if (this.#pairing.size > 0 || this.#inbox.isHeard || binary) {
        this.#handle(now, text, binary ? Buffer.from(data.subarray(start, end)) : readText(text))
      } else {
        this.#context.outcomes.pushed(now)
        this.#inbox.keepText(text)
      }
    } catch (error) {
      this.#actor.threw(error)
    }
  }

  writable(): void {
    const now = this.#context.nowUs()
    while (this.#outbox.length > 0 && this.#transport.canSend) this.#transmit(this.#outbox.shift()!, now)
  }

  received(bytes: number): void {
    this.#context.outcomes.bytes(this.#context.nowUs(), 0, bytes)
  }

  sent(bytes: number): void {
    this.#context.outcomes.bytes(this.#context.nowUs(), bytes, 0)
  }

  closed(kind: string, detail: string): void {
    const { outcomes } = this.#context
    const now = this.#context.nowUs()
    const wasOpen = this.#opening === null
    const byUs = this.#state === 'closing'
    this.#state = 'closed'
    if (wasOpen) this.#context.countConnection(-1)
    if (this.#opening) {
      outcomes.connectionFailed(now, kind, detail)
      this.#opening.reject(new MessageError(kind, detail))
      this.#opening = null
    } else if (!byUs) outcomes.connectionLost(now, kind, detail)
    this.#outbox = []
    for (const message of this.#pairing.drain())
      message.failed(now, 'message-lost', `the connection is gone: ${detail}`)
    try {
      this.#inbox.closed(kind, detail)
    } catch (error) {
      this.#actor.threw(error)
    }
    for (const resolve of this.#closing.splice(0)) resolve()
  }

  // What a message reports

  expired(message: MeasuredMessage): void {
    this.#pairing.forget(message)
    this.#outbox = this.#outbox.filter((one) => one.message !== message)
    if (!this.#pairing.losesStepOnTimeout || this.#state !== 'open') return
    this.#transport.destroy()
    this.closed('out-of-step', 'closed after a timeout, since later replies could no longer be told apart')
  }

  #write(outgoing: Outgoing, now: number): void {
    if (this.#outbox.length === 0 && this.#transport.canSend) this.#transmit(outgoing, now)
    else this.#outbox.push(outgoing)
  }

  #transmit({ content, message }: Outgoing, now: number): void {
    this.#transport.send(content)
    if (message) message.sent(now)
    else this.#context.outcomes.posted(now)
  }

  #handle(now: number, text: string, value: unknown): void {
    const message = this.#pairing.size > 0 ? this.#pairing.take(text, value) : null
    if (message) {
      message.answered(now, null)
      message.resolve(value)
      return
    }
    this.#context.outcomes.pushed(now)
    this.#inbox.push(value)
  }
}
