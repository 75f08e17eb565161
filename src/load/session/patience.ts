/** Something that is waited for. */
export interface Awaited {
  deadlineUs: number
  /** The list that it stands in, and its neighbours there. */
  list: AwaitedList | null
  before: Awaited | null
  behind: Awaited | null
  /** Nobody waits any longer, for a reason of this kind. It is in no list by then. */
  expire(nowUs: number, kind: string): void
}

interface AwaitedList {
  first: Awaited | null
  last: Awaited | null
}

/**
 * Deadlines of all that sessions wait for. There are few different timeouts, and with one timeout the order of
 * deadlines is the order of coming: so a linked list for each, instead of a timer for each message.
 */
export class Patience {
  readonly #lists = new Map<number, AwaitedList>()
  size = 0

  add(awaited: Awaited, nowUs: number, timeoutUs: number): void {
    let list = this.#lists.get(timeoutUs)
    if (!list) {
      list = { first: null, last: null }
      this.#lists.set(timeoutUs, list)
    }
    awaited.deadlineUs = nowUs + timeoutUs
    awaited.list = list
    awaited.before = list.last
    awaited.behind = null
    if (list.last) list.last.behind = awaited
    else list.first = awaited
    list.last = awaited
    this.size++
  }

  /** Idempotent. */
  remove(awaited: Awaited): void {
    const { list, before, behind } = awaited
    if (list === null) return
    if (before) before.behind = behind
    else list.first = behind
    if (behind) behind.before = before
    else list.last = before
    awaited.list = null
    awaited.before = null
    awaited.behind = null
    this.size--
  }

  /** Expires all whose time is up. */
  expire(nowUs: number): void {
    this.#expire(nowUs, nowUs, 'timeout')
  }

  /** Expires all. */
  end(nowUs: number, kind: string): void {
    this.#expire(nowUs, Number.POSITIVE_INFINITY, kind)
  }

  #expire(nowUs: number, deadlineUs: number, kind: string): void {
    for (const list of this.#lists.values()) {
      for (let first = list.first; first && first.deadlineUs <= deadlineUs; first = list.first) {
        this.remove(first)
        first.expire(nowUs, kind)
      }
    }
  }
}
