const none = -1

/**
 * The messages that are due and not yet finished, as parallel typed arrays: nothing is allocated for a message.
 * A slot stands in two lists: all messages in the order they came due (for timeouts), and those of one queue in
 * the same order: sent ones first, then waiting ones. A queue is a connection's, or the one that pooled
 * connections take from.
 */
export class MessageTable {
  id: Float64Array
  /** Times in µs since the load started. `sentUs` is NaN while the message waits. */
  intendedUs: Float64Array
  readyUs: Float64Array
  sentUs: Float64Array
  firstByteUs: Float64Array
  queue: Int32Array
  /** 1 for a message that was written at least once, though it may be waiting again. */
  written: Uint8Array
  size = 0
  /** The message due longest ago, or −1. */
  oldest = none

  #newest = none
  #older: Int32Array
  #newer: Int32Array
  #before: Int32Array
  #behind: Int32Array
  #free: number = none
  #capacity: number
  readonly #head: Int32Array
  readonly #tail: Int32Array
  readonly #firstWaiting: Int32Array

  constructor(queues: number, capacity = 1_024) {
    this.#capacity = capacity
    this.id = new Float64Array(capacity)
    this.intendedUs = new Float64Array(capacity)
    this.readyUs = new Float64Array(capacity)
    this.sentUs = new Float64Array(capacity)
    this.firstByteUs = new Float64Array(capacity)
    this.queue = new Int32Array(capacity)
    this.written = new Uint8Array(capacity)
    this.#older = new Int32Array(capacity)
    this.#newer = new Int32Array(capacity)
    this.#before = new Int32Array(capacity)
    this.#behind = new Int32Array(capacity)
    this.#head = new Int32Array(queues).fill(none)
    this.#tail = new Int32Array(queues).fill(none)
    this.#firstWaiting = new Int32Array(queues).fill(none)
    this.#chainFree(0)
  }

  /** Adds a message that waits at the end of `queue`; returns its slot. */
  add(queue: number, id: number, intendedUs: number, readyUs: number): number {
    if (this.#free === none) this.#grow()
    const slot = this.#free
    this.#free = this.#newer[slot]!
    this.id[slot] = id
    this.intendedUs[slot] = intendedUs
    this.readyUs[slot] = readyUs
    this.sentUs[slot] = Number.NaN
    this.firstByteUs[slot] = Number.NaN
    this.written[slot] = 0
    this.#older[slot] = this.#newest
    this.#newer[slot] = none
    if (this.#newest === none) this.oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
    this.#append(slot, queue)
    this.size++
    return slot
  }

  /** The first message of `queue` that has not been sent, or −1. */
  firstWaiting(queue: number): number {
    return this.#firstWaiting[queue]!
  }

  /** The message of `queue` sent longest ago and not finished, or −1. */
  firstSent(queue: number): number {
    const head = this.#head[queue]!
    return head === this.#firstWaiting[queue]! ? none : head
  }

  /** The first of all messages of `queue`, sent or waiting, or −1. */
  first(queue: number): number {
    return this.#head[queue]!
  }

  /** The message of the same queue behind this one, or −1. */
  behind(slot: number): number {
    return this.#behind[slot]!
  }

  /** The message that came due next after this one, in any queue, or −1. */
  newer(slot: number): number {
    return this.#newer[slot]!
  }

  isSent(slot: number): boolean {
    return !Number.isNaN(this.sentUs[slot]!)
  }

  /** Marks the first waiting message of its queue as sent. */
  markSent(slot: number, sentUs: number): void {
    this.sentUs[slot] = sentUs
    this.written[slot] = 1
    this.#firstWaiting[this.queue[slot]!] = this.#behind[slot]!
  }

  /** Moves the first waiting message of one queue to the end of another, in which none waits. */
  moveFirstWaiting(slot: number, to: number): void {
    this.#unlinkFromQueue(slot)
    this.#append(slot, to)
  }

  /** All messages of one queue wait again, before those of another, in which none was sent. */
  waitAgain(from: number, to: number): void {
    const first = this.#head[from]!
    const last = this.#tail[from]!
    if (first === none) return
    for (let slot = first; slot !== none; slot = this.#behind[slot]!) {
      this.queue[slot] = to
      this.sentUs[slot] = Number.NaN
      this.firstByteUs[slot] = Number.NaN
    }
    const next = this.#head[to]!
    this.#behind[last] = next
    if (next === none) this.#tail[to] = last
    else this.#before[next] = last
    this.#head[to] = first
    this.#firstWaiting[to] = first
    this.#head[from] = none
    this.#tail[from] = none
    this.#firstWaiting[from] = none
  }

  remove(slot: number): void {
    this.#unlinkFromQueue(slot)
    const older = this.#older[slot]!
    const newer = this.#newer[slot]!
    if (older === none) this.oldest = newer
    else this.#newer[older] = newer
    if (newer === none) this.#newest = older
    else this.#older[newer] = older
    this.#newer[slot] = this.#free
    this.#free = slot
    this.size--
  }

  #append(slot: number, queue: number): void {
    const tail = this.#tail[queue]!
    this.queue[slot] = queue
    this.#before[slot] = tail
    this.#behind[slot] = none
    if (tail === none) this.#head[queue] = slot
    else this.#behind[tail] = slot
    this.#tail[queue] = slot
    if (this.#firstWaiting[queue] === none) this.#firstWaiting[queue] = slot
  }

  #unlinkFromQueue(slot: number): void {
    const queue = this.queue[slot]!
    const before = this.#before[slot]!
    const behind = this.#behind[slot]!
    if (before === none) this.#head[queue] = behind
    else this.#behind[before] = behind
    if (behind === none) this.#tail[queue] = before
    else this.#before[behind] = before
    if (this.#firstWaiting[queue] === slot) this.#firstWaiting[queue] = behind
  }

  #grow(): void {
    const from = this.#capacity
    this.#capacity = from * 2
    this.id = widenFloats(this.id)
    this.intendedUs = widenFloats(this.intendedUs)
    this.readyUs = widenFloats(this.readyUs)
    this.sentUs = widenFloats(this.sentUs)
    this.firstByteUs = widenFloats(this.firstByteUs)
    this.queue = widenIntegers(this.queue)
    const written = new Uint8Array(this.#capacity)
    written.set(this.written)
    this.written = written
    this.#older = widenIntegers(this.#older)
    this.#newer = widenIntegers(this.#newer)
    this.#before = widenIntegers(this.#before)
    this.#behind = widenIntegers(this.#behind)
    this.#chainFree(from)
  }

  #chainFree(from: number): void {
    for (let slot = from; slot < this.#capacity; slot++) this.#newer[slot] = slot + 1
    this.#newer[this.#capacity - 1] = none
    this.#free = from
  }
}

function widenFloats(array: Float64Array): Float64Array {
  const wider = new Float64Array(array.length * 2)
  wider.set(array)
  return wider
}

function widenIntegers(array: Int32Array): Int32Array {
  const wider = new Int32Array(array.length * 2)
  wider.set(array)
  return wider
}
