import { setTimeout as delay } from 'node:timers/promises'
import type { LoadSession } from './load-session.js'
import { ObserverStage, type StepReading } from './observer-stage.js'
import type { Collector, ObserverStep } from './observer-steps.js'
import type { Plan } from './plan.js'
import type { TargetSession } from './target-session.js'

/** The stage is readied so long before its first step, and then keeps its own time. */
const leadUs = 400_000

export interface ProfileWindowsParts {
  readonly plan: Plan
  readonly target: TargetSession
  readonly session: LoadSession
  readonly steps: readonly ObserverStep[]
  /** Watching through /proc, on or off. */
  readonly watchProc: (on: boolean) => void
}

/** Starts and ends profiles with their windows. */
export class ProfileWindows {
  readonly #parts: ProfileWindowsParts
  #stage: ObserverStage | null = null
  #running: Promise<void> | null = null
  /** A profile throughout the measured window. */
  #recording: Promise<void> | null = null
  #stopping: Promise<void> | null = null

  constructor(parts: ProfileWindowsParts) {
    this.#parts = parts
  }

  get readings(): readonly StepReading[] {
    return this.#stage?.readings ?? []
  }

  get steps(): readonly ObserverStep[] {
    return this.#parts.steps
  }

  /** To be called ten times a second. */
  tend(nowUs: number): void {
    const { plan, target, session, steps } = this.#parts
    const { measureFromUs, measureToUs, endUs } = session.windows
    if (plan.profile === 'throughout' && target.canProfile) {
      if (nowUs >= measureFromUs && nowUs < measureToUs) this.#recording ??= target.startProfile()
      if (nowUs >= measureToUs && this.#recording !== null) this.#stop()
    }
    if (steps.length > 0 && endUs > measureToUs && nowUs >= measureToUs - leadUs) {
      this.#running ??= this.#runStage(measureToUs)
    }
  }

  /** Ends a profile that the end of the load found running. Never rejects. */
  async finish(): Promise<void> {
    if (this.#recording !== null) await this.#stop()
    await this.#running
  }

  #stop(): Promise<void> {
    this.#stopping ??= this.#recording!.then(() => this.#parts.target.stopProfile())
    return this.#stopping
  }

  #runStage(startUs: number): Promise<void> {
    const { session, steps, target } = this.#parts
    const endUs = session.windows.endUs
    this.#stage = new ObserverStage({
      steps,
      set: (collector, on, lengthUs) => this.#set(collector, on, lengthUs),
      readCpu: () => target.readCpu(),
      nowUs: () => session.nowUs(),
      sleep: delay,
      isOver: () => session.windows.endUs < endUs || target.gone,
    })
    return this.#stage.run(startUs)
  }

  async #set(collector: Collector, on: boolean, lengthUs: number): Promise<void> {
    const { target, watchProc } = this.#parts
    if (collector === 'proc') watchProc(on)
    else if (collector === 'runtime') await target.watchRuntime(on)
    else if (collector === 'syscalls') await target.countSyscalls(on ? lengthUs / 1_000 : null)
    else await (on ? target.startProfile() : target.stopProfile())
  }
}
