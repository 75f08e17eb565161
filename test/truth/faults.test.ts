import { describe, expect, it } from 'vitest'
import { startLab, temporaryFile } from '../integration/labs/lab-process.js'
import { isFull, note, plimsoll, truthFromLog } from './support.js'

const rate = 500
const durationS = isFull ? 10 : 3
const due = rate * durationS
const load = [
  '-r',
  String(rate),
  '-d',
  `${durationS}s`,
  '--timeout',
  '1s',
  '--slo',
  'p99 < 900ms',
  '--slo',
  'errors < 0.1%',
  '--profile',
  'none',
]

describe('messages that are never answered', () => {
  it.concurrent.each(['ws', 'http'] as const)(
    'count one by one: each fiftieth over %s',
    { timeout: 60_000 },
    async (scheme) => {
      const lab = await startLab('forgetful')
      const { run, code } = await plimsoll([
        `${scheme}://127.0.0.1:${lab.port}/`,
        ...load,
        ...[
          '-c',
          scheme === 'ws' ? '20' : '60',
          '--warmup',
          '1s',
          ...(scheme === 'http' ? ['-m', 'POST'] : []),
        ],
      ])
      await lab.stop()
      expect(run.counters).toMatchObject({
        due,
        timeouts: due / 50,
        errors: { total: due / 50, byKind: { timeout: due / 50 } },
      })
      expect(run.metrics.response).toMatchObject({ count: due, censored: due / 50 })
      expect(run.metrics.response!.bounds).toContain('p99')
      expect(run.metrics.service).toMatchObject({ censored: due / 50 })
      expect(run.metrics.service!.bounds).toContain('p99')
      expect(run.metrics.response!.p99).toBeGreaterThanOrEqual(1_000)
      expect(run.metrics.response!.p50).toBeLessThan(500)
      expect(run.slo.map(({ ok }) => ok)).toEqual([false, false])
      if (run.generator.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['fail', 1])
      note(`2 % never answered over ${scheme}`, {
        due,
        timeouts: run.counters.timeouts,
        errors: run.counters.errors.total,
      })
    },
  )
})

describe('half of the connections closed half-way', () => {
  it.concurrent('costs each message that is due on them from then on', { timeout: 60_000 }, async () => {
    const log = temporaryFile('replies.txt')
    const lab = await startLab('dropper', '--after', `${durationS / 2}s`, '--log', log)
    const { run, code } = await plimsoll([
      `ws://127.0.0.1:${lab.port}/`,
      ...load,
      '-c',
      '20',
      '--warmup',
      '0s',
    ])
    await lab.stop()
    const { errors, connectionsLost } = run.counters
    const truth = truthFromLog(log, run)
    expect(connectionsLost).toBe(10)
    expect(errors.byKind['connection-closed']).toBe(10)
    const lostMessages = (errors.byKind['not-connected'] ?? 0) + (errors.byKind['message-lost'] ?? 0)
    expect(errors.total).toBe(lostMessages + 10)
    expect(lostMessages).toBe(run.metrics.response!.censored)
    // The lab may have answered a message whose reply was lost with the connection.
    expect(lostMessages).toBeGreaterThanOrEqual(truth.unanswered)
    expect(lostMessages).toBeLessThanOrEqual(truth.unanswered + 10)
    expect(Math.abs(lostMessages - due / 4)).toBeLessThanOrEqual(rate * 0.1)
    expect(run.slo[1]!.ok).toBe(false)
    if (run.generator.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['fail', 1])
    note('half of the connections closed half-way', { due, lostMessages, labUnanswered: truth.unanswered })
  })
})

describe('a target that stops for good half a second before the end', () => {
  it.concurrent.each(['ws', 'http'] as const)(
    'leaves as many errors as the lab has no reply for, over %s',
    { timeout: 60_000 },
    async (scheme) => {
      const log = temporaryFile('replies.txt')
      const lab = await startLab('echo', '--log', log)
      const stop = (): void => void process.kill(lab.pid, 'SIGSTOP')
      const { run, code } = await plimsoll(
        [
          `${scheme}://127.0.0.1:${lab.port}/`,
          ...load,
          ...['-c', '20', '--warmup', '500ms', ...(scheme === 'http' ? ['-m', 'POST'] : [])],
        ],
        [],
        () => void setTimeout(stop, durationS * 1_000 + 300),
      )
      process.kill(lab.pid, 'SIGKILL')
      await lab.stop()
      const { errors, timeouts } = run.counters
      expect(run.counters.due).toBe(due)
      expect(errors.total).toBe(timeouts)
      expect(timeouts).toBe(due - run.counters.received)
      expect(run.metrics.response!.censored).toBe(timeouts)
      expect(timeouts).toBeGreaterThan(rate * 0.05)
      expect(timeouts).toBeLessThan(rate * 1.2)
      expect(run.slo.map(({ ok }) => ok)).toEqual([false, false])
      if (run.generator.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['fail', 1])
      note(`stopped for good over ${scheme}`, { due, received: run.counters.received, timeouts })
    },
  )
})
