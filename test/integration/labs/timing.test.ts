import { afterEach, describe, expect, it } from 'vitest'
import { type Law, lawCycle } from '../../../labs/latency-law.js'
import {
  exchangeAll,
  idsOf,
  type LoggedReply,
  median,
  nextMessage,
  openSocket,
  openSockets,
  type RunningProgram,
  range,
  readReplyLog,
  startLab,
  temporaryFile,
} from './lab-process.js'

/** The clock is exact but the log is rounded to 0.1 µs. */
const roundingMs = 0.000_2

let lab: RunningProgram | undefined
afterEach(async () => {
  await lab?.stop()
  lab = undefined
})

/** Delays may be late on a crowded machine, single ones by much, but are never early. */
function expectDelays(replies: readonly LoggedReply[], truthMs: (reply: LoggedReply) => number): void {
  const lateness = replies.map((reply) => reply.delayMs - truthMs(reply))
  expect(Math.min(...lateness)).toBeGreaterThan(-roundingMs)
  expect(median(lateness)).toBeLessThan(1)
}

describe('latency-law', () => {
  it.each<[Law, number]>([
    ['bimodal', 1],
    ['heavy', 7],
  ])('delays message n by entry n of the cycle: %s', async (law, seed) => {
    const log = temporaryFile('replies')
    lab = await startLab('latency-law', '--law', law, '--seed', String(seed), '--log', log)
    const socket = await openSocket(lab.port)
    for (let first = 1; first <= 1_000; first += 50) await exchangeAll(socket, range(first, first + 49))
    expect(await lab.stop()).toBe(0)
    const cycle = lawCycle(law, seed)
    const replies = readReplyLog(log)
    expect(new Set(replies.map((reply) => reply.id)).size).toBe(1_000)
    expectDelays(replies, (reply) => cycle[reply.id - 1]!)
  })

  it('holds for HTTP as well', async () => {
    lab = await startLab('latency-law')
    const startMs = performance.now()
    const response = await fetch(`http://127.0.0.1:${lab.port}/`)
    expect(await response.json()).toEqual({ ok: true })
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(lawCycle('bimodal', 1)[0]!)
  })

  it('names the laws it knows', async () => {
    await expect(startLab('latency-law', '--law', 'ohm')).rejects.toThrow('bimodal, heavy')
  })
})

describe('capacity', () => {
  it('serves one after the other, 1 ms each, first come first served', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('capacity', '--service', '1ms', '--log', log)
    const sockets = await openSockets(lab.port, 5)
    await Promise.all(
      sockets.map((socket, index) => exchangeAll(socket, range(index * 100 + 1, index * 100 + 100))),
    )
    const single = await openSocket(lab.port)
    for (let id = 501; id <= 520; id++) await exchangeAll(single, [id])
    expect(await lab.stop()).toBe(0)

    const replies = readReplyLog(log)
    const busy = replies.slice(0, 500)
    expect(busy).toEqual(busy.toSorted((a, b) => a.arrivalUs - b.arrivalUs))
    const departuresUs = busy.map((reply) => reply.arrivalUs + reply.delayMs * 1_000)
    const gapsMs = departuresUs
      .slice(1)
      .map((departureUs, index) => (departureUs - departuresUs[index]!) / 1_000)
    // A gap is taken from reply stamps, which follow the end of service by the odd microsecond.
    expect(Math.min(...gapsMs)).toBeGreaterThan(0.9)
    expect(median(gapsMs)).toBeCloseTo(1, 1)
    expect((departuresUs.at(-1)! - departuresUs[0]!) / 499_000).toBeGreaterThan(0.999)
    expectDelays(replies.slice(500), () => 1)
  })

  it('holds for HTTP as well', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('capacity', '--service', '3ms', '--log', log)
    for (let request = 0; request < 10; request++) await (await fetch(`http://127.0.0.1:${lab.port}/`)).text()
    expect(await lab.stop()).toBe(0)
    const replies = readReplyLog(log)
    expect(replies.map((reply) => reply.id)).toEqual(range(1, 10))
    expectDelays(replies, () => 3)
  })
})

describe('push', () => {
  it('answers after 50 ms and pushes without an id meanwhile', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('push', '--push-every', '200ms', '--log', log)
    const [idle, talker] = await openSockets(lab.port, 2)
    const pushed = nextMessage(idle!)
    const pushes: string[] = []
    let onReply = (): void => undefined
    talker!.on('message', (data) => {
      if (String(data).includes('"id"')) onReply()
      else pushes.push(String(data))
    })
    for (let id = 1; id <= 10; id++) {
      const replied = new Promise<void>((resolve) => {
        onReply = resolve
      })
      talker!.send(`{"id":${id}}`)
      await replied
    }
    expect(JSON.parse(await pushed)).toEqual({ type: 'push', seq: 1 })
    // Ten replies take half a second: at least two pushes of 200 ms fall into it, on this connection too.
    expect(pushes.length).toBeGreaterThanOrEqual(2)
    expect(JSON.parse(pushes[1]!)).toEqual({ type: 'push', seq: 2 })
    expect(await lab.stop()).toBe(0)
    expectDelays(readReplyLog(log), () => 50)
  })
})

describe('warming', () => {
  it('is slow until its time has come, counted from the first message', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('warming', '--slow-for', '400ms', '--log', log)
    const socket = await openSocket(lab.port)
    for (let id = 1; id <= 80; id++) expect(idsOf(await exchangeAll(socket, [id]))).toEqual([id])
    expect(await lab.stop()).toBe(0)
    const replies = readReplyLog(log)
    const firstUs = replies[0]!.arrivalUs
    const slow = replies.filter((reply) => reply.arrivalUs - firstUs < 400_000)
    expect(slow.length).toBeGreaterThan(5)
    expect(slow.length).toBeLessThan(40)
    expectDelays(replies, (reply) => (reply.arrivalUs - firstUs < 400_000 ? 20 : 2))
  })

  it('drifts for ever with --drift', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('warming', '--drift', '500', '--log', log)
    const socket = await openSocket(lab.port)
    for (let id = 1; id <= 100; id++) await exchangeAll(socket, [id])
    expect(await lab.stop()).toBe(0)
    const replies = readReplyLog(log)
    const firstUs = replies[0]!.arrivalUs
    expectDelays(replies, (reply) => 2 * (1 + 5 * ((reply.arrivalUs - firstUs) / 1e6)))
    // 100 messages of at least 2 ms take 0.2 s and more, in which the delay doubles.
    expect(replies.at(-1)!.delayMs).toBeGreaterThan(4)
  })
})
