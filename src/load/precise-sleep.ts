import { Worker } from 'node:worker_threads'
import { monotonicUs } from '../kernel/clock.js'

/** Slots of the shared memory between the event loop and its alarm thread. */
export const alarmMemory = { bytes: 32, request: 0, ring: 1, pause: 2, deadline: 2 } as const

/**
 * Wakes the event loop at a given microsecond. libuv's timers count whole milliseconds, so `setTimeout` is late by
 * 0.5–1 ms; here a second thread sleeps on a futex with a deadline and rings. The loop stays in `epoll_wait` and
 * goes on reading replies meanwhile.
 */
export class PreciseSleep {
  readonly #integers: Int32Array
  readonly #floats: Float64Array
  readonly #thread: Worker
  #generation = 0

  constructor(alarmModule: URL = new URL('./precise-sleep-thread.js', import.meta.url)) {
    const memory = new SharedArrayBuffer(alarmMemory.bytes)
    this.#integers = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
    this.#thread = new Worker(alarmModule, { workerData: memory, stdout: false, stderr: false })
    this.#thread.unref()
  }

  /** Calls `wake` at `deadlineUs` on the monotonic clock. A later call replaces an earlier one that is still due. */
  until(deadlineUs: number, wake: () => void): void {
    const generation = ++this.#generation
    const rings = Atomics.load(this.#integers, alarmMemory.ring)
    this.#floats[alarmMemory.deadline] = deadlineUs
    // A request that comes while the thread still sleeps for an earlier one must end that sleep.
    Atomics.add(this.#integers, alarmMemory.pause, 1)
    Atomics.notify(this.#integers, alarmMemory.pause)
    Atomics.add(this.#integers, alarmMemory.request, 1)
    Atomics.notify(this.#integers, alarmMemory.request)
    const rung = Atomics.waitAsync(this.#integers, alarmMemory.ring, rings)
    const onRing = (): void => {
      if (generation !== this.#generation) return
      if (monotonicUs() < deadlineUs - 1_000) this.until(deadlineUs, wake)
      else wake()
    }
    if (rung.async) void rung.value.then(onRing)
    else setImmediate(onRing)
  }

  /** Forgets the pending wake-up. */
  cancel(): void {
    this.#generation++
  }

  async stop(): Promise<void> {
    this.cancel()
    await this.#thread.terminate()
  }
}
