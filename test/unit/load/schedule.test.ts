import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateShape } from '../../../src/load/rate-shape.js'
import { Schedule } from '../../../src/load/schedule.js'
import { globalConnection, ownConnections } from '../../../src/load/share.js'

interface Due {
  readonly id: number
  readonly connection: number
  readonly intendedUs: number
}

function take(
  schedule: Schedule,
  untilUs: number,
  share: { worker: number; workers: number; connections: number },
): Due[] {
  const due: Due[] = []
  while (schedule.intendedUs < untilUs) {
    const connection = globalConnection(share, schedule.connection)
    due.push({ id: schedule.id, connection, intendedUs: schedule.intendedUs })
    schedule.advance()
  }
  return due
}

describe('Schedule', () => {
  it('spaces a constant rate evenly from the start, round robin over the connections', () => {
    const share = { worker: 0, workers: 1, connections: 3 }
    const due = take(new Schedule(RateShape.constant(1_000), share, 'constant', 1, 0), 5_000, share)
    expect(due.map(({ intendedUs }) => intendedUs)).toEqual([0, 1_000, 2_000, 3_000, 4_000])
    expect(due.map(({ connection }) => connection)).toEqual([0, 1, 2, 0, 1])
  })

  it('makes the shares of any number of workers the load of one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.5, max: 5_000, noNaN: true }),
        fc.constantFrom('constant' as const, 'poisson' as const),
        fc.integer({ min: 0, max: 1_000 }),
        (workersWanted, connections, rate, arrival, seed) => {
          const workers = Math.min(workersWanted, connections)
          const untilUs = (200 / rate) * 1e6
          const whole = { worker: 0, workers: 1, connections }
          const alone = take(new Schedule(RateShape.constant(rate), whole, arrival, seed, 0), untilUs, whole)
          const shared = Array.from({ length: workers }, (_, worker) => {
            const share = { worker, workers, connections }
            return take(new Schedule(RateShape.constant(rate), share, arrival, seed, 0), untilUs, share)
          })
          expect(shared.flat().sort((a, b) => a.id - b.id)).toEqual(alone)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps the mean and the exponential law of a Poisson process', () => {
    const share = { worker: 0, workers: 1, connections: 1 }
    const due = take(new Schedule(RateShape.constant(1_000), share, 'poisson', 7, 0), 100e6, share)
    const gaps = due.slice(1).map(({ intendedUs }, index) => intendedUs - due[index]!.intendedUs)
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    expect(mean).toBeGreaterThan(985)
    expect(mean).toBeLessThan(1_015)
    const longerThanMean = gaps.filter((gap) => gap > 1_000).length / gaps.length
    expect(Math.abs(longerThanMean - Math.exp(-1))).toBeLessThan(0.01)
  })

  it('gives the same load for the same seed, and another for another', () => {
    const share = { worker: 0, workers: 1, connections: 2 }
    const make = (seed: number) =>
      take(new Schedule(RateShape.constant(100), share, 'poisson', seed, 0), 5e6, share)
    expect(make(3)).toEqual(make(3))
    expect(make(3)).not.toEqual(make(4))
  })

  it('holds the first rate through a warm-up of open length, then follows the shape', () => {
    const share = { worker: 0, workers: 1, connections: 1 }
    const shape = new RateShape([{ from: 10, to: 30, seconds: 2 }])
    const schedule = new Schedule(shape, share, 'constant', 1, Number.POSITIVE_INFINITY)
    expect(take(schedule, 2e6, share)).toHaveLength(20)
    schedule.beginShapeAt(3)
    expect(take(schedule, 3e6 - 1, share)).toHaveLength(10)
    expect(take(schedule, 5e6 - 1, share)).toHaveLength(40)
    expect(take(schedule, 6e6 - 1, share)).toHaveLength(30)
  })

  it('tells how many messages a late generator owes', () => {
    const share = { worker: 1, workers: 2, connections: 10 }
    const schedule = new Schedule(RateShape.constant(1_000), share, 'constant', 1, 0)
    expect(schedule.owedUntil(1e6)).toBeCloseTo(500, -1)
  })
})

describe('RateShape', () => {
  const rateOrZero = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1_000, noNaN: true }))
  const segment = fc.record({
    from: rateOrZero,
    to: rateOrZero,
    seconds: fc.double({ min: 0.1, max: 30, noNaN: true }),
  })

  it('inverts its own integral', () => {
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (segments, at) => {
          const shape = new RateShape(segments)
          const count = shape.cumulative(shape.seconds) * at
          const seconds = shape.inverse(count)
          if (Number.isFinite(seconds)) expect(shape.cumulative(seconds)).toBeCloseTo(count, 5)
        },
      ),
    )
  })

  it('has every message of a ramp where the quadratic says', () => {
    const shape = new RateShape([{ from: 0, to: 100, seconds: 10 }])
    expect(shape.cumulative(10)).toBe(500)
    expect(shape.inverse(0)).toBe(0)
    expect(shape.inverse(125)).toBeCloseTo(5, 9)
    expect(shape.inverse(600)).toBeCloseTo(11, 9)
  })

  it('never comes to a message that no rate brings', () => {
    expect(new RateShape([{ from: 10, to: 0, seconds: 2 }]).inverse(11)).toBe(Number.POSITIVE_INFINITY)
    expect(new RateShape([{ from: 10, to: 0, seconds: 2 }]).inverse(10)).toBeCloseTo(2, 9)
  })

  it('warms up at the first rate that is not zero', () => {
    expect(
      new RateShape([
        { from: 0, to: 0, seconds: 1 },
        { from: 0, to: 50, seconds: 1 },
      ]).firstRate,
    ).toBe(50)
  })
})

describe('shares', () => {
  it('give every connection to one worker', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 200 }),
        (workers, connections) => {
          const all: number[] = []
          for (let worker = 0; worker < workers; worker++) {
            const share = { worker, workers, connections }
            for (let local = 0; local < ownConnections(share); local++)
              all.push(globalConnection(share, local))
          }
          expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: connections }, (_, index) => index))
        },
      ),
    )
  })
})
