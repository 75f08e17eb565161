import { type ChildProcess, spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { startLab } from '../integration/labs/lab-process.js'
import { isFull, note, plimsoll } from './support.js'

const durationS = isFull ? 8 : 1.5

const busyLoop = (core: number): ChildProcess =>
  spawn('taskset', ['-c', String(core), process.execPath, '-e', 'for(;;);'])

describe('the generator', () => {
  it('is invalid at a rate beyond its reach', { timeout: 120_000 }, async () => {
    const lab = await startLab('echo')
    const { run, code } = await plimsoll([
      `ws://127.0.0.1:${lab.port}/`,
      ...[
        '-c',
        '50',
        '-r',
        '5M/s',
        '-d',
        `${durationS}s`,
        '--warmup',
        '0s',
        '--timeout',
        '2s',
        '--profile',
        'none',
        '--slo',
        'p99 < 1s',
      ],
    ])
    await lab.stop()
    expect([run.verdict, run.generator.verdict, code]).toEqual(['invalid', 'invalid', 4])
    expect(run.generator.reasons.map((reason) => reason.code)).toContain('not-dispatched')
    expect(run.load.dispatchedRate).toBeLessThan(0.5 * run.load.offeredRate!)
    note('5 million/s', { dispatched: run.load.dispatchedRate, verdict: run.verdict })
  })

  it('is invalid when busy loops starve it, and says that it waited for a core', {
    timeout: 60_000,
  }, async () => {
    const lab = await startLab('echo')
    const loops = Array.from({ length: 8 }, () => busyLoop(1))
    try {
      const { run, code } = await plimsoll(
        [
          `ws://127.0.0.1:${lab.port}/`,
          ...[
            '-c',
            '20',
            '-r',
            '1000/s',
            '-d',
            `${durationS}s`,
            '--warmup',
            '500ms',
            '--slo',
            'p99 < 10ms',
            '--profile',
            'none',
          ],
        ],
        ['taskset', '-c', '1'],
      )
      expect([run.verdict, run.generator.verdict, code]).toEqual(['invalid', 'invalid', 4])
      const slip = run.generator.reasons.find((reason) => reason.code === 'slip')
      expect(slip?.detail).toContain('waited')
      expect(run.generator.workers[0]!.runQueueWaitPercent).toBeGreaterThan(20)
      note('starved by busy loops', {
        slipP99: run.metrics.slip!.p99,
        runQueueWait: run.generator.workers[0]!.runQueueWaitPercent!,
      })
    } finally {
      for (const loop of loops) loop.kill('SIGKILL')
      await lab.stop()
    }
  })

  it.each(['ws', 'http'] as const)(
    'is not blamed for a target at twice its capacity, over %s',
    { timeout: 60_000 },
    async (scheme) => {
      const lab = await startLab('capacity', '--service', '1ms')
      const { run, code } = await plimsoll([
        `${scheme}://127.0.0.1:${lab.port}/`,
        ...[
          '-c',
          '20',
          '-r',
          '2000/s',
          '-d',
          `${durationS}s`,
          '--warmup',
          '500ms',
          '--profile',
          'none',
          '--slo',
          'p99 < 400ms',
          '--timeout',
          '20s',
        ],
      ])
      await lab.stop()
      expect(run.generator.verdict).not.toBe('invalid')
      expect([run.verdict, code]).toEqual(['fail', 1])
      expect(run.load.dispatchedRate).toBeGreaterThan(1_960)
      expect(run.load.achievedRate).toBeLessThan(1_050)
      expect(run.counters.errors.total).toBe(0)
      note(`twice the capacity over ${scheme}`, {
        dispatched: run.load.dispatchedRate,
        achieved: run.load.achievedRate,
        slipP99: run.metrics.slip!.p99,
        waitP99: run.metrics.wait!.p99,
      })
    },
  )

  it('tells a long wait from its own slip: 1,500/s over HTTP to a server of 1,000/s', {
    timeout: 60_000,
  }, async () => {
    const lab = await startLab('capacity', '--service', '1ms')
    const { run } = await plimsoll([
      `http://127.0.0.1:${lab.port}/`,
      ...[
        '-c',
        '10',
        '-r',
        '1500/s',
        '-d',
        `${durationS}s`,
        '--warmup',
        '500ms',
        '--profile',
        'none',
        '--slo',
        'p99 < 200ms',
        '--timeout',
        '20s',
      ],
    ])
    await lab.stop()
    expect(run.generator.verdict).not.toBe('invalid')
    expect(run.verdict).toBe('fail')
    const { wait, slip, service, response } = run.metrics
    expect(wait!.p50).toBeGreaterThan(10 * slip!.p99)
    expect(wait!.p50).toBeGreaterThan(5 * service!.p50)
    expect(response!.p50).toBeGreaterThan(wait!.p50)
    note('1,500/s to a server of 1,000/s', {
      slipP99: slip!.p99,
      waitP50: wait!.p50,
      serviceP50: service!.p50,
    })
  })
})
