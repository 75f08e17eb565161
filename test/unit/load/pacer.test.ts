import { describe, expect, it } from 'vitest'
import { type Paced, Pacer, type PacerWorld } from '../../../src/load/pacer.js'
import { SpinBudget } from '../../../src/load/spin-budget.js'

/** Time that passes only when somebody waits for it. */
class VirtualWorld implements PacerWorld {
  nowUs = 0
  slept = 0
  readonly #turnUs: number
  readonly #latencyUs: number
  #tasks: Array<{ at: number; turn: () => void }> = []

  constructor(turnUs: number, latencyUs: number) {
    this.#turnUs = turnUs
    this.#latencyUs = latencyUs
  }

  now(): number {
    return this.nowUs
  }

  soon(turn: () => void): void {
    this.#tasks.push({ at: this.nowUs + this.#turnUs, turn })
  }

  sleepUntil(deadlineUs: number, turn: () => void): void {
    this.slept++
    this.#tasks.push({ at: Math.max(this.nowUs, deadlineUs) + this.#latencyUs, turn })
  }

  run(untilUs: number): void {
    for (;;) {
      this.#tasks.sort((a, b) => a.at - b.at)
      const next = this.#tasks[0]
      if (!next || next.at > untilUs) return
      this.#tasks.shift()
      this.nowUs = next.at
      next.turn()
    }
  }
}

class EvenLoad implements Paced {
  readonly slips: number[] = []
  readonly #gapUs: number
  readonly #work: (world: VirtualWorld) => void
  readonly #world: VirtualWorld

  constructor(gapUs: number, world: VirtualWorld, work: (world: VirtualWorld) => void = () => {}) {
    this.#gapUs = gapUs
    this.#world = world
    this.#work = work
  }

  nextDueUs(): number {
    return this.slips.length * this.#gapUs
  }

  handleDue(nowUs: number): void {
    this.slips.push(nowUs - this.nextDueUs())
    this.#work(this.#world)
  }
}

describe('Pacer', () => {
  it('handles each due time once, never early', () => {
    const world = new VirtualWorld(3, 100)
    const load = new EvenLoad(1_000, world)
    new Pacer(load, world, new SpinBudget(1, 0)).start()
    world.run(1e6)
    expect(load.slips.length).toBeGreaterThan(998)
    expect(Math.min(...load.slips)).toBeGreaterThanOrEqual(0)
  })

  it('spins the last stretch where the budget allows: slip of a turn, not of a wake-up', () => {
    const world = new VirtualWorld(3, 100)
    const load = new EvenLoad(1_000, world)
    new Pacer(load, world, new SpinBudget(1, 0)).start()
    world.run(1e6)
    expect(Math.max(...load.slips.slice(1))).toBeLessThanOrEqual(3)
    expect(world.slept).toBeGreaterThan(900)
  })

  it('sleeps to the due time without a budget, late by the wake-up only', () => {
    const world = new VirtualWorld(3, 100)
    const load = new EvenLoad(1_000, world)
    new Pacer(load, world, new SpinBudget(0, 0)).start()
    world.run(1e6)
    expect(Math.max(...load.slips.slice(1))).toBeLessThanOrEqual(103)
    expect(load.slips.length).toBeGreaterThan(998)
  })

  it('handles what came due meanwhile in one turn when it sleeps frugally', () => {
    const world = new VirtualWorld(3, 100)
    const load = new EvenLoad(100, world)
    new Pacer(load, world, new SpinBudget(0, 0), 1_000).start()
    world.run(1e6)
    expect(load.slips.length).toBeGreaterThan(9_980)
    expect(world.slept).toBeLessThanOrEqual(1_000)
    expect(Math.max(...load.slips)).toBeLessThanOrEqual(1_103)
  })

  it('spends no more of a core on spinning than its share', () => {
    const world = new VirtualWorld(3, 100)
    const load = new EvenLoad(150, world)
    const budget = new SpinBudget(0.25, 0)
    new Pacer(load, world, budget).start()
    world.run(5e6)
    expect(budget.spentUs).toBeLessThanOrEqual(5e6 * 0.25 + 2_200)
  })

  it('catches up after a stall without dropping or reordering anything', () => {
    const world = new VirtualWorld(3, 100)
    let stalled = false
    const load = new EvenLoad(500, world, (inside) => {
      if (load.slips.length === 100 && !stalled) {
        stalled = true
        inside.nowUs += 50_000
      }
    })
    new Pacer(load, world, new SpinBudget(1, 0)).start()
    world.run(200_000)
    expect(load.slips.length).toBeGreaterThanOrEqual(399)
    expect(load.slips[100]).toBeGreaterThan(49_000)
    expect(load.slips[390]).toBeLessThan(10)
  })

  it('stops when told', () => {
    const world = new VirtualWorld(3, 100)
    const load = new EvenLoad(1_000, world)
    const pacer = new Pacer(load, world, new SpinBudget(1, 0))
    pacer.start()
    world.run(10_000)
    pacer.stop()
    const before = load.slips.length
    world.run(100_000)
    expect(load.slips.length).toBe(before)
  })
})
