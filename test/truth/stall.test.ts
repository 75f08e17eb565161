import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { startLab, temporaryFile } from '../integration/labs/lab-process.js'
import {
  isFull,
  note,
  type PercentileName,
  percentiles,
  plimsoll,
  quantile,
  truthFromLog,
} from './support.js'

const durationS = isFull ? 10 : 3
const stallS = isFull ? 1.4 : 0.45
const warmupS = isFull ? 1 : 0.5
const rate = 500
const connections = 20

type Story = 'ws' | 'http' | 'session'
const sessionScenario = fileURLToPath(new URL('../fixtures/stall-session.ts', import.meta.url))

/** Runs the lab, and stops its process for a while in the middle of the measured window. */
async function stalledRun(story: Story, workers: number) {
  const log = temporaryFile('replies.txt')
  const lab = await startLab('echo', '--log', log)
  const address = `${story === 'http' ? 'http' : 'ws'}://127.0.0.1:${lab.port}/`
  const what =
    story === 'session'
      ? [sessionScenario]
      : [address, '-c', String(connections), '-r', String(rate), ...(story === 'http' ? ['-m', 'POST'] : [])]
  process.env.STALL_TARGET = address
  const stall = async (): Promise<void> => {
    await delay((warmupS + durationS * 0.4) * 1_000 + 350)
    process.kill(lab.pid, 'SIGSTOP')
    await delay(stallS * 1_000)
    process.kill(lab.pid, 'SIGCONT')
  }
  const finished = await plimsoll(
    [
      ...what,
      ...['-d', `${durationS}s`, '--warmup', `${warmupS}s`],
      ...['--workers', String(workers), '--slo', 'p99 < 50ms', '--profile', 'none'],
    ],
    [],
    stall,
  )
  await lab.stop()
  return { ...finished, truth: truthFromLog(log, finished.run, rate) }
}

describe.each([
  ['ws', 1],
  ['http', 2],
  ['session', 2],
  // What differs in the number of workers alone stands at full length.
  ...(isFull
    ? ([
        ['ws', 2],
        ['http', 1],
        ['session', 1],
      ] as const)
    : []),
] as const)('a target that stands still, %s with %d workers', (story, workers) => {
  it('shows in every percentile as the lab saw it', { timeout: 60_000 }, async () => {
    const { run, truth, code } = await stalledRun(story, workers)
    const { response } = run.metrics
    expect(truth.unanswered).toBe(0)
    expect(run.counters).toMatchObject({ due: rate * durationS, errors: { total: 0 } })
    expect(response!.count).toBe(rate * durationS)
    for (const [name, q] of Object.entries(percentiles)) {
      const measured = response![name as PercentileName]
      const true_ = quantile(truth.responseMs, q)
      note(`stall ${story}, ${workers} worker(s)`, {
        percentile: name,
        measured,
        truth: true_,
        errorMs: measured - true_,
      })
      // The machine's own noise stands between the lab's write and our read; its floor says how much.
      const floor = run.generator.floor?.p99 ?? 0
      expect(Math.abs(measured - true_), `${name}: ${measured} ms, truth ${true_} ms`).toBeLessThanOrEqual(
        true_ * 0.02 + 2 + floor,
      )
    }
    // The sends inside the stall waited for what was left of it: a tool that omits them reports a p90 of a few ms.
    const expectedP95 = stallS * 1_000 - 0.05 * durationS * 1_000
    expect(response!.p95).toBeGreaterThan(expectedP95 * 0.8)
    expect(run.slo[0]!.ok).toBe(false)
    if (run.generator.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['fail', 1])
  })
})
