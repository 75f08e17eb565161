import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Histogram, HistogramLogReader } from 'hdr-histogram-js'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type RunningProgram,
  range,
  readReplyLog,
  startLab,
  temporaryFile,
} from '../../integration/labs/lab-process.js'
import { referenceHistogram } from '../../unit/measurement/reference-histogram.js'
import { parseRun, readFolder, runJson, start, temporaryFolder } from '../support/command.js'
import { childrenOf } from '../support/processes.js'

let lab: RunningProgram | undefined
afterEach(async () => {
  await lab?.stop()
  lab = undefined
})

const slo = ['--slo', 'p99 < 30s', '--slo', 'errors < 60%', '--profile', 'none']
const logged = ['response', 'service', 'wait', 'slip'] as const
const statistics = { p50: 50, p75: 75, p90: 90, p95: 95, p99: 99, 'p99.9': 99.9, 'p99.99': 99.99 } as const

/** All intervals of one metric in interval logs, added up by the HdrHistogram of another hand. */
function addUp(logs: readonly string[], metric: string): { histogram: Histogram; maxMs: number } {
  const histogram = referenceHistogram()
  let maxMs = 0
  for (const log of logs) {
    const reader = new HistogramLogReader(log)
    for (;;) {
      const interval = reader.nextIntervalHistogram()
      if (interval === null) break
      if ((interval as Histogram).tag === metric) histogram.add(interval as Histogram)
    }
    for (const line of log.split('\n')) {
      const [tag, , , max] = line.split(',')
      if (tag === `Tag=${metric}`) maxMs = Math.max(maxMs, Number(max))
    }
  }
  return { histogram, maxMs }
}

/** Pids of the worker processes of a running command. */
const workersOf = (pid: number): number[] =>
  childrenOf(pid).filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('worker-main'))

describe('two workers', () => {
  it('leave an interval log each, and together these are the figures of the run, exactly', {
    timeout: 60_000,
  }, async () => {
    lab = await startLab('latency-law', '--law', 'heavy')
    const { run, folder } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      ...['-c', '21', '-r', '700/s', '-d', '3s', '--warmup', '1s', '--workers', '2', ...slo],
    ])
    const own = ['latency-worker-0.hlog', 'latency-worker-1.hlog'].map((name) => readFolder(folder, name))
    for (const metric of logged) {
      const shown = run.metrics[metric]!
      for (const logs of [own, own.toReversed(), [readFolder(folder, 'latency.hlog')]]) {
        const { histogram, maxMs } = addUp(logs, metric)
        expect(histogram.totalCount).toBe(shown.count)
        expect(maxMs).toBe(shown.max)
        for (const [name, percent] of Object.entries(statistics)) {
          const ms = Math.min(histogram.getValueAtPercentile(percent) / 1_000, maxMs)
          expect([metric, name, ms]).toEqual([metric, name, shown[name as keyof typeof statistics]])
        }
      }
    }
    // Of 2,100 messages on 21 connections, 11 belong to worker 0 and 10 to worker 1.
    expect(own.map((log) => addUp([log], 'response').histogram.totalCount)).toEqual([1_100, 1_000])
    expect(run.generator.workers.map(({ connections }) => connections)).toEqual([11, 10])
  })

  it('start at one instant and send every message of the schedule once, each its own', {
    timeout: 60_000,
  }, async () => {
    const log = temporaryFile('replies.txt')
    lab = await startLab('echo', '--log', log)
    const [rate, connections, workers] = [61, 7, 3]
    const { run } = await runJson([
      ...[`ws://127.0.0.1:${lab.port}/`, '-c', String(connections), '-r', `${rate}/s`, '-d', '3s'],
      ...['--warmup', '0s', '--workers', String(workers), ...slo],
    ])
    await lab.stop()
    lab = undefined
    const replies = readReplyLog(log)
    expect(replies.map(({ id }) => id).sort((a, b) => a - b)).toEqual(range(0, 3 * rate - 1))
    const earliest = Array.from({ length: workers }, () => Number.POSITIVE_INFINITY)
    for (const { id, arrivalUs } of replies) {
      const worker = (id % connections) % workers
      const lateUs = arrivalUs - run.clock.monotonicUs - (id / rate) * 1e6
      earliest[worker] = Math.min(earliest[worker]!, lateUs)
    }
    // A worker with a start of its own would be off by a process start; a message goes out each 16 ms.
    expect(Math.min(...earliest)).toBeGreaterThan(0)
    expect(Math.max(...earliest)).toBeLessThan(1e6 / rate / 2)
  })

  it('leave no log of a worker that the run after them in the folder does not have', {
    timeout: 60_000,
  }, async () => {
    lab = await startLab('echo')
    const folder = join(temporaryFolder(), 'run')
    const line = [
      `ws://127.0.0.1:${lab.port}/`,
      '-c',
      '4',
      '-r',
      '50/s',
      '-d',
      '1s',
      '--warmup',
      '0s',
      '--explore',
      '--profile',
      'none',
    ]
    const run = (workers: string) => start(['run', ...line, '--workers', workers, '--out', folder]).finished
    await run('2')
    expect(readdirSync(folder).filter((name) => name.startsWith('latency-worker'))).toHaveLength(2)
    await run('1')
    expect(readdirSync(folder).filter((name) => name.startsWith('latency-worker'))).toEqual([])
  })
})

// What follows is mostly waiting, ten seconds until a worker is given up, so all of it waits together.
describe.concurrent('a worker that stands still for two seconds', () => {
  /** Runs what is given with two workers, one of which is stopped from 1.5 s on. */
  const stalled = async (what: readonly string[], cwd = temporaryFolder()) => {
    const running = start(
      ['run', ...what, '--profile', 'none', '--workers', '2', '--json', '--out', join(cwd, 'run')],
      {},
      cwd,
    )
    await running.said('connections to')
    await delay(1_500)
    const [, worker] = workersOf(running.child.pid!)
    process.kill(worker!, 'SIGSTOP')
    await delay(2_000)
    process.kill(worker!, 'SIGCONT')
    const finished = await running.finished
    return { run: parseRun(finished), code: finished.code }
  }

  it('makes a short run invalid, by its slip', { timeout: 60_000 }, async () => {
    const echo = await startLab('echo')
    const { run, code } = await stalled([
      ...[`ws://127.0.0.1:${echo.port}/`, '-c', '4', '-r', '100/s', '-d', '5s', '--warmup', '0s'],
      ...['--timeout', '5s', '--slo', 'p99 < 200ms'],
    ])
    await echo.stop()
    expect([run.verdict, run.generator.verdict, code]).toEqual(['invalid', 'invalid', 4])
    expect(run.generator.reasons.map((reason) => reason.code)).toContain('slip')
    expect(run.metrics.slip!.max).toBeGreaterThan(1_000)
    expect(run.generator.workers.every(({ alive }) => alive)).toBe(true)
    expect(run.counters).toMatchObject({ due: 500, received: 500, errors: { total: 0 } })
  })

  it('is told even where too few messages are late for p99 to show it', { timeout: 60_000 }, async () => {
    const echo = await startLab('echo')
    const cwd = temporaryFolder()
    const stages = "[{ at: '4/s', for: '5s' }, { at: '1000/s', for: '3s' }]"
    writeFileSync(
      join(cwd, 'quiet-start.mjs'),
      `export default { target: 'ws://127.0.0.1:${echo.port}/', load: { connections: 4, warmup: '0s', stages: ${stages} } }`,
    )
    const { run } = await stalled(['quiet-start.mjs', '--slo', 'p99 < 10s'], cwd)
    await echo.stop()
    const { slip, response } = run.metrics
    expect([slip!.max > 1_000, response!.max > 1_000, slip!.p99 < 1_000]).toEqual([true, true, true])
    expect(run.generator.verdict).not.toBe('valid')
    const standstill = run.generator.reasons.find((reason) => reason.code === 'standstill')
    expect(standstill?.detail).toContain('stood still')
  })
})

describe.concurrent('a worker that stops', () => {
  /** Runs what is given against an echo with two workers, one of which is stopped after a second. */
  const stopped = async (...options: string[]) => {
    const echo = await startLab('echo')
    const running = start([
      ...['run', `ws://127.0.0.1:${echo.port}/`, '-r', '100/s', '--warmup', '0s', ...options],
      ...['--timeout', '1s', '--workers', '2', ...slo, '--json', '--out', `${temporaryFolder()}/run`],
    ])
    await running.said('connections to')
    await delay(1_000)
    process.kill(workersOf(running.child.pid!)[1]!, 'SIGSTOP')
    const finished = await running.finished
    await echo.stop()
    const run = parseRun(finished)
    return {
      run,
      code: finished.code,
      lost: run.generator.reasons.find(({ code }) => code === 'worker-lost'),
    }
  }

  it('for good is given up: the run ends, invalid', { timeout: 90_000 }, async () => {
    const { run, code, lost } = await stopped('-c', '4', '-d', '2s')
    expect([run.verdict, code]).toEqual(['invalid', 4])
    expect(lost?.detail).toContain('worker 1 by SIGKILL, after it had stopped answering')
    expect(run.metrics.response!.count).toBeGreaterThanOrEqual(100)
  })

  it('while connections open is given up, and the other one goes on', { timeout: 90_000 }, async () => {
    const { run, code, lost } = await stopped('-c', '60', '-d', '1s', '--connect-rate', '20/s')
    expect([run.verdict, code]).toEqual(['invalid', 4])
    expect(lost).toBeDefined()
    expect(run.counters.received).toBeGreaterThanOrEqual(40)
  })
})

describe('a worker that runs out of memory', () => {
  const leak = `
const kept = []
export default {
  target: process.env.LEAK_TARGET,
  slo: ['p99 < 30s', 'errors < 60%'],
  load: { connections: 4, rate: '200/s', warmup: '0s', duration: '6s', workers: 2 },
  traffic: {
    timeout: '1s',
    payload: ({ seq }) => {
      // Odd messages are due on odd connections, and these belong to worker 1.
      if (seq % 2 === 1 && seq > 300) kept.push(Array.from({ length: 200_000 }, (_, at) => ({ at, seq })))
      return JSON.stringify({ id: seq })
    },
  },
}
`

  it('makes the run invalid; the figures of the other are kept, and the report is written', {
    timeout: 90_000,
  }, async () => {
    lab = await startLab('echo')
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'leak.mjs'), leak)
    const running = start(
      ['run', 'leak.mjs', '--json', '--out', 'run', '--profile', 'none'],
      { NODE_OPTIONS: '--max-old-space-size=120', LEAK_TARGET: `ws://127.0.0.1:${lab.port}/` },
      cwd,
    )
    const finished = await running.finished
    const run = parseRun(finished)
    expect([run.verdict, run.generator.verdict, finished.code]).toEqual(['invalid', 'invalid', 4])
    const lost = run.generator.reasons.find(({ code }) => code === 'worker-lost')
    expect(lost?.detail).toMatch(/1 worker process .*: worker 1 by SIGABRT .*memory/)
    expect(run.generator.workers.map(({ alive }) => alive)).toEqual([true, false])
    const response = run.metrics.response!
    expect(response.count).toBeGreaterThan(600)
    const { histogram } = addUp([readFolder(join(cwd, 'run'), 'latency-worker-0.hlog')], 'response')
    expect(histogram.totalCount).toBe(600)
    expect(readFolder(join(cwd, 'run'), 'report.html')).toContain('</html>')
    expect(JSON.parse(readFolder(join(cwd, 'run'), 'run.json'))).toEqual(run)
  })
})
