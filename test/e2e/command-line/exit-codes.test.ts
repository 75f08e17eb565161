import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import { brief, command, parseRun, runJson, stackTrace, start, temporaryFolder } from '../support/command.js'
import { childNamed } from '../support/processes.js'

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
const rate = ['-r', '100/s', '-c', '2', '--slo', 'p50 < 30s', '--profile', 'none']

describe('the exit code is', { timeout: 30_000 }, () => {
  it('0 where all objectives hold', async () => {
    const { code, run } = await runJson([url, ...rate, ...brief])
    expect([code, run.verdict]).toEqual([0, 'pass'])
  })

  it('0 of a run that only explores, whatever it finds', async () => {
    const { code, run } = await runJson([
      url,
      ...rate,
      ...brief,
      '--explore',
      '--slo',
      'throughput > 1000000/s',
    ])
    expect([code, run.verdict]).toEqual([0, 'exploratory'])
  })

  it('1 where an objective is missed', async () => {
    const { code, run } = await runJson([url, ...rate, ...brief, '--slo', 'throughput > 1000000/s'])
    expect([code, run.verdict]).toEqual([1, 'fail'])
  })

  it('2 for a mistake on the command line', async () => {
    expect((await command(['run', url, '--rate', 'fast', '--explore'])).code).toBe(2)
  })

  it('3 where the target cannot be reached', async () => {
    expect((await command(['run', 'ws://127.0.0.1:9/', ...brief, '--explore'])).code).toBe(3)
  })

  it('4 where the data cannot decide an objective', async () => {
    // Every 50th message is never answered: after a second nobody knows whether it would have taken five.
    const lab = await startLab('forgetful')
    const { code, run } = await runJson([
      `ws://127.0.0.1:${lab.port}/`,
      ...rate,
      ...brief,
      '--slo',
      'max > 5s',
    ])
    await lab.stop()
    expect([code, run.verdict]).toEqual([4, 'inconclusive'])
  })

  it('4 where the measurement is invalid, even if all objectives hold', async () => {
    const running = start([
      'run',
      url,
      ...rate,
      '-d',
      '4s',
      '--warmup',
      '0s',
      '--timeout',
      '1s',
      '--slo',
      'errors < 100%',
      '--json',
    ])
    await running.said('connections to')
    await delay(1_500)
    process.kill(childNamed(running.child.pid!, 'worker-main')!, 'SIGKILL')
    const finished = await running.finished
    expect([finished.code, parseRun(finished).verdict]).toEqual([4, 'invalid'])
  })

  it('130 after Ctrl-C', async () => {
    const running = start(['run', url, ...rate, '-d', '30s', '--warmup', '0s', '--explore', '--json'])
    await running.said('Measuring')
    running.child.kill('SIGINT')
    const finished = await running.finished
    expect([finished.code, parseRun(finished).interrupted]).toEqual([130, true])
  })

  it('70 for a fault of its own: here, of a damaged installation', async () => {
    const { folder } = await runJson([url, ...rate, ...brief, '--explore'])
    const installation = join(temporaryFolder(), 'plimsoll')
    mkdirSync(installation)
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(join(root, part), join(installation, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(installation, 'node_modules'))
    rmSync(join(installation, 'dist/src/report/html/page.js.txt'))
    const child = spawn(process.execPath, [
      join(installation, 'bin/plimsoll.js'),
      'report',
      folder,
      '--format',
      'html',
    ])
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const [code] = await once(child, 'close')
    expect(err).toContain('page.js.txt')
    expect(err).toMatch(stackTrace)
    expect(err).toContain('This is a bug of Plimsoll’s own.')
    expect(code).toBe(70)
  })
})
