import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Histogram } from '../../../src/measurement/histogram.js'
import { readIntervalLog } from '../../../src/measurement/interval-log.js'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import {
  brief,
  command,
  type FinishedRun,
  readFolder,
  runJson,
  start,
  temporaryFolder,
} from '../support/command.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 50%']
let echo: RunningProgram
let url: string
let web: string

beforeAll(async () => {
  echo = await startLab('echo')
  url = `ws://127.0.0.1:${echo.port}/`
  web = `http://127.0.0.1:${echo.port}/`
})
afterAll(async () => {
  await echo.stop()
})

describe('plimsoll run', () => {
  let kept: FinishedRun
  beforeAll(async () => {
    const load = ['-c', '7', '-r', '300/s', '-d', '2500ms', '--warmup', '700ms', '--profile', 'none']
    kept = await runJson([url, ...load, ...loose])
  })

  it('passes with exit 0 and keeps all of the run', () => {
    const { run, code, folder } = kept
    expect([run.verdict, code]).toEqual(['pass', 0])
    expect(run.load).toMatchObject({
      model: 'open',
      connections: 7,
      offeredRate: 300,
      reply: 'json:id',
      measuredSeconds: 2.5,
    })
    expect(run.counters).toMatchObject({
      due: 750,
      sent: 750,
      received: 750,
      connectionsOpened: 7,
      unmatched: 0,
      errors: { total: 0 },
    })
    for (const name of ['response', 'service', 'wait', 'slip', 'connect', 'tcp', 'handshake'])
      expect(run.metrics[name]).toBeDefined()
    expect(JSON.parse(readFolder(folder, 'run.json'))).toEqual(run)
    const rows = readFolder(folder, 'timeline.ndjson')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { phase: string; due: number; length: number })
    expect(rows.map(({ phase }) => phase)).toEqual(['warmup', 'measured', 'measured', 'measured'])
    expect(rows.map(({ due }) => due)).toEqual([210, 300, 300, 150])
    const exemplars = readFolder(folder, 'exemplars.ndjson')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; response: number })
    expect(exemplars.filter(({ kind }) => kind === 'slow')).toHaveLength(100)
    expect(Math.max(...exemplars.map(({ response }) => response))).toBeCloseTo(run.metrics.response!.max, 2)
  })

  it('writes an interval log that adds up to run.json', () => {
    const { run, folder } = kept
    const log = readIntervalLog(readFolder(folder, 'latency.hlog'))
    for (const name of ['response', 'service', 'slip']) {
      const whole = new Histogram()
      for (const { tag, histogram } of log.intervals) if (tag === name) whole.add(histogram)
      expect(whole.count).toBe(run.metrics[name]!.count)
      expect(whole.valueAtQuantile(0.99) / 1_000).toBe(run.metrics[name]!.p99)
    }
  })

  it('can be printed again from the folder', { timeout: 30_000 }, async () => {
    const { folder, run } = kept
    const summary = await command(['report', folder])
    expect(summary.out).toMatch(/^✓ PASS/)
    const json = await command(['report', join(folder, 'run.json'), '--format', 'json'])
    expect(JSON.parse(json.out)).toEqual(run)
    const html = await command(['report', folder, '--format', 'html'])
    expect(html.out === readFolder(folder, 'report.html')).toBe(true)
  })

  it('survives a reader that goes away', { timeout: 30_000 }, async () => {
    const reader = start(['report', kept.folder, '--format', 'html'])
    reader.child.stdout!.destroy()
    const { code, err } = await reader.finished
    expect(err).toBe('')
    expect(code).toBe(0)
  })

  it('says that without a rate the model is closed', { timeout: 30_000 }, async () => {
    const { run, err, code } = await runJson([url, ...brief, '--explore'])
    expect(run.load).toMatchObject({ model: 'closed', offeredRate: null, arrival: null })
    expect(run.verdict).toBe('exploratory')
    expect(err).toContain('closed model')
    expect(run.metrics.slip!.max).toBe(0)
    expect(run.load.achievedRate).toBeGreaterThan(100)
    expect(code).toBe(0)
  })

  it('drives HTTP: method, headers, payload, statuses', { timeout: 30_000 }, async () => {
    const get = await runJson([web, '-r', '100/s', ...brief, ...loose])
    expect(get.run).toMatchObject({
      protocol: 'http1',
      verdict: 'pass',
      counters: { due: 100, received: 100 },
    })
    expect(get.run.metrics.ttfb!.count).toBe(100)
    expect(get.run.load.reply).toBe('protocol')
    const post = await runJson([
      web,
      '-r',
      '50/s',
      '-m',
      'POST',
      '-H',
      'x-test: 1',
      '--payload',
      '{"n":{{id}}}',
      ...brief,
      ...loose,
    ])
    expect(post.run.counters).toMatchObject({ due: 50, received: 50 })
  })

  it('splits the load exactly over workers', { timeout: 30_000 }, async () => {
    const { run } = await runJson([
      url,
      '-c',
      '7',
      '-r',
      '501/s',
      '--workers',
      '3',
      ...brief,
      '-d',
      '2s',
      ...loose,
    ])
    expect(run.load.workers).toBe(3)
    expect(run.generator.workers.map(({ connections }) => connections)).toEqual([3, 2, 2])
    expect(run.counters).toMatchObject({ due: 1_002, received: 1_002 })
  })

  it('misses an objective with exit 1', { timeout: 30_000 }, async () => {
    const { run, code } = await runJson([
      url,
      '-r',
      '100/s',
      ...brief,
      '--slo',
      'throughput > 5000/s',
      '--slo',
      'p99 < 30s',
    ])
    expect(run.slo.map(({ ok }) => ok)).toEqual([false, true])
    expect([run.verdict, code]).toEqual(['fail', 1])
  })

  it('takes payload templates, files, fixed text, and replies in order', { timeout: 40_000 }, async () => {
    const file = join(temporaryFolder(), 'message.bin')
    writeFileSync(file, Buffer.from([0, 255, 1, 2]))
    const template = await runJson([
      url,
      '-r',
      '50/s',
      '--payload',
      '{"n":{"seq":"{{seq}}"},"r":"{{random 5}}"}',
      ...brief,
      ...loose,
    ])
    expect(template.run.load.reply).toBe('json:seq')
    const binary = await runJson([url, '-r', '50/s', '--payload', `@${file}`, ...brief, ...loose])
    expect(binary.run.load.reply).toBe('fifo')
    const byPath = await runJson([
      url,
      '-r',
      '50/s',
      '--payload',
      '{"a":{"id":{{id}}}}',
      '--reply',
      'json:a.id',
      ...brief,
      ...loose,
    ])
    expect(byPath.run.load.reply).toBe('json:a.id')
    for (const { run } of [template, binary, byPath])
      expect(run.counters).toMatchObject({ due: 50, received: 50 })
    const none = await runJson([url, '-r', '50/s', '--reply', 'none', ...brief, ...loose])
    expect(none.run.counters).toMatchObject({ due: 50, sent: 50, errors: { total: 0 } })
    expect(none.run.load.achievedRate).toBeCloseTo(50, 0)
  })

  it('stops early when an objective is surely lost', { timeout: 30_000 }, async () => {
    const lab = await startLab('push')
    const started = performance.now()
    const { run, code } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      '-r',
      '100/s',
      ...brief,
      '-d',
      '30s',
      '--abort-on-fail',
      '--slo',
      'p99 < 20ms',
      '--slo',
      'slip.p99 < 30s',
    ])
    await lab.stop()
    expect(performance.now() - started).toBeLessThan(15_000)
    expect(run.slo[0]!.ok).toBe(false)
    if (run.verdict !== 'invalid') expect(code).toBe(1)
  })

  it('sheds what exceeds --max-outstanding, as errors', { timeout: 30_000 }, async () => {
    const lab = await startLab('capacity', '--service', '20ms')
    const { run } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      '-r',
      '500/s',
      '--max-outstanding',
      '10',
      ...brief,
      '--timeout',
      '3s',
      ...loose,
    ])
    await lab.stop()
    expect(run.counters.due).toBe(500)
    expect(run.counters.shed).toBeGreaterThan(350)
    expect(run.counters.errors.byKind.shed).toBe(run.counters.shed)
    expect(run.counters.shed + run.counters.received).toBe(500)
    // What was shed counts as dispatched: without it there would be 150 a second at most.
    expect(run.load.dispatchedRate).toBeGreaterThan(250)
  })

  it('tells pushes from replies by the id, and is suspect where it cannot', { timeout: 40_000 }, async () => {
    const lab = await startLab('push')
    const target = `ws://127.0.0.1:${lab.port}/`
    const load = ['-c', '10', '-r', '100/s', ...brief, '-d', '2s', ...loose]
    const auto = await runJson([target, ...load])
    expect(auto.run.load.reply).toBe('json:id')
    expect(auto.run.metrics.response!.p50).toBeGreaterThan(49)
    expect(auto.run.counters).toMatchObject({ due: 200, received: 200, unmatched: 0 })
    const fifo = await runJson([target, ...load, '--reply', 'fifo'])
    await lab.stop()
    expect(fifo.run.counters.unmatched).toBeGreaterThan(0)
    expect(fifo.run.generator.verdict).not.toBe('valid')
    expect(fifo.run.generator.reasons.map(({ detail }) => detail).join()).toContain('--reply json:PATH')
  })

  it('starts the target, watches it, profiles it after the measured window, and ends it', {
    timeout: 40_000,
  }, async () => {
    const lab = await startLab('echo')
    await lab.stop()
    const { run, err, folder } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      '-c',
      '10',
      '-r',
      '200/s',
      '-d',
      '3s',
      '--warmup',
      '2s',
      ...loose,
      '--',
      process.execPath,
      join(root, 'dist/labs/chat-server.js'),
      '--port',
      String(lab.port),
    ])
    expect(run.targets[0]).toMatchObject({ kind: 'node', role: 'started by Plimsoll' })
    expect(run.targets[0]!.rssBytes).toBeGreaterThan(20e6)
    expect(run.targets[0]!.eventLoopUtilization).toBeGreaterThan(0.01)
    expect(run.load.profiledSeconds).toBe(1)
    // A busy machine takes a while to start the profiler.
    expect(run.profile!.seconds).toBeGreaterThan(0)
    expect(run.profile!.hottest.slice(0, 3).map((hot) => hot.function)).toContain('snapshotRoom')
    expect(run.counters.due).toBe(600)
    expect(err).toContain('Attaching to the inspector')
    const profile = JSON.parse(readFolder(folder, 'profiles/cpu.cpuprofile')) as { nodes: unknown[] }
    expect(profile.nodes.length).toBeGreaterThan(5)
    expect(() => process.kill(run.targets[0]!.pid!, 0)).toThrow()
  })

  it('never attaches with --observe proc, and watches nothing with none', { timeout: 40_000 }, async () => {
    const proc = await runJson(
      [url, '-r', '50/s', ...brief, ...loose].concat('--observe', 'proc', '--profile', 'after'),
    )
    expect(proc.run.targets[0]).toMatchObject({ pid: echo.pid, kind: 'node' })
    expect(proc.run.targets[0]!.cpuPercent).not.toBeNull()
    expect(proc.run.profile).toBeNull()
    const none = await runJson([url, '-r', '50/s', ...brief, ...loose, '--observe', 'none'])
    expect(none.run.targets).toEqual([])
  })

  it('runs a TypeScript scenario from a folder without packages', { timeout: 40_000 }, async () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'chat.ts'),
      `import { defineScenario } from 'plimsoll'
type Reply = { n: number }
export default defineScenario({
  target: '${url}',
  slo: ['p99 < 30s'],
  load: { connections: 4, warmup: '0s', stages: [{ to: '100/s', over: '1s' }, { at: '100/s', for: '1s' }] },
  traffic: {
    payload: ({ seq, random }) => JSON.stringify({ n: seq, text: random.text(3, 30) }),
    reply: (message) => (JSON.parse(message) as Reply).n,
  },
})
`,
    )
    const { run, code } = await runJson([join(folder, 'chat.ts'), '--profile', 'none'])
    expect(run).toMatchObject({
      name: 'chat',
      verdict: 'pass',
      load: { reply: 'function', measuredSeconds: 2 },
    })
    expect(run.counters).toMatchObject({ due: 150, received: 150 })
    expect(code).toBe(0)
  })
})

describe('a reply rule that fits no reply', () => {
  it('makes the run suspect, and says so', { timeout: 40_000 }, async () => {
    const folder = temporaryFolder()
    const write = (name: string, reply: string): string => {
      const file = join(folder, name)
      writeFileSync(
        file,
        `export default { target: '${url}', traffic: { timeout: '300ms', reply: ${reply} } }`,
      )
      return file
    }
    const options = ['-c', '2', '-r', '20/s', ...brief, ...loose]
    const thrown = await runJson([write('throws.mjs', "() => { throw new Error('no idea') }"), ...options])
    expect(thrown.run.generator.reasons).toEqual([
      { code: 'reply-function-threw', detail: expect.stringContaining('no idea') },
    ])
    const missed = await runJson([write('misses.mjs', "'json:answer.to'"), ...options])
    expect(missed.run.generator.reasons.map(({ code }) => code)).toEqual(['no-reply-matched'])
  })
})

describe('a limit on the size of messages', () => {
  it('set in the scenario, makes a larger reply an error', { timeout: 30_000 }, async () => {
    const folder = temporaryFolder()
    const traffic = "traffic: { maxMessageSize: '32B' }"
    writeFileSync(
      join(folder, 'small.mjs'),
      `export default { target: '${url}', load: { connections: 2 }, ${traffic} }`,
    )
    const { run } = await runJson([join(folder, 'small.mjs'), '-r', '20/s', ...brief, ...loose])
    expect(run.counters.errors.byKind['ws-frame-too-large']).toBe(2)
    expect(run.counters.received).toBe(0)
  })
})

describe('what is printed', () => {
  it('is a summary on standard output and progress on standard error, without colour in a pipe', {
    timeout: 30_000,
  }, async () => {
    const { code, out, err } = await command(['run', url, '-r', '50/s', ...brief, ...loose])
    expect(out).toMatch(/^✓ PASS/)
    expect(out).toMatch(/Report\s+\S+report\.html/)
    expect(out + err).not.toContain('\u001b[')
    expect(err).toContain('connections to')
    expect(code).toBe(0)
  })

  it('is nothing but the summary with --quiet', { timeout: 30_000 }, async () => {
    const { err } = await command(['run', url, '-r', '50/s', ...brief, ...loose, '--quiet'])
    expect(err).toBe('')
  })
})
