import type { ReplyFunction } from '../scenario/scenario.js'
import { JsonKeyReader, valueAtPath } from './json-id.js'
import type { MessageTable } from './message-table.js'

/** How replies are matched to messages. `protocol`: the protocol pairs them itself (HTTP). */
export type ReplyRule =
  | { readonly kind: 'protocol' | 'fifo' | 'none' }
  /** By the id under `key`, if the replies carry it; else in order. */
  | { readonly kind: 'auto'; readonly key: string }
  | { readonly kind: 'json'; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly idOf: ReplyFunction }

/** What the matcher found out about one message of the target. */
export interface MatchSink {
  matched(slot: number, arrivedUs: number, problem: string | null): void
  /** It answers nothing though every message should. */
  unmatched(arrivedUs: number): void
  /** It carries no id of an open message: a push, or a reply that came too late. */
  pushed(arrivedUs: number): void
}

interface HeldArrival {
  readonly queue: number
  readonly arrivedUs: number
}

/** In `auto`: so many replies without an id, or so long since the first, and replies are taken in order. */
const undecidedReplies = 20
const undecidedUs = 250_000
/** So many open messages of a connection are looked through before an index is made. */
const longestWalk = 32
/** In `auto` after taking to fifo: an id that turns up among so many first replies still changes the rule. */
const secondThoughts = 1_000

/**
 * Decides which open message an incoming one answers. Under `auto` the first arrivals are held, with their arrival
 * times, until it is clear whether replies carry the id; then they are matched by the rule that was found.
 */
export class ReplyMatcher {
  /** `json:KEY`, `fifo`, …: the rule in force, for the report. */
  get description(): string {
    if (this.#rule.kind === 'json') return `json:${this.#rule.path.join('.')}`
    if (this.#rule.kind === 'auto') return 'undecided'
    return this.#rule.kind
  }

  /** Replies were taken in order before an id turned up among them. */
  changedItsMind = false
  /** What the reply function threw first, if it did: its messages count as pushes, and go unanswered. */
  functionFailure: string | null = null

  #rule: ReplyRule
  readonly #table: MessageTable
  readonly #sink: MatchSink
  /** Slots by id, kept only once replies have come far out of order. */
  #index: Map<number, number> | null = null
  #keyReader: JsonKeyReader | null
  #autoKey: string | null
  #held: HeldArrival[] = []
  #fifoReplies = 0

  constructor(rule: ReplyRule, table: MessageTable, sink: MatchSink) {
    this.#rule = rule
    this.#table = table
    this.#sink = sink
    this.#autoKey = rule.kind === 'auto' ? rule.key : null
    this.#keyReader = rule.kind === 'auto' ? new JsonKeyReader(rule.key) : null
  }

  /** Arrivals are held and wait for a decision. */
  get holding(): boolean {
    return this.#held.length > 0
  }

  /** True if a message that times out leaves its connection out of step: later replies would match wrongly. */
  get losesStepOnTimeout(): boolean {
    return this.#rule.kind === 'fifo' || this.#rule.kind === 'protocol'
  }

  /** A message was written. */
  opened(slot: number): void {
    this.#index?.set(this.#table.id[slot]!, slot)
  }

  /** A message is finished, answered or not. */
  finished(slot: number): void {
    this.#index?.delete(this.#table.id[slot]!)
  }

  /** A message of the target arrived on `queue`. */
  arrived(
    queue: number,
    data: Buffer,
    start: number,
    end: number,
    arrivedUs: number,
    problem: string | null,
  ): void {
    switch (this.#rule.kind) {
      case 'none':
        this.#sink.pushed(arrivedUs)
        return
      case 'protocol':
        this.#matchInOrder(queue, arrivedUs, problem)
        return
      case 'fifo':
        if (this.#autoKey !== null) this.#thinkTwice(queue, data, start, end)
        if (this.#rule.kind === 'fifo') this.#matchInOrder(queue, arrivedUs, problem)
        else this.#matchById(queue, this.#idOf(data, start, end), arrivedUs)
        return
      case 'auto':
        this.#decide(queue, data, start, end, arrivedUs)
        return
      default:
        this.#matchById(queue, this.#idOf(data, start, end), arrivedUs)
    }
  }

  /** Takes to fifo if replies without an id have been held for long enough, or `atOnce`. */
  settle(nowUs: number, atOnce = false): void {
    const first = this.#held[0]
    if (!first) return
    if (atOnce || this.#held.length >= undecidedReplies || nowUs - first.arrivedUs >= undecidedUs)
      this.#takeToFifo()
  }

  #decide(queue: number, data: Buffer, start: number, end: number, arrivedUs: number): void {
    if (this.#isOpenOn(queue, this.#idOf(data, start, end))) {
      this.#takeToIds()
      this.#matchById(queue, this.#idOf(data, start, end), arrivedUs)
    } else if (this.#table.firstSent(queue) < 0) {
      this.#sink.pushed(arrivedUs)
    } else {
      this.#held.push({ queue, arrivedUs })
      this.settle(arrivedUs)
    }
  }

  #takeToIds(): void {
    this.#rule = { kind: 'json', path: [this.#autoKey!] }
    const held = this.#held
    this.#held = []
    for (const { arrivedUs } of held) this.#sink.pushed(arrivedUs)
  }

  #takeToFifo(): void {
    this.#rule = { kind: 'fifo' }
    const held = this.#held
    this.#held = []
    for (const { queue, arrivedUs } of held) this.#matchInOrder(queue, arrivedUs, null)
  }

  #thinkTwice(queue: number, data: Buffer, start: number, end: number): void {
    if (this.#isOpenOn(queue, this.#idOf(data, start, end))) {
      this.changedItsMind = true
      this.#takeToIds()
    } else if (++this.#fifoReplies >= secondThoughts) {
      this.#autoKey = null
      this.#keyReader = null
      this.#index = null
    }
  }

  #matchInOrder(queue: number, arrivedUs: number, problem: string | null): void {
    const slot = this.#table.firstSent(queue)
    if (slot < 0) this.#sink.unmatched(arrivedUs)
    else this.#sink.matched(slot, arrivedUs, problem)
  }

  #matchById(queue: number, id: number, arrivedUs: number): void {
    const slot = this.#find(queue, id)
    if (slot >= 0) this.#sink.matched(slot, arrivedUs, null)
    else this.#sink.pushed(arrivedUs)
  }

  #isOpenOn(queue: number, id: number): boolean {
    return this.#find(queue, id) >= 0
  }

  /**
   * The open message with an id on the connection that it was sent on (a broadcast carries ids to others too), or
   * −1. Replies mostly come in order, so the first few are looked at; an index is made once that does not do.
   */
  #find(queue: number, id: number): number {
    const table = this.#table
    let slot = table.firstSent(queue)
    if (this.#index === null) {
      for (let steps = 0; steps < longestWalk; steps++) {
        if (slot < 0 || !table.isSent(slot)) return -1
        if (table.id[slot] === id) return slot
        slot = table.behind(slot)
      }
      this.#index = this.#indexOfAll()
    }
    const found = this.#index.get(id)
    return found !== undefined && table.queue[found] === queue ? found : -1
  }

  #indexOfAll(): Map<number, number> {
    const table = this.#table
    const index = new Map<number, number>()
    for (let slot = table.oldest; slot >= 0; slot = table.newer(slot)) {
      if (table.isSent(slot)) index.set(table.id[slot]!, slot)
    }
    return index
  }

  #idOf(data: Buffer, start: number, end: number): number {
    if (this.#keyReader) return this.#keyReader.read(data, start, end)
    const text = data.toString('utf8', start, end)
    try {
      const id = this.#idOfText(text)
      return id === null || id === undefined || id === '' ? Number.NaN : Number(id)
    } catch (error) {
      if (this.#rule.kind === 'function') this.functionFailure ??= String(error)
      return Number.NaN
    }
  }

  #idOfText(text: string): unknown {
    if (this.#rule.kind === 'function') return this.#rule.idOf(text)
    if (this.#rule.kind === 'json') return valueAtPath(JSON.parse(text), this.#rule.path)
    return null
  }
}
