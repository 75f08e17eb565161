import { MessageError } from '../../scenario/message-error.js'
import type { Awaited } from './patience.js'
import type { SessionContext } from './session-context.js'

/** What a message of a session is waiting for, told when it is over. */
export interface MessageOwner {
  /** Time ran out; forget the message and whatever belongs to it. */
  expired(message: MeasuredMessage): void
}

/**
 * One message of a session, from its intended time to its end: it is counted once, by the phases that it reached.
 * Times in µs since the load started.
 */
export class MeasuredMessage implements Awaited {
  deadlineUs = 0
  list: Awaited['list'] = null
  before: Awaited | null = null
  behind: Awaited | null = null
  /** What its reply is known by. */
  replyId: string | number = -1
  sentUs = Number.NaN
  firstByteUs = Number.NaN
  readonly id: number
  readonly connection: number
  readonly intendedUs: number
  readonly readyUs: number
  readonly group: string | null
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly #context: SessionContext
  readonly #owner: MessageOwner

  constructor(
    context: SessionContext,
    owner: MessageOwner,
    id: number,
    connection: number,
    intendedUs: number,
    readyUs: number,
    group: string | null,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.#context = context
    this.#owner = owner
    this.id = id
    this.connection = connection
    this.intendedUs = intendedUs
    this.readyUs = readyUs
    this.group = group
    this.resolve = resolve
    this.reject = reject
    context.outcomes.due(intendedUs, 1)
  }

  /** Written; again after a retry on a fresh connection, which is one message still. */
  sent(nowUs: number): void {
    if (!Number.isNaN(this.sentUs)) return
    this.sentUs = nowUs
    this.#context.outcomes.sent(this.intendedUs)
  }

  /** A reply came; `problem` as the driver interface has it. Does not resolve: the value is the owner's. */
  answered(nowUs: number, problem: string | null): void {
    const { outcomes, patience } = this.#context
    patience.remove(this)
    outcomes.answered(
      this.id,
      this.connection,
      this.intendedUs,
      this.readyUs,
      this.sentUs,
      this.firstByteUs,
      nowUs,
      problem,
    )
    if (this.group !== null) {
      outcomes.grouped(this.group, this.intendedUs, nowUs - this.intendedUs, true, problem !== null)
    }
  }

  /** It ends without a reply, and its await rejects. */
  failed(nowUs: number, kind: string, detail: string): void {
    const { outcomes, patience } = this.#context
    patience.remove(this)
    outcomes.unanswered(this.id, this.connection, this.intendedUs, this.readyUs, this.sentUs, nowUs, kind)
    if (this.group !== null) {
      outcomes.grouped(this.group, this.intendedUs, nowUs - this.intendedUs, false, true)
    }
    this.reject(new MessageError(kind, detail))
  }

  expire(nowUs: number, kind: string): void {
    this.#owner.expired(this)
    this.failed(nowUs, kind, 'no reply in time')
  }
}
