import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RateSegment, RateShape } from '../../../src/load/rate-shape.js'
import { Schedule } from '../../../src/load/schedule.js'
import { globalConnection, ownConnections, type Share, usefulWorkers } from '../../../src/load/share.js'

const shares = (workers: number, connections: number): Share[] =>
  Array.from({ length: workers }, (_, worker) => ({ worker, workers, connections }))

interface Due {
  readonly id: number
  readonly connection: number
  readonly intendedUs: number
}

/** All that is due before a time, and at most so many. */
function take(schedule: Schedule, share: Share, untilUs: number, most: number): Due[] {
  const due: Due[] = []
  while (schedule.intendedUs < untilUs && due.length < most) {
    const connection = globalConnection(share, schedule.connection)
    due.push({ id: schedule.id, connection, intendedUs: schedule.intendedUs })
    schedule.advance()
  }
  return due
}

const byId = (a: Due, b: Due): number => a.id - b.id

const rate = fc.oneof(fc.constant(0), fc.double({ min: 0.5, max: 400, noNaN: true }))
const segment: fc.Arbitrary<RateSegment> = fc.record({
  from: rate,
  to: rate,
  seconds: fc.double({ min: 0.2, max: 3, noNaN: true }),
})
const plan = fc
  .record({
    segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
    connections: fc.integer({ min: 1, max: 30 }),
    wanted: fc.integer({ min: 1, max: 8 }),
    arrival: fc.constantFrom('constant' as const, 'poisson' as const),
    seed: fc.nat(1_000),
    warmupSeconds: fc.constantFrom(0, 0.75, 2),
  })
  .filter(({ segments }) => segments.some(({ from, to }) => from > 0 || to > 0))
  .map(({ wanted, ...rest }) => ({ ...rest, workers: usefulWorkers(wanted, rest.connections) }))

describe('the schedules of the workers', () => {
  it('together are the schedule of one, for every shape, warm-up and law of arrival', () => {
    fc.assert(
      fc.property(plan, ({ segments, connections, workers, arrival, seed, warmupSeconds }) => {
        const shape = new RateShape(segments)
        const untilUs = (warmupSeconds + shape.seconds + 1) * 1e6
        const dueOf = (share: Share): Due[] =>
          take(new Schedule(shape, share, arrival, seed, warmupSeconds), share, untilUs, 5_000)
        const alone = dueOf({ worker: 0, workers: 1, connections })
        const together = shares(workers, connections).flatMap(dueOf).sort(byId)
        expect(together).toEqual(alone)
        expect(alone.map(({ id }) => id)).toEqual(alone.map((_, index) => index))
        expect(alone.every(({ id, connection }) => connection === id % connections)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('stay the schedule of one when a warm-up of open length ends', () => {
    fc.assert(
      fc.property(plan, fc.double({ min: 0.1, max: 3, noNaN: true }), (one, endSeconds) => {
        const shape = new RateShape(one.segments)
        const dueOf = (share: Share): Due[] => {
          const schedule = new Schedule(shape, share, one.arrival, one.seed, Number.POSITIVE_INFINITY)
          const before = take(schedule, share, endSeconds * 0.9e6, 2_000)
          schedule.beginShapeAt(endSeconds)
          return [...before, ...take(schedule, share, (endSeconds + 2) * 1e6, 2_000)]
        }
        const alone = dueOf({ worker: 0, workers: 1, connections: one.connections })
        const together = shares(one.workers, one.connections).flatMap(dueOf).sort(byId)
        expect(together).toEqual(alone)
      }),
      { numRuns: 200 },
    )
  })

  it('do not drift: message k is due at k ÷ rate to the nanosecond, however long it goes on', () => {
    const share = { worker: 1, workers: 3, connections: 7 }
    const schedule = new Schedule(RateShape.constant(1_234.5), share, 'constant', 1, 0)
    for (let step = 0; step < 400_000; step++) schedule.advance()
    expect(schedule.id).toBeGreaterThan(900_000)
    expect(Math.abs(schedule.intendedUs - (schedule.id / 1_234.5) * 1e6)).toBeLessThan(1e-3)
  })

  it('lose no remainder: every window of a constant rate has its share of messages, exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 997 }),
        fc.integer({ min: 1, max: 4 }),
        (wanted, connections, perSecond, seconds) => {
          const workers = usefulWorkers(wanted, connections)
          const counts = shares(workers, connections).map(
            (share) =>
              take(
                new Schedule(RateShape.constant(perSecond), share, 'constant', 1, 0),
                share,
                seconds * 1e6,
                1e6,
              ).length,
          )
          const total = counts.reduce((sum, count) => sum + count, 0)
          // A message may fall on the last instant by the rounding of k ÷ rate.
          expect(Math.abs(total - perSecond * seconds)).toBeLessThanOrEqual(1)
          const whole = { worker: 0, workers: 1, connections }
          const alone = new Schedule(RateShape.constant(perSecond), whole, 'constant', 1, 0)
          expect(total).toBe(take(alone, whole, seconds * 1e6, 1e6).length)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('the connections of the workers', () => {
  it('differ by one at most and add up to all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 10_000 }),
        (wanted, connections) => {
          const workers = usefulWorkers(wanted, connections)
          const own = shares(workers, connections).map(ownConnections)
          expect(own.reduce((sum, count) => sum + count, 0)).toBe(connections)
          expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1)
          expect(Math.min(...own)).toBeGreaterThan(0)
        },
      ),
    )
  })
})
