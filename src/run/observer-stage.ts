import type { Collector, ObserverStep } from './observer-steps.js'

/** So long before the end of a step its reading is taken: the switches of the next one are no part of it. */
const marginUs = 3_000
/** How soon a stage notices that the load was cut short. */
const longestSleepMs = 100

/** CPU time of the target's processes so far. */
export interface CpuReading {
  readonly cpuNs: number
  /** Of each of their threads, by its id; empty where the system does not tell. */
  readonly threadsNs: ReadonlyMap<string, number>
}

/** The target's CPU time in a step that is compared. Instants in µs since the load started. */
export interface StepReading {
  readonly step: number
  readonly fromUs: number
  readonly toUs: number
  readonly cpuNs: number
  /** Of the thread that took most; null where the system does not tell. */
  readonly busiestThreadNs: number | null
}

export interface ObserverStageParts {
  readonly steps: readonly ObserverStep[]
  /** Puts a collector to work for a step of `lengthUs`, or takes it out of the target. Never rejects. */
  readonly set: (collector: Collector, on: boolean, lengthUs: number) => Promise<void>
  /** null where the system does not tell. */
  readonly readCpu: () => CpuReading | null
  /** µs since the load started. */
  readonly nowUs: () => number
  readonly sleep: (ms: number) => Promise<unknown>
  /** The load has ended before its time. */
  readonly isOver: () => boolean
}

/**
 * Leads the collectors through the steps after the measured window. Readings are taken between the switches, so that
 * what a switch itself costs (the start of a profiler) counts for none of the steps.
 */
export class ObserverStage {
  readonly readings: StepReading[] = []
  readonly #parts: ObserverStageParts
  readonly #on = new Set<Collector>(['runtime', 'proc'])

  constructor(parts: ObserverStageParts) {
    this.#parts = parts
  }

  /** Resolves when the last step is over, or the load is; the profiler is off then, and all else on. */
  async run(startUs: number): Promise<void> {
    let endUs = startUs
    for (const [index, step] of this.#parts.steps.entries()) {
      const fromUs = endUs
      endUs += step.lengthUs
      await this.#sleepUntil(fromUs)
      if (this.#parts.isOver()) break
      await this.#switchTo(step.on, step.lengthUs)
      await (step.compared ? this.#read(index, endUs - marginUs) : this.#sleepUntil(endUs - marginUs))
    }
    if (!this.#parts.isOver()) await this.#sleepUntil(endUs)
    await this.#switchTo(['runtime', 'proc'], 0)
  }

  async #read(step: number, untilUs: number): Promise<void> {
    const before = this.#parts.readCpu()
    const fromUs = this.#parts.nowUs()
    await this.#sleepUntil(untilUs)
    const after = this.#parts.readCpu()
    const toUs = this.#parts.nowUs()
    if (before === null || after === null || fromUs >= untilUs || this.#parts.isOver()) return
    const cpuNs = after.cpuNs - before.cpuNs
    this.readings.push({ step, fromUs, toUs, cpuNs, busiestThreadNs: busiestThreadNs(before, after) })
  }

  async #switchTo(wanted: readonly Collector[], lengthUs: number): Promise<void> {
    for (const collector of ['runtime', 'proc', 'cpu-profile', 'syscalls'] as const) {
      const on = wanted.includes(collector)
      if (on === this.#on.has(collector)) continue
      if (on) this.#on.add(collector)
      else this.#on.delete(collector)
      await this.#parts.set(collector, on, lengthUs)
    }
  }

  async #sleepUntil(untilUs: number): Promise<void> {
    for (;;) {
      const leftMs = (untilUs - this.#parts.nowUs()) / 1_000
      if (leftMs <= 0 || this.#parts.isOver()) return
      await this.#parts.sleep(Math.min(leftMs, longestSleepMs))
    }
  }
}

/** A thread that began meanwhile counts from its beginning. */
function busiestThreadNs(before: CpuReading, after: CpuReading): number | null {
  const spent = [...after.threadsNs].map(([id, ns]) => ns - (before.threadsNs.get(id) ?? 0))
  return spent.length > 0 ? Math.max(...spent) : null
}
