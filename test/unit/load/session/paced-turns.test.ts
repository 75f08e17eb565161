import { describe, expect, it } from 'vitest'
import { IntendedTime } from '../../../../src/load/session/intended-time.js'
import { PacedTurns } from '../../../../src/load/session/paced-turns.js'
import { VirtualWorld } from './support.js'

const forever = Number.POSITIVE_INFINITY

describe('PacedTurns', () => {
  it('come at their times, and give them as intended', async () => {
    const world = new VirtualWorld()
    const actor = world.actor()
    const seen: Array<[seq: number, intendedUs: number, nowUs: number]> = []
    const turns = new PacedTurns(world.context, actor, 10, 50_000, 50_000 + 400_000, forever)
    const loop = (async () => {
      for await (const { seq } of turns) seen.push([seq, actor.intended.take(world.nowUs), world.nowUs])
    })()
    await world.until(1e6)
    await loop
    expect(seen).toEqual([
      [0, 50_000, 50_000],
      [1, 150_000, 150_000],
      [2, 250_000, 250_000],
      [3, 350_000, 350_000],
    ])
  })

  it('that wait for the turn before count from their own time, as the target’s doing', async () => {
    const world = new VirtualWorld()
    const actor = world.actor()
    const seen: number[][] = []
    const turns = new PacedTurns(world.context, actor, 10, 0, forever, 3)
    const loop = (async () => {
      for await (const { seq } of turns) {
        const intendedUs = actor.intended.take(world.nowUs)
        seen.push([seq, intendedUs, actor.intended.readyUs(intendedUs, world.nowUs), world.nowUs])
        await new Promise<void>((resolve) => world.due.add(world.nowUs + 250_000, () => resolve()))
      }
    })()
    await world.until(1e6)
    await loop
    expect(seen).toEqual([
      [0, 0, 0, 0],
      [1, 100_000, 100_000, 250_000],
      [2, 200_000, 200_000, 500_000],
    ])
  })

  it('that were due and never came are errors, from their own time on', async () => {
    const world = new VirtualWorld()
    const actor = world.actor()
    const turns = new PacedTurns(world.context, actor, 10, 0, forever, forever)
    await turns.next()
    await world.until(550_000)
    turns.end(world.nowUs)
    const { counts, errorsByKind, histograms } = world.totals()
    expect([counts.due, errorsByKind]).toEqual([5, { 'turn-missed': 5 }])
    expect(histograms.slip.max).toBe(0)
    expect(await turns.next()).toEqual({ done: true, value: undefined })
  })

  it('end a wait when they are left', async () => {
    const world = new VirtualWorld()
    const turns = new PacedTurns(world.context, world.actor(), 1, 5e6, forever, forever)
    const waiting = turns.next()
    await turns.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(world.due.nextDueUs()).toBe(forever)
    expect(world.totals().counts.due).toBe(0)
  })
})

describe('IntendedTime', () => {
  it('holds for one message, and for the turn of the event loop in which the session woke', () => {
    let turn = 1
    const intended = new IntendedTime(() => turn)
    intended.set(100, false)
    expect(intended.peek(130)).toBe(100)
    expect(intended.take(130)).toBe(100)
    expect(intended.readyUs(100, 130)).toBe(130)
    expect(intended.take(140)).toBe(140)
    intended.set(200, true)
    expect(intended.take(250)).toBe(200)
    expect(intended.readyUs(200, 250)).toBe(200)
    intended.set(300, true)
    turn++
    expect(intended.take(350)).toBe(350)
    expect(intended.readyUs(350, 350)).toBe(350)
  })
})
