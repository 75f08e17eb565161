import { describe, expect, it } from 'vitest'
import type { Microseconds } from '../../../src/kernel/units.js'
import { ClosedLoop } from '../../../src/load/closed-loop.js'
import type { ConnectPhases, Driver, DriverSink } from '../../../src/load/driver.js'
import { Engine } from '../../../src/load/engine.js'
import { Recorder } from '../../../src/measurement/recorder.js'

const none = 0 as Microseconds
const phases: ConnectPhases = { tcp: none, tls: none, handshake: none, total: none }
const nothing = Buffer.alloc(0)

/** Pooled connections that take `depth` messages each; they answer, end and stall when the test says so. */
class PipelinedDriver implements Driver {
  readonly assignment = 'pooled'
  readonly depth: number
  readonly sink: DriverSink
  readonly sent: string[] = []
  readonly stalled = new Set<number>()
  readonly #open = new Map<number, number[]>()

  constructor(depth: number, sink: DriverSink) {
    this.depth = depth
    this.sink = sink
  }

  open(index: number): void {
    this.#open.set(index, [])
    this.sink.opened(index, phases)
  }

  canSend(index: number): boolean {
    const unanswered = this.#open.get(index)
    return unanswered !== undefined && unanswered.length < this.depth && !this.stalled.has(index)
  }

  send(index: number, id: number): number {
    expect(this.canSend(index)).toBe(true)
    this.#open.get(index)!.push(id)
    this.sent.push(`${index}:${id}`)
    return 10
  }

  close(): void {}

  destroy(index: number): void {
    this.end(index, 'closed')
  }

  unanswered(index: number): number {
    return this.#open.get(index)?.length ?? 0
  }

  answer(index: number): void {
    this.#open.get(index)!.shift()
    this.sink.message(index, nothing, 0, 0, null)
  }

  resume(index: number): void {
    this.stalled.delete(index)
    this.sink.writable(index)
  }

  end(index: number, kind: string): void {
    this.#open.delete(index)
    this.sink.closed(index, kind, '')
  }
}

function harness(depth: number, connections = 2) {
  const clock = { us: 1_000 }
  const recorder = new Recorder({ measureFromUs: 0, measureToUs: 10e6, endUs: 10e6 }, 1e6, 1)
  const share = { worker: 0, workers: 1, connections }
  const created: PipelinedDriver[] = []
  const engine = new Engine(
    {
      share,
      reply: { kind: 'protocol' },
      timeoutUs: 1e6,
      maxOutstanding: 100,
      reconnect: false,
      connectRate: 1e6,
    },
    (_, sink) => {
      const driver = new PipelinedDriver(depth, sink)
      created.push(driver)
      return driver
    },
    recorder,
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
  const dispatch = (...ids: number[]): void => {
    for (const id of ids) engine.dispatch(id, -1, clock.us - origin, clock.us - origin)
  }
  const totals = () => {
    const { intervals } = recorder.take()
    const sum = (name: 'sent' | 'received' | 'due'): number =>
      intervals.reduce((all, { counts }) => all + counts[name], 0)
    const errors: Record<string, number> = {}
    for (const { errorsByKind } of intervals) {
      for (const [kind, count] of Object.entries(errorsByKind)) errors[kind] = (errors[kind] ?? 0) + count
    }
    return {
      due: sum('due'),
      sent: sum('sent'),
      received: sum('received'),
      errors,
      histograms: intervals[0]?.histograms,
    }
  }
  return { engine, driver: created[0]!, at, dispatch, totals, origin, share }
}

describe('a pool of pipelined connections', () => {
  it('spreads messages over the connections, and fills each up to its depth', () => {
    const { driver, dispatch, engine } = harness(3)
    dispatch(0, 1, 2, 3, 4, 5, 6)
    expect(driver.sent).toEqual(['0:0', '1:1', '0:2', '1:3', '0:4', '1:5'])
    expect(engine.outstanding).toBe(7)
    driver.answer(1)
    expect(driver.sent.at(-1)).toBe('1:6')
  })

  it('pairs replies with messages in the order of their connection', () => {
    const { driver, dispatch, at, totals } = harness(2, 1)
    dispatch(0)
    at(100)
    dispatch(1)
    at(1_000)
    driver.answer(0)
    at(5_000)
    driver.answer(0)
    const { histograms, received } = totals()
    expect(received).toBe(2)
    expect(histograms!.service).toMatchObject({ min: 1_000, max: 4_900 })
    expect(histograms!.wait).toMatchObject({ min: 0, max: 0 })
  })

  it('lets messages wait while a connection takes none, and sends them when it does', () => {
    const { driver, dispatch, at, totals } = harness(4, 1)
    dispatch(0)
    driver.stalled.add(0)
    dispatch(1, 2)
    expect(driver.sent).toEqual(['0:0'])
    at(3_000)
    driver.resume(0)
    expect(driver.sent).toEqual(['0:0', '0:1', '0:2'])
    for (let left = 0; left < 3; left++) driver.answer(0)
    expect(totals().histograms!.wait).toMatchObject({ min: 0, max: 3_000 })
  })

  it('sends what was behind the last response of a connection on another, without an error', () => {
    const { driver, dispatch, engine, totals, at } = harness(3)
    dispatch(0, 1, 2, 3)
    expect(driver.sent).toEqual(['0:0', '1:1', '0:2', '1:3'])
    at(50)
    dispatch(4, 5, 6)
    driver.answer(0)
    driver.end(0, 'connection-ended')
    // 2, 4 and 6 were on it, and the other one is full.
    expect(driver.sent.slice(4)).toEqual(['0:4', '1:5', '0:6'])
    driver.answer(1)
    driver.answer(1)
    driver.answer(1)
    expect(driver.sent.slice(7)).toEqual(['1:2', '1:4', '1:6'])
    for (let left = 0; left < 3; left++) driver.answer(1)
    expect(engine.outstanding).toBe(0)
    expect(totals()).toMatchObject({ due: 7, sent: 7, received: 7, errors: {} })
  })

  it('loses what was on a connection that breaks', () => {
    const { driver, dispatch, totals } = harness(3)
    dispatch(0, 1, 2)
    driver.end(0, 'connection-reset')
    expect(totals().errors).toEqual({ 'message-lost': 2 })
  })

  it('gives up the connection of a message that timed out, with what is behind it', () => {
    const { driver, dispatch, at, engine, totals } = harness(3)
    dispatch(0, 1)
    at(500_000)
    dispatch(2, 3)
    driver.answer(1)
    at(1_000_000)
    engine.tick()
    expect(totals().errors).toEqual({ timeout: 1, 'message-lost': 1 })
    expect(driver.unanswered(1)).toBe(1)
    dispatch(4)
    expect(driver.sent.at(-1)).toBe('1:4')
  })
})

describe('the closed model over pipelined connections', () => {
  function closed(depth: number, connections: number) {
    const { engine, driver, origin, share, at } = harness(depth, connections)
    const turns: Array<() => void> = []
    const soon = (): void => {
      while (turns.length > 0) turns.shift()!()
    }
    const loop = new ClosedLoop(engine, share, 10_000, (turn) => void turns.push(turn))
    engine.start(origin, loop)
    soon()
    return { engine, driver, soon, at }
  }
  const loads = (driver: PipelinedDriver, connections: number): number[] =>
    Array.from({ length: connections }, (_, index) => driver.unanswered(index))

  it('keeps as many requests open on each connection as it takes', () => {
    const { driver, soon } = closed(4, 3)
    expect(loads(driver, 3)).toEqual([4, 4, 4])
    for (const index of [2, 0, 2, 2]) driver.answer(index)
    expect(loads(driver, 3)).toEqual([3, 4, 1])
    soon()
    expect(loads(driver, 3)).toEqual([4, 4, 4])
  })

  it('comes back to it after connections were lost, ended or backed up', () => {
    const { engine, driver, soon, at } = closed(3, 3)
    driver.end(0, 'connection-reset')
    driver.answer(1)
    soon()
    expect(engine.outstanding).toBe(6)
    driver.answer(2)
    driver.end(2, 'connection-ended')
    soon()
    // Two requests of the ended connection wait for a place on the one that is left.
    expect(engine.outstanding).toBe(5)
    driver.stalled.add(1)
    driver.answer(1)
    soon()
    at(200)
    driver.resume(1)
    driver.open(0)
    driver.open(2)
    soon()
    expect(loads(driver, 3)).toEqual([3, 3, 3])
    expect(engine.outstanding).toBe(9)
  })

  it('sends no more when its time is over', () => {
    const { driver, soon, at } = closed(2, 1)
    at(10_000)
    driver.answer(0)
    soon()
    expect(driver.unanswered(0)).toBe(1)
  })
})
