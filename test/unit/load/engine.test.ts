import { describe, expect, it } from 'vitest'
import type { Microseconds } from '../../../src/kernel/units.js'
import { ClosedLoop } from '../../../src/load/closed-loop.js'
import type { Driver, DriverSink } from '../../../src/load/driver.js'
import { Engine, type EngineOptions } from '../../../src/load/engine.js'
import { OpenLoop } from '../../../src/load/open-loop.js'
import type { OutcomeSink } from '../../../src/load/outcomes.js'
import { RateShape } from '../../../src/load/rate-shape.js'
import { Schedule } from '../../../src/load/schedule.js'
import { Recorder } from '../../../src/measurement/recorder.js'

const windows = { measureFromUs: 0, measureToUs: 10e6, endUs: 10e6 }
const phases = {
  tcp: 0 as Microseconds,
  tls: 0 as Microseconds,
  handshake: 0 as Microseconds,
  total: 0 as Microseconds,
}
const reply = Buffer.from('x')

/** A driver whose connections do what the test says. */
class ScriptedDriver implements Driver {
  readonly assignment: 'owned' | 'pooled'
  readonly sink: DriverSink
  readonly sent: Array<{ index: number; id: number }> = []
  readonly backedUp = new Set<number>()
  readonly busy = new Set<number>()
  readonly destroyed: number[] = []
  opens = 0

  constructor(assignment: 'owned' | 'pooled', sink: DriverSink) {
    this.assignment = assignment
    this.sink = sink
  }

  open(index: number): void {
    this.opens++
    this.sink.opened(index, phases)
  }
  canSend(index: number): boolean {
    return !this.backedUp.has(index) && !this.busy.has(index)
  }
  send(index: number, id: number): number {
    this.sent.push({ index, id })
    if (this.assignment === 'pooled') this.busy.add(index)
    return 10
  }
  close(): void {}
  destroy(index: number): void {
    this.destroyed.push(index)
    this.sink.closed(index, 'closed', '')
  }
  answer(index: number, problem: string | null = null): void {
    this.busy.delete(index)
    this.sink.message(index, reply, 0, 1, problem)
  }
}

function harness(assignment: 'owned' | 'pooled', overrides: Partial<EngineOptions> = {}, connections = 2) {
  const clock = { us: 1_000 }
  const recorder = new Recorder(windows, 1e6, 1)
  let driver!: ScriptedDriver
  const outcomes: OutcomeSink = recorder
  const engine = new Engine(
    {
      share: { worker: 0, workers: 1, connections },
      reply: { kind: assignment === 'pooled' ? 'protocol' : 'fifo' },
      timeoutUs: 1e6,
      maxOutstanding: 100,
      reconnect: false,
      connectRate: 1e6,
      ...overrides,
    },
    (_, sink) => {
      driver = new ScriptedDriver(assignment, sink)
      return driver
    },
    outcomes,
    () => clock.us as Microseconds,
    () => {},
  )
  engine.connect()
  clock.us += 10_000
  engine.tick()
  const origin = clock.us
  engine.start(origin, { idle() {} })
  const at = (us: number): void => {
    clock.us = origin + us
  }
  const totals = () =>
    recorder.take().intervals.reduce(
      (sum, interval) => ({
        counts: Object.fromEntries(
          Object.entries(interval.counts).map(([name, count]) => [
            name,
            count + ((sum.counts as Record<string, number>)[name] ?? 0),
          ]),
        ) as Record<string, number>,
        errors: { ...sum.errors, ...interval.errorsByKind },
        connectionErrors: { ...sum.connectionErrors, ...interval.connectionErrorsByKind },
        histograms: { ...sum.histograms, ...interval.histograms },
      }),
      {
        counts: {} as Record<string, number>,
        errors: {},
        connectionErrors: {},
        histograms: {} as Record<string, { min: number; max: number }>,
      },
    )
  return { engine, driver, at, totals, origin, clock }
}

describe('Engine with owned connections', () => {
  it('tells slip, wait and service apart', () => {
    const { engine, driver, at, totals } = harness('owned')
    driver.backedUp.add(0)
    at(1_200)
    engine.dispatch(0, 0, 1_000, 1_200)
    expect(driver.sent).toEqual([])
    at(5_200)
    driver.backedUp.delete(0)
    driver.sink.writable(0)
    expect(driver.sent).toEqual([{ index: 0, id: 0 }])
    at(9_000)
    driver.answer(0)
    const { histograms } = totals()
    expect(histograms.slip).toMatchObject({ min: 200, max: 200 })
    expect(histograms.wait).toMatchObject({ min: 4_000, max: 4_000 })
    expect(histograms.service).toMatchObject({ min: 3_800, max: 3_800 })
    expect(histograms.response).toMatchObject({ min: 8_000, max: 8_000 })
  })

  it('keeps the order of messages behind one that waits', () => {
    const { engine, driver, at } = harness('owned')
    driver.backedUp.add(0)
    engine.dispatch(0, 0, 0, 0)
    driver.backedUp.delete(0)
    engine.dispatch(2, 0, 10, 10)
    expect(driver.sent).toEqual([])
    at(20)
    driver.sink.writable(0)
    expect(driver.sent.map(({ id }) => id)).toEqual([0, 2])
  })

  it('counts what is due on a lost connection, and what was open on it, once each', () => {
    const { engine, driver, at, totals } = harness('owned')
    engine.dispatch(0, 0, 0, 0)
    engine.dispatch(2, 0, 10, 10)
    at(100)
    driver.sink.closed(0, 'connection-reset', 'gone')
    engine.dispatch(4, 0, 200, 200)
    engine.dispatch(1, 1, 300, 300)
    const { counts, errors, connectionErrors, histograms } = totals()
    expect(errors).toEqual({ 'message-lost': 2, 'not-connected': 1 })
    expect(connectionErrors).toEqual({ 'connection-reset': 1 })
    expect(counts).toMatchObject({ due: 4, sent: 3, connectionsLost: 1 })
    expect(histograms.response).toMatchObject({ min: 1e6, max: 1e6 })
  })

  it('times out from the intended time, and closes a connection that is out of step under fifo', () => {
    const { engine, driver, at, totals } = harness('owned')
    engine.dispatch(0, 0, 0, 0)
    engine.dispatch(2, 0, 500_000, 500_000)
    at(999_999)
    engine.tick()
    expect(engine.outstanding).toBe(2)
    at(1_000_000)
    engine.tick()
    expect(engine.outstanding).toBe(0)
    expect(driver.destroyed).toEqual([0])
    const { errors, connectionErrors, counts } = totals()
    expect(errors).toEqual({ timeout: 1, 'message-lost': 1 })
    expect(connectionErrors).toEqual({ 'out-of-step': 1 })
    expect(counts.timeouts).toBe(1)
  })

  it('leaves a connection open after a timeout when replies carry ids', () => {
    const { engine, driver, at, totals } = harness('owned', { reply: { kind: 'json', path: ['id'] } })
    engine.dispatch(0, 0, 0, 0)
    at(1e6)
    engine.tick()
    expect(driver.destroyed).toEqual([])
    expect(totals().errors).toEqual({ timeout: 1 })
  })
})

describe('Engine with pooled connections', () => {
  it('counts the time without a free connection as wait', () => {
    const { engine, driver, at, totals } = harness('pooled', {}, 1)
    engine.dispatch(0, -1, 0, 0)
    engine.dispatch(1, -1, 1_000, 1_000)
    at(3_000)
    driver.answer(0)
    expect(driver.sent.map(({ id }) => id)).toEqual([0, 1])
    at(4_500)
    driver.answer(0)
    const { histograms } = totals()
    expect(histograms.wait).toMatchObject({ min: 0, max: 2_000 })
    expect(histograms.slip).toMatchObject({ min: 0, max: 0 })
    expect(histograms.service).toMatchObject({ min: 1_500, max: 3_000 })
  })

  it('takes a failed status as an error with its real time', () => {
    const { engine, driver, at, totals } = harness('pooled')
    engine.dispatch(0, -1, 0, 0)
    at(700)
    driver.answer(driver.sent[0]!.index, 'http-503')
    const { errors, counts, histograms } = totals()
    expect(errors).toEqual({ 'http-503': 1 })
    expect(counts).toMatchObject({ invalid: 1, received: 0 })
    expect(histograms.response).toMatchObject({ min: 700, max: 700 })
  })

  it('opens an ended connection again without an error', () => {
    const { driver, engine, totals, at } = harness('pooled', {}, 1)
    driver.sink.closed(0, 'connection-ended', '')
    at(100)
    engine.tick()
    expect(driver.opens).toBe(2)
    engine.dispatch(0, -1, 200, 200)
    expect(driver.sent).toHaveLength(1)
    expect(totals().connectionErrors).toEqual({})
  })
})

describe('the open model', () => {
  it('sheds what is due beyond the bound, as errors', () => {
    const { engine, origin, at, totals } = harness('owned', { maxOutstanding: 5 })
    const share = { worker: 0, workers: 1, connections: 2 }
    const schedule = new Schedule(RateShape.constant(1_000), share, 'constant', 1, 0)
    const loop = new OpenLoop(engine, schedule, origin, {
      measureFromUs: 0,
      measureToUs: 20_000,
      endUs: 20_000,
    })
    while (!loop.finished) {
      at(loop.nextDueUs() - origin)
      loop.handleDue(loop.nextDueUs())
    }
    const { counts, errors } = totals()
    expect(counts).toMatchObject({ due: 20, sent: 5, shed: 15, shedLate: 0 })
    expect(errors).toEqual({ shed: 15 })
  })

  it('counts as late what a generator that fell behind never got to', () => {
    const { engine, origin, at, totals } = harness('owned', { maxOutstanding: 50 })
    const share = { worker: 0, workers: 1, connections: 2 }
    const schedule = new Schedule(RateShape.constant(1_000), share, 'constant', 1, 0)
    const loop = new OpenLoop(engine, schedule, origin, { measureFromUs: 0, measureToUs: 1e6, endUs: 1e6 })
    at(900_000)
    while (loop.nextDueUs() <= origin + 900_000) loop.handleDue(origin + 900_000)
    const { counts } = totals()
    expect(counts.due).toBe(901)
    expect(counts.shed! + counts.sent!).toBe(901)
    expect(counts.sent).toBe(50)
    expect(counts.shedLate).toBeGreaterThanOrEqual(850)
  })
})

describe('the closed model', () => {
  it('sends again on each connection when its reply is there, until the end', () => {
    const { engine, driver, origin, at, totals } = harness('owned')
    const turns: Array<() => void> = []
    const soon = (): void => {
      for (const turn of turns.splice(0)) turn()
    }
    const share = { worker: 0, workers: 1, connections: 2 }
    const loop = new ClosedLoop(engine, share, 1_000, (turn) => void turns.push(turn))
    engine.start(origin, loop)
    soon()
    expect(driver.sent).toEqual([
      { index: 0, id: 0 },
      { index: 1, id: 1 },
    ])
    at(300)
    driver.answer(1)
    driver.answer(0)
    expect(driver.sent).toHaveLength(2)
    at(310)
    soon()
    expect(driver.sent.slice(2)).toEqual([
      { index: 1, id: 2 },
      { index: 0, id: 3 },
    ])
    at(1_000)
    driver.answer(1)
    soon()
    expect(driver.sent).toHaveLength(4)
    const { histograms } = totals()
    expect(histograms.slip).toMatchObject({ min: 0, max: 0 })
  })
})
