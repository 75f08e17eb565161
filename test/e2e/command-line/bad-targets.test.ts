import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startLab } from '../../integration/labs/lab-process.js'
import {
  brief,
  parseRun,
  readFolder,
  runJson,
  stackTrace,
  start,
  temporaryFolder,
} from '../support/command.js'

/** So loose that a busy machine makes no run invalid. */
const slo = ['--slo', 'p99 < 30s', '--slo', 'errors < 1%']
const load = ['-c', '5', '-r', '50/s', ...brief]

describe('a target that breaks the rules', () => {
  it.each([
    ['ws', 'close-at-once', /^connect-(closed|reset)$/],
    ['ws', 'never-answers', /^connect-timeout$/],
    ['ws', 'wrong-accept', /^handshake-bad-accept$/],
    ['ws', 'endless-headers', /^handshake-headers-too-large$/],
  ])('lets no connection up: %s %s', { timeout: 30_000 }, async (scheme, behaviour, kind) => {
    const lab = await startLab('bad-target', '--behaviour', behaviour)
    const { run, code, err } = await runJson([`${scheme}://127.0.0.1:${lab.port}/`, ...load, ...slo])
    await lab.stop()
    expect(run.counters).toMatchObject({ connectionsOpened: 0, connectionsFailed: 5, due: 0 })
    for (const seen of Object.keys(run.counters.errors.byKind)) expect(seen).toMatch(kind)
    expect(run.counters.errors.total).toBe(5)
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(3)
  })

  it.each([
    ['ws', 'garbage', 'ws-reserved-bits'],
    ['ws', 'huge-frame', 'ws-frame-too-large'],
    ['ws', 'reset-under-load', 'connection-reset'],
    ['http', 'http-garbage', 'http-parse'],
    ['http', 'http-endless-headers', 'http-headers-too-large'],
    ['http', 'http-truncated', 'http-truncated'],
    ['http', 'http-500', 'http-500'],
    ['http', 'close-at-once', 'connection-closed'],
    ['http', 'never-answers', 'timeout'],
  ])(
    'ends in counted errors of the right kind: %s %s',
    { timeout: 30_000 },
    async (scheme, behaviour, kind) => {
      const count = behaviour === 'reset-under-load' ? ['2'] : []
      const lab = await startLab('bad-target', '--behaviour', behaviour, ...count)
      const started = performance.now()
      const { run, code, err, folder } = await runJson([
        `${scheme}://127.0.0.1:${lab.port}/`,
        ...load,
        ...slo,
      ])
      await lab.stop()
      expect(performance.now() - started).toBeLessThan(20_000)
      const { errors, due, received } = run.counters
      const kinds = Object.keys(errors.byKind)
      expect(
        kinds.some((seen) => seen === kind || (kind === 'connection-closed' && seen === 'connection-reset')),
      ).toBe(true)
      expect(errors.total).toBe(Object.values(errors.byKind).reduce((sum, number) => sum + number, 0))
      expect(errors.total).toBeGreaterThanOrEqual(due - received)
      expect(run.metrics.response!.count).toBe(due)
      expect(run.slo[1]!.ok).toBe(false)
      expect(readFolder(folder, 'report.html')).toContain('<!doctype html>')
      expect(Math.max(...run.generator.workers.map(({ rssBytes }) => rssBytes))).toBeLessThan(300e6)
      expect(err).not.toMatch(stackTrace)
      if (run.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['fail', 1])
    },
  )

  it('is told when it refuses connections half-way', { timeout: 30_000 }, async () => {
    const lab = await startLab('bad-target', '--behaviour', 'refuse-after', '3')
    const { run } = await runJson([`ws://127.0.0.1:${lab.port}/`, ...load, ...slo, '--connect-rate', '50'])
    await lab.stop()
    expect(run.counters.connectionsOpened).toBe(3)
    expect(run.counters.connectionsFailed).toBe(2)
    expect(run.counters.errors.byKind['not-connected']).toBe(run.counters.due * (2 / 5))
    expect(run.slo[1]!.ok).toBe(false)
  })
})

describe('a process that is killed', () => {
  it('as the target: counted errors, a report, exit 3', { timeout: 30_000 }, async () => {
    const lab = await startLab('echo')
    const running = runJson([
      `ws://127.0.0.1:${lab.port}/`,
      '-c',
      '5',
      '-r',
      '100/s',
      '-d',
      '5s',
      '--warmup',
      '0s',
      '--timeout',
      '1s',
      ...slo,
    ])
    // Long after the connections are open, also where all takes twice as long.
    await delay(3_500)
    process.kill(lab.pid, 'SIGKILL')
    const { run, code, folder } = await running
    await lab.stop()
    expect(run.counters.connectionsLost).toBe(5)
    expect(run.counters.errors.byKind['not-connected']).toBeGreaterThan(50)
    expect(run.counters.due).toBe(500)
    expect(readFolder(folder, 'report.html')).toContain('</html>')
    expect(code).toBe(3)
  })

  it('as a target that Plimsoll started: ended early, and told', { timeout: 30_000 }, async () => {
    const script = `const { createServer } = require('node:http'); createServer((q, s) => s.end('ok')).listen(+process.argv[1], '127.0.0.1'); setTimeout(() => process.exit(5), 4000)`
    const lab = await startLab('echo')
    await lab.stop()
    const started = performance.now()
    const { run, code, err } = await runJson([
      `http://127.0.0.1:${lab.port}/`,
      '-r',
      '50/s',
      '-d',
      '60s',
      '--warmup',
      '0s',
      '--timeout',
      '1s',
      ...slo,
      '--',
      process.execPath,
      '-e',
      script,
      String(lab.port),
    ])
    expect(performance.now() - started).toBeLessThan(25_000)
    expect(run.counters.received).toBeGreaterThan(20)
    expect(err).toMatch(/ended/)
    expect(code).toBe(3)
  })

  it('as a worker of the generator: invalid, and the others’ figures are kept', {
    timeout: 30_000,
  }, async () => {
    const lab = await startLab('echo')
    const folder = temporaryFolder()
    const running = start([
      'run',
      `ws://127.0.0.1:${lab.port}/`,
      '-c',
      '4',
      '-r',
      '100/s',
      '-d',
      '3s',
      '--warmup',
      '0s',
      '--timeout',
      '1s',
      '--workers',
      '2',
      '--profile',
      'none',
      ...slo,
      '--json',
      '--out',
      `${folder}/run`,
    ])
    await running.said('connections to')
    await delay(1_500)
    const children = readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
    const worker = children.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker-main'),
    )
    process.kill(worker!, 'SIGKILL')
    const finished = await running.finished
    await lab.stop()
    const run = parseRun(finished)
    expect([run.verdict, run.generator.verdict, finished.code]).toEqual(['invalid', 'invalid', 4])
    expect(run.generator.reasons.map(({ code }) => code)).toContain('worker-lost')
    expect(run.generator.workers.filter(({ alive }) => alive)).toHaveLength(1)
    expect(run.counters.received).toBeGreaterThan(100)
  })
})

describe('Ctrl-C', () => {
  it.each([
    ['in the warm-up', 700, ['--warmup', '20s']],
    ['in the measured window', 2_000, ['--warmup', '200ms']],
  ])('saves and reports %s, with exit 130', { timeout: 30_000 }, async (_, afterMs, warmup) => {
    const lab = await startLab('echo')
    const out = `${temporaryFolder()}/run`
    const running = start([
      'run',
      `ws://127.0.0.1:${lab.port}/`,
      '-c',
      '5',
      '-r',
      '100/s',
      '-d',
      '60s',
      ...warmup,
      ...slo,
      '--json',
      '--out',
      out,
    ])
    await running.said('connections to')
    await delay(afterMs)
    running.child.kill('SIGINT')
    const finished = await running.finished
    await lab.stop()
    const run = parseRun(finished)
    expect(finished.code).toBe(130)
    expect(run.interrupted).toBe(true)
    expect(JSON.parse(readFolder(out, 'run.json'))).toEqual(run)
    expect(readFolder(out, 'report.html')).toContain('</html>')
    if (afterMs === 2_000) {
      expect(run.counters.received).toBeGreaterThan(30)
      expect(readFolder(out, 'timeline.ndjson').trim().split('\n').length).toBeGreaterThanOrEqual(2)
    }
  })

  it('while the target starts ends the target too', { timeout: 30_000 }, async () => {
    const running = start([
      'run',
      'ws://127.0.0.1:9',
      ...slo,
      '--',
      process.execPath,
      '-e',
      'setInterval(() => {}, 1000)',
    ])
    await running.said('Starting')
    await delay(500)
    const children = readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number)
    running.child.kill('SIGINT')
    expect((await running.finished).code).toBe(130)
    for (const pid of children.filter((child) => child > 0)) expect(() => process.kill(pid, 0)).toThrow()
  })
})
