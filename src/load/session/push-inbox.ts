import { MessageError } from '../../scenario/message-error.js'
import { readText } from './message-text.js'
import type { Awaited } from './patience.js'
import type { SessionContext } from './session-context.js'

/** One call of `next` that waits. */
class Waiter implements Awaited {
  deadlineUs = 0
  list: Awaited['list'] = null
  before: Awaited | null = null
  behind: Awaited | null = null
  readonly accept: ((message: unknown) => boolean) | null
  readonly resolve: (message: unknown) => void
  readonly reject: (error: Error) => void
  readonly #expired: (waiter: Waiter) => void

  constructor(
    accept: ((message: unknown) => boolean) | null,
    resolve: (message: unknown) => void,
    reject: (error: Error) => void,
    expired: (waiter: Waiter) => void,
  ) {
    this.accept = accept
    this.resolve = resolve
    this.reject = reject
    this.#expired = expired
  }

  expire(): void {
    this.#expired(this)
  }
}

/** A message that waits to be looked at; `text` where it was not parsed yet. */
interface Kept {
  text: string | null
  value: unknown
}

/**
 * Messages of the target that answer no request: handed to listeners and to whoever waits for them, else the latest
 * are kept. What nobody has looked at yet is kept as text, and parsed when somebody does.
 */
export class PushInbox {
  readonly #context: SessionContext
  readonly #capacity: number
  #kept: Kept[] = []
  #waiters: Waiter[] = []
  #listeners: Array<(message: unknown) => void> = []
  #closeListeners: Array<(reason: string) => void> = []

  constructor(context: SessionContext, capacity: number) {
    this.#context = context
    this.#capacity = capacity
  }

  /** Somebody wants to know of a message right now. */
  get isHeard(): boolean {
    return this.#listeners.length > 0 || this.#waiters.length > 0
  }

  onMessage(handle: (message: unknown) => void): () => void {
    this.#listeners = [...this.#listeners, handle]
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== handle)
    }
  }

  onClose(handle: (reason: string) => void): () => void {
    this.#closeListeners = [...this.#closeListeners, handle]
    return () => {
      this.#closeListeners = this.#closeListeners.filter((one) => one !== handle)
    }
  }

  /** Keeps a text that nobody waits for right now. */
  keepText(text: string): void {
    this.#keep({ text, value: null })
  }

  push(content: unknown): void {
    for (const handle of this.#listeners) handle(content)
    const index = this.#waiters.findIndex(({ accept }) => accept === null || accept(content))
    const waiter = this.#waiters[index]
    if (waiter) {
      this.#waiters.splice(index, 1)
      this.#context.patience.remove(waiter)
      waiter.resolve(content)
      return
    }
    this.#keep({ text: null, value: content })
  }

  next(
    accept: ((message: unknown) => boolean) | null,
    timeoutUs: number,
    isClosed: boolean,
  ): Promise<unknown> {
    for (let index = 0; index < this.#kept.length; index++) {
      const kept = this.#kept[index]!
      if (kept.text !== null) kept.value = readText(kept.text)
      kept.text = null
      if (accept !== null && !accept(kept.value)) continue
      this.#kept.splice(index, 1)
      return Promise.resolve(kept.value)
    }
    if (isClosed) return Promise.reject(new MessageError('message-lost', 'the connection is gone'))
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(accept, resolve, reject, (one) => this.#giveUp(one))
      this.#waiters.push(waiter)
      this.#context.patience.add(waiter, this.#context.nowUs(), timeoutUs)
    })
  }

  /** Nothing will come any more. */
  closed(kind: string, detail: string): void {
    this.end(new MessageError(kind, `the connection is gone: ${detail}`))
    for (const handle of this.#closeListeners) handle(detail)
  }

  end(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) {
      this.#context.patience.remove(waiter)
      waiter.reject(error)
    }
  }

  #keep(kept: Kept): void {
    if (this.#capacity === 0) return
    if (this.#kept.length >= this.#capacity) this.#kept.shift()
    this.#kept.push(kept)
  }

  /** A push that was waited for and never came is an error, as a reply would be. */
  #giveUp(waiter: Waiter): void {
    this.#waiters = this.#waiters.filter((one) => one !== waiter)
    this.#context.outcomes.pushMissed(this.#context.nowUs())
    waiter.reject(new MessageError('push-timeout', 'no such message in time'))
  }
}
