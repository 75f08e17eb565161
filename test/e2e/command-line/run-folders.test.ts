import { spawnSync } from 'node:child_process'
import { existsSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readIntervalLog } from '../../../src/measurement/interval-log.js'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import {
  brief,
  command,
  parseRun,
  readFolder,
  stackTrace,
  start,
  temporaryFolder,
} from '../support/command.js'

let echo: RunningProgram
let url: string
beforeAll(async () => {
  echo = await startLab('echo')
  url = `ws://127.0.0.1:${echo.port}/`
})
afterAll(async () => {
  await echo.stop()
})

/** The loose objective is for a busy machine: how late the generator may be is measured by it. */
const explore = ['--explore', '--slo', 'p50 < 30s']

describe('the folder of a run', () => {
  it('lies in .plimsoll, by name and time, unless told otherwise', { timeout: 30_000 }, async () => {
    const cwd = temporaryFolder()
    const { out, code } = await command(['run', url, '-r', '50/s', ...brief, ...explore], {}, cwd)
    expect(code).toBe(0)
    const path = /\.plimsoll\/127\.0\.0\.1-\d+-\d{8}-\d{6}\/report\.html/.exec(
      out.replaceAll(/\s+/g, ''),
    )?.[0]
    expect(existsSync(join(cwd, path!))).toBe(true)
  })

  it('holds one run only, when two were kept in it', { timeout: 30_000 }, async () => {
    const folder = join(temporaryFolder(), 'run')
    const line = ['run', url, ...brief, ...explore, '--json', '--out', folder]
    await command([...line, '-r', '80/s'])
    const run = parseRun(await command([...line, '-r', '50/s']))
    const { intervals } = readIntervalLog(readFolder(folder, 'latency.hlog'))
    const measured = intervals.filter(({ tag }) => tag === 'response')
    expect(run.counters.due).toBe(50)
    expect(measured.reduce((sum, { histogram }) => sum + histogram.count, 0)).toBe(50)
  })

  it('that fills up: the result is printed all the same, with a warning', { timeout: 30_000 }, async () => {
    const folder = join(temporaryFolder(), 'run')
    const line = ['run', url, '-r', '50/s', ...brief, ...explore, '--json', '--out', folder]
    // A limit on the size of files is as good as a full disk: writes fail half-way.
    const limited = ['sh', '-c', 'ulimit -f 8; exec "$0" "$@"']
    const finished = await start(line, {}, temporaryFolder(), limited).finished
    expect(parseRun(finished).counters).toMatchObject({ due: 50, received: 50 })
    expect(finished.err).toMatch(/could not be kept whole in .*: EFBIG/)
    expect(finished.err).not.toMatch(stackTrace)
    expect(finished.code).toBe(0)
    expect(existsSync(join(folder, 'report.html.partial'))).toBe(false)
  })

  it('that is taken away: the result is printed all the same', { timeout: 30_000 }, async () => {
    const folder = join(temporaryFolder(), 'run')
    const running = start(['run', url, '-r', '50/s', ...brief, ...explore, '--json', '--out', folder])
    await running.said('connections to')
    await delay(500)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'no folder')
    const finished = await running.finished
    expect(parseRun(finished).counters).toMatchObject({ due: 50, received: 50 })
    expect(finished.err).toMatch(/could not be kept whole/)
    expect(finished.code).toBe(0)
  })

  it('of a run that was killed can still be reported', { timeout: 30_000 }, async () => {
    const folder = join(temporaryFolder(), 'run')
    const running = start(
      ['run', url, '-r', '50/s', ...brief, '-d', '60s', '--timeout', '500ms', ...explore].concat(
        ...['--out', folder],
      ),
    )
    await running.said('Measuring')
    await vi.waitUntil(() => readFolder(folder, 'latency.hlog').includes('Tag=response'), { timeout: 15_000 })
    running.child.kill('SIGKILL')
    await running.finished
    const rows = readFolder(folder, 'timeline.ndjson')
    writeFileSync(join(folder, 'timeline.ndjson'), `${rows}{"at":99,"len`)
    const json = await command(['report', folder, '--format', 'json'])
    expect(parseRun(json)).toMatchObject({ interrupted: true, load: { model: 'open' } })
    expect(parseRun(json).counters.received).toBeGreaterThan(0)
    const html = await command(['report', folder, '--format', 'html'])
    expect([html.code, html.err]).toEqual([0, ''])
    expect(html.out).toContain('</html>')
    expect(readIntervalLog(readFolder(folder, 'latency.hlog')).intervals.length).toBeGreaterThan(0)
  })
})

describe('standard output that cannot be written', () => {
  it('is told, without a stack trace', { timeout: 30_000 }, async () => {
    const folder = join(temporaryFolder(), 'run')
    await command(['run', url, '-r', '50/s', ...brief, ...explore, '--out', folder])
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'bin/plimsoll.js'), 'report', folder],
      {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      },
    )
    expect(stderr).toMatch(/^plimsoll: Standard output cannot be written: ENOSPC/)
    expect(stderr).not.toMatch(stackTrace)
    expect(status).toBe(2)
  })
})
