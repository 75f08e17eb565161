import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TimelineSecond } from '../../../src/report/timeline-second.js'
import { freePort } from '../../../src/target/free-port.js'
import { root, startLab } from '../../integration/labs/lab-process.js'
import {
  brief,
  parseRun,
  readFolder,
  runJson,
  stackTrace,
  start,
  temporaryFolder,
} from '../support/command.js'
import { childNamed, watchMemory } from '../support/processes.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 50%']
const chat = (port: number): string[] => [
  '--',
  process.execPath,
  join(root, 'dist/labs/chat-server.js'),
  '--port',
  String(port),
]

describe('which process is watched', () => {
  it('is the one that --observe names', { timeout: 30_000 }, async () => {
    const lab = await startLab('echo')
    const other = await startLab('echo')
    const { run } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      ...['-r', '50/s', ...brief, ...loose, '--observe', String(other.pid)],
    ])
    await Promise.all([lab.stop(), other.stop()])
    expect(run.targets.map(({ pid }) => pid)).toEqual([other.pid])
    expect(run.targets[0]!.rssBytes).toBeGreaterThan(10e6)
    expect(run.profile).toBeNull()
  })
})

describe('what the kernel says of the target', () => {
  it('stands in run.json and, second by second, in the time line', { timeout: 30_000 }, async () => {
    const lab = await startLab('echo')
    const { run, folder } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      ...['-r', '50/s', ...brief, '-d', '4s', ...loose, '--observe', 'proc'],
    ])
    await lab.stop()
    const [target] = run.targets
    expect(target!.threadGroups![0]).toMatchObject({ role: 'main', threads: 1 })
    expect(target!.voluntarySwitchesPerSecond).toBeGreaterThan(10)
    expect(target!.allowedCores).toBeGreaterThanOrEqual(1)
    expect(target!.network!.segmentsSent).toBeGreaterThan(0)
    expect(target!.sockets!.listenQueueMax).toBe(0)
    const seconds = readFolder(folder, 'timeline.ndjson').trim().split('\n')
    const figures = seconds.map((line) => (JSON.parse(line) as TimelineSecond).target!)
    expect(figures.some(({ cpuMainPercent }) => (cpuMainPercent ?? 0) > 0)).toBe(true)
    expect(figures.some(({ socketsEstablished }) => (socketsEstablished ?? 0) > 0)).toBe(true)
  })
})

describe('when the target is profiled', () => {
  it('--profile none: not at all', { timeout: 30_000 }, async () => {
    const port = await freePort()
    const { run, err } = await runJson([
      `ws://127.0.0.1:${port}/`,
      ...['-r', '50/s', ...brief, ...loose, ...chat(port)],
    ])
    expect(run.profile).toBeNull()
    expect(run.load.profiledSeconds).toBe(0)
    expect(err).not.toContain('inspector')
    expect(run.targets[0]!.kind).toBe('node')
  })

  it('--profile throughout: in the measured window, and no window follows', { timeout: 30_000 }, async () => {
    const port = await freePort()
    const { run, folder } = await runJson([
      `ws://127.0.0.1:${port}/`,
      ...['-r', '100/s', '-d', '2s', '--warmup', '500ms', '--timeout', '2s', ...loose],
      ...['--profile', 'throughout', ...chat(port)],
    ])
    expect(run.load.profiledSeconds).toBe(0)
    expect(run.profile!.seconds).toBeGreaterThan(1)
    expect(run.counters.due).toBe(200)
    expect(run.profile!.files).toContain('profiles/cpu.cpuprofile')
    for (const file of run.profile!.files) expect(readFolder(folder, file).length).toBeGreaterThan(100)
  })
})

describe('the memory of all processes of the tool', () => {
  it.each([
    ['ws', 'huge-frame'],
    ['ws', 'endless-headers'],
    ['http', 'http-endless-headers'],
    ['ws', 'garbage'],
    ['http', 'http-500'],
  ])('stays below 300 MB against a flood: %s %s', { timeout: 30_000 }, async (scheme, behaviour) => {
    const lab = await startLab('bad-target', '--behaviour', behaviour)
    const running = start(
      ['run', `${scheme}://127.0.0.1:${lab.port}/`, '-c', '50', '--reconnect', ...brief, '--explore'].concat(
        ...['--json', '--out', join(temporaryFolder(), 'run')],
      ),
    )
    const memory = watchMemory(running.child.pid!)
    const finished = await running.finished
    const peak = memory.end()
    await lab.stop()
    expect(parseRun(finished).counters.errors.total).toBeGreaterThan(0)
    expect(finished.err).not.toMatch(stackTrace)
    expect(peak).toBeGreaterThan(50e6)
    expect(peak).toBeLessThan(300e6)
  })
})

describe('a worker that is lost', () => {
  it('while connections open, makes the run invalid and not the target unreachable', {
    timeout: 30_000,
  }, async () => {
    const lab = await startLab('bad-target', '--behaviour', 'never-answers')
    const running = start(
      ['run', `ws://127.0.0.1:${lab.port}/`, '-r', '50/s', ...brief, '--timeout', '20s', ...loose].concat(
        ...['--json', '--out', join(temporaryFolder(), 'run')],
      ),
    )
    await running.said('connections to')
    process.kill(childNamed(running.child.pid!, 'worker-main')!, 'SIGKILL')
    const finished = await running.finished
    await lab.stop()
    const run = parseRun(finished)
    expect(run.generator.reasons.map(({ code }) => code)).toContain('worker-lost')
    expect([run.verdict, finished.code]).toEqual(['invalid', 4])
  })
})
