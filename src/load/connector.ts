import type { Driver } from './driver.js'

const closed = 0
const connecting = 1
const open = 2
const lost = 3

/** A connection that could not be opened, or was lost, is tried again after this time at the earliest. */
const retryUs = 100_000

/**
 * Opens connections at a rate and keeps account of which are open. The rate spreads bursts: a listen queue that
 * overflows turns them into SYN retries of a second.
 */
export class Connector {
  open = 0
  readonly #driver: Driver
  readonly #states: Uint8Array
  readonly #reopens: boolean
  readonly #gapUs: number
  #next = 0
  #settled = 0
  #startUs = 0
  #retries: Array<{ index: number; atUs: number }> = []
  readonly #allSettled: () => void

  /**
   * @param rate new connections a second of this worker
   * @param reopens whether a lost connection is opened again
   * @param allSettled called once, when each connection was opened or has failed
   */
  constructor(driver: Driver, connections: number, rate: number, reopens: boolean, allSettled: () => void) {
    this.#driver = driver
    this.#states = new Uint8Array(connections)
    this.#reopens = reopens
    this.#gapUs = 1e6 / rate
    this.#allSettled = allSettled
  }

  isOpen(index: number): boolean {
    return this.#states[index] === open
  }

  begin(nowUs: number): void {
    this.#startUs = nowUs
    this.tick(nowUs)
  }

  /** Opens what is due by now; called every few ms. */
  tick(nowUs: number): void {
    const due = Math.min(this.#states.length, Math.floor((nowUs - this.#startUs) / this.#gapUs) + 1)
    while (this.#next < due) this.#connect(this.#next++)
    if (this.#retries.length === 0) return
    const ready = this.#retries.filter((retry) => retry.atUs <= nowUs)
    this.#retries = this.#retries.filter((retry) => retry.atUs > nowUs)
    for (const { index } of ready) this.#connect(index)
  }

  opened(index: number): void {
    this.open++
    this.#settle(index, open)
  }

  /**
   * The connection is gone, or never came up.
   * @param atOnce an ended keep-alive connection is opened again without delay
   */
  closed(index: number, nowUs: number, atOnce: boolean): void {
    if (this.#states[index] === open) this.open--
    this.#settle(index, this.#reopens ? closed : lost)
    if (this.#reopens) this.#retries.push({ index, atUs: atOnce ? nowUs : nowUs + retryUs })
  }

  /** No more connections are opened from now on. */
  stop(): void {
    this.#next = this.#states.length
    this.#retries = []
  }

  #connect(index: number): void {
    this.#states[index] = connecting
    this.#driver.open(index)
  }

  #settle(index: number, state: number): void {
    const first = this.#settled < this.#states.length && this.#states[index] === connecting
    this.#states[index] = state
    if (first && ++this.#settled === this.#states.length) this.#allSettled()
  }
}
