import type { WebSocketOptions } from '../../scenario/session.js'
import type { MeasuredMessage } from './measured-message.js'
import { readText, textWithId, wireText } from './message-text.js'

/** What a reply is known by. */
export type Id = string | number

/** Which of a socket's requests a message of the target answers. */
export interface ReplyPairing {
  /**
   * The id that a message carries already; undefined if it needs none or is given one.
   * @throws Error for a message whose reply could not be told
   */
  idIn(content: string | Uint8Array | object): Id | undefined
  /** Keeps account of a request, and gives it its form on the wire. `own`: what `idIn` said. */
  open(
    message: MeasuredMessage,
    content: string | Uint8Array | object,
    own: Id | undefined,
  ): string | Uint8Array
  /** Requests that wait. */
  readonly size: number
  /** The request that a message answers, which is forgotten; null for none. `value`: the text as JSON, if it is. */
  take(text: string, value: unknown): MeasuredMessage | null
  forget(message: MeasuredMessage): void
  /** Forgets all and returns them, the oldest first. */
  drain(): MeasuredMessage[]
  /** A reply to a request that was given up could be taken for that of the next one. */
  readonly losesStepOnTimeout: boolean
}

type ReplyFunction = Exclude<WebSocketOptions['reply'], string | undefined>

export function createPairing(reply: WebSocketOptions['reply']): ReplyPairing {
  if (reply === 'fifo') return new InOrder()
  if (typeof reply === 'function') return new ById('id', reply)
  const rule = reply ?? 'json:id'
  const key = /^json:(\w+)$/.exec(rule)?.[1]
  if (key === undefined) {
    throw new Error(`'${rule}' is no way to match replies: give json:FIELD, fifo or a function`)
  }
  return new ById(key, null)
}

class InOrder implements ReplyPairing {
  readonly losesStepOnTimeout = true
  #open: MeasuredMessage[] = []

  idIn(): undefined {
    return undefined
  }

  open(message: MeasuredMessage, content: string | Uint8Array | object): string | Uint8Array {
    this.#open.push(message)
    return wireText(content)
  }

  get size(): number {
    return this.#open.length
  }

  take(): MeasuredMessage | null {
    return this.#open.shift() ?? null
  }

  forget(message: MeasuredMessage): void {
    this.#open = this.#open.filter((one) => one !== message)
  }

  drain(): MeasuredMessage[] {
    const all = this.#open
    this.#open = []
    return all
  }
}

class ById implements ReplyPairing {
  readonly losesStepOnTimeout = false
  readonly #key: string
  readonly #idOf: ReplyFunction | null
  /** Made by the first request: many sockets only listen. */
  #open: Map<Id, MeasuredMessage> | null = null

  constructor(key: string, idOf: ReplyFunction | null) {
    this.#key = key
    this.#idOf = idOf
  }

  idIn(content: string | Uint8Array | object): Id | undefined {
    const isObject = typeof content === 'object' && !(content instanceof Uint8Array)
    const wire = isObject ? '' : wireText(content).toString()
    const id =
      isObject && !this.#idOf
        ? this.#idOfReply('', content)
        : this.#idOfReply(wire || JSON.stringify(content), readText(wire))
    if (typeof id === 'string' || typeof id === 'number') return id
    if (isObject && id === undefined && !this.#idOf) return undefined
    throw new Error(
      `the message carries no ${this.#key} to match its reply by: open the socket with reply: 'fifo', or send an object`,
    )
  }

  open(
    message: MeasuredMessage,
    content: string | Uint8Array | object,
    own: Id | undefined,
  ): string | Uint8Array {
    this.#open ??= new Map()
    message.replyId = own ?? message.id
    this.#open.set(message.replyId, message)
    return own === undefined ? textWithId(content as object, this.#key, message.id) : wireText(content)
  }

  get size(): number {
    return this.#open?.size ?? 0
  }

  take(text: string, value: unknown): MeasuredMessage | null {
    const id = this.#idOfReply(text, value)
    if (this.#open === null || (typeof id !== 'string' && typeof id !== 'number')) return null
    const found = this.#open.get(id) ?? this.#open.get(typeof id === 'number' ? String(id) : Number(id))
    if (!found) return null
    this.forget(found)
    return found
  }

  forget(message: MeasuredMessage): void {
    this.#open?.delete(message.replyId)
  }

  drain(): MeasuredMessage[] {
    const all = [...(this.#open?.values() ?? [])]
    this.#open?.clear()
    return all
  }

  #idOfReply(text: string, value: unknown): unknown {
    if (this.#idOf) return this.#idOf(text)
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)[this.#key]
      : undefined
  }
}
