import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../src/target/free-port.js'
import { startLab } from '../../integration/labs/lab-process.js'
import { parseRun, readFolder, stackTrace, start, temporaryFolder } from '../support/command.js'
import { childNamed, processesNamed } from '../support/processes.js'

const slo = ['--slo', 'p99 < 30s', '--slo', 'errors < 90%']
const group = ['setsid']

/** As a terminal does it: to the command and to all that it started. */
const pressCtrlC = (pid: number): void => void process.kill(-pid, 'SIGINT')

/** A server that never stops answering and takes three seconds to end. */
const stubborn = (mark: string): string[] => [
  process.execPath,
  '-e',
  `const { createServer } = require('node:http')
  process.on('SIGTERM', () => {})
  createServer((q, s) => s.end('ok')).listen(Number(process.argv[1]), '127.0.0.1')`,
  mark,
]

describe('Ctrl-C at any moment', () => {
  it.each([0, 100, 300, 600, 1_500])(
    'ends in a report and exit 130, %s ms after the run began',
    { timeout: 30_000 },
    async (afterMs) => {
      const lab = await startLab('echo')
      const out = `${temporaryFolder()}/run`
      const url = `ws://127.0.0.1:${lab.port}/`
      const running = start(
        ['run', url, '-c', '40', '-r', '100/s', '-d', '60s', '--warmup', '500ms']
          .concat('--connect-rate', '100', '--timeout', '1s', '--json', '--out', out)
          .concat(slo),
        {},
        temporaryFolder(),
        group,
      )
      // The first word follows as soon as the plan stands; before it nothing is there to report.
      await running.said('connections to')
      await delay(afterMs)
      const pressedAt = performance.now()
      pressCtrlC(running.child.pid!)
      const finished = await running.finished
      await lab.stop()
      expect(performance.now() - pressedAt).toBeLessThan(6_000)
      const run = parseRun(finished)
      expect([finished.code, run.interrupted]).toEqual([130, true])
      expect(finished.err).not.toMatch(stackTrace)
      expect(JSON.parse(readFolder(out, 'run.json'))).toEqual(run)
      expect(readFolder(out, 'report.html')).toContain('</html>')
      expect(run.counters.errors.byKind.timeout ?? 0).toBe(0)
      expect(run.generator.reasons.map(({ code }) => code)).not.toContain('worker-lost')
    },
  )

  it('during the drain, gives up what is still open', { timeout: 30_000 }, async () => {
    const lab = await startLab('forgetful', '--every', '2')
    const url = `ws://127.0.0.1:${lab.port}/`
    const running = start(
      ['run', url, '-r', '50/s', '-d', '1s', '--warmup', '0s', '--timeout', '40s', '--json'].concat(slo),
    )
    await running.said('connections to')
    await delay(2_500)
    running.child.kill('SIGINT')
    const finished = await running.finished
    await lab.stop()
    const run = parseRun(finished)
    expect(finished.code).toBe(130)
    expect(run.counters).toMatchObject({ due: 50, received: 25, errors: { byKind: { interrupted: 25 } } })
    expect(run.metrics.response!.censored).toBe(25)
  })

  it('while the target takes its time to end, still prints the result', { timeout: 30_000 }, async () => {
    const port = await freePort()
    const out = `${temporaryFolder()}/run`
    const running = start(
      ['run', `http://127.0.0.1:${port}/`, '-d', '1s', '--warmup', '0s', '--profile', 'none', '--explore']
        .concat('--json', '--out', out, '--')
        .concat(stubborn(String(port))),
      {},
      temporaryFolder(),
      group,
    )
    await running.said('connections to')
    const target = childNamed(running.child.pid!, 'createServer')!
    await delay(2_500)
    pressCtrlC(running.child.pid!)
    const finished = await running.finished
    expect(parseRun(finished).counters.received).toBeGreaterThan(0)
    expect([0, 130]).toContain(finished.code)
    expect(() => process.kill(target, 0)).toThrow()
  })

  it('twice, ends at once and leaves no process behind', { timeout: 30_000 }, async () => {
    const port = await freePort()
    const mark = String(port)
    const running = start(
      ['run', `http://127.0.0.1:${port}/`, '-d', '60s', '--profile', 'none', '--explore', '--']
        .concat(stubborn(mark))
        .concat(`mark-${mark}`),
      {},
      temporaryFolder(),
      group,
    )
    await running.said('connections to')
    await delay(500)
    const pressedAt = performance.now()
    pressCtrlC(running.child.pid!)
    pressCtrlC(running.child.pid!)
    await delay(100)
    if (running.child.exitCode === null) pressCtrlC(running.child.pid!)
    const { code } = await running.finished
    expect(code).toBe(130)
    expect(performance.now() - pressedAt).toBeLessThan(2_500)
    await delay(200)
    expect(processesNamed(`mark-${mark}`)).toEqual([])
  })
})
