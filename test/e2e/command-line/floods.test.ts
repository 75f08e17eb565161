import { describe, expect, it } from 'vitest'
import { startLab } from '../../integration/labs/lab-process.js'
import { brief, type FinishedRun, readFolder, runJson, stackTrace } from '../support/command.js'

/** So loose that a busy machine makes no run invalid. */
const slo = ['--slo', 'p99 < 30s', '--slo', 'errors < 1%']

async function against(
  scheme: string,
  behaviour: string,
  options: readonly string[],
): Promise<FinishedRun & { seconds: number }> {
  const lab = await startLab('bad-target', '--behaviour', behaviour)
  const startedMs = performance.now()
  const finished = await runJson([`${scheme}://127.0.0.1:${lab.port}/`, ...brief, ...slo, ...options])
  const seconds = (performance.now() - startedMs) / 1_000
  await lab.stop()
  expect(finished.err).not.toMatch(stackTrace)
  expect(readFolder(finished.folder, 'report.html')).toContain('</html>')
  expect(Math.max(...finished.run.generator.workers.map(({ rssBytes }) => rssBytes))).toBeLessThan(400e6)
  return { ...finished, seconds }
}

describe('a target that sends one byte a second', () => {
  it('of its handshake: no connection, at the timeout', { timeout: 60_000 }, async () => {
    const { run, code, seconds } = await against('ws', 'slow-handshake', ['-c', '5', '-r', '50/s'])
    expect(run.counters).toMatchObject({ connectionsOpened: 0, connectionsFailed: 5, due: 0 })
    expect(run.counters.errors).toEqual({ total: 5, byKind: { 'connect-timeout': 5 } })
    expect(code).toBe(3)
    expect(seconds).toBeLessThan(20)
  })

  it.each([
    ['http', 'slow-response'],
    ['ws', 'slow-frame'],
  ])('of its replies over %s: each a timeout', { timeout: 60_000 }, async (scheme, behaviour) => {
    const { run, code, seconds } = await against(scheme, behaviour, ['-c', '5', '-r', '5/s'])
    const { due, received, timeouts, errors } = run.counters
    expect(due).toBe(5)
    expect(received).toBe(0)
    expect(timeouts).toBeGreaterThan(0)
    expect(errors.total).toBeGreaterThanOrEqual(due)
    expect(run.metrics.response!.count).toBe(due)
    expect(run.metrics.response!.censored).toBe(due)
    if (run.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['fail', 1])
    expect(seconds).toBeLessThan(20)
  })
})

describe('a target that sends too much', () => {
  it('a million tiny frames in one write: each counted', { timeout: 60_000 }, async () => {
    const { run } = await against('ws', 'tiny-frames', ['-c', '1', '-r', '50/s', '--reply', 'fifo'])
    const { due, received, unmatched, errors } = run.counters
    expect(received + unmatched).toBe(1_000_000)
    expect(received + errors.total).toBeGreaterThanOrEqual(due)
    expect(run.generator.reasons.map(({ code }) => code)).toContain('unmatched-messages')
  })

  it('10 MB that inflate to 10 GB: an error, and the memory of the limit', { timeout: 60_000 }, async () => {
    const { run } = await against('ws', 'deflate-bomb', [
      ...['-c', '2', '-r', '10/s', '-d', '3s', '--compression'],
    ])
    const { errors, connectionsLost, due, received } = run.counters
    expect(connectionsLost).toBe(2)
    expect(errors.byKind['ws-message-too-large']).toBe(2)
    expect(errors.total).toBeGreaterThanOrEqual(due - received)
    expect(run.slo[1]!.ok).toBe(false)
  })
})
