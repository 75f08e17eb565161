import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../../src/kernel/errors.js'
import { perfAvailability, perfProfiler } from '../../../../src/profiling/native/perf-profiler.js'
import { traceSyscalls } from '../../../../src/profiling/native/syscalls.js'
import { isAlive } from '../../../../src/target/describe-process.js'

/** Seven parts in one function, three in another, by the same loop. */
const source = `
#include <stdio.h>
#include <unistd.h>
static volatile unsigned long sink;
__attribute__((noinline)) void spend_seven(void) { for (unsigned long i = 0; i < 700000; i++) sink += i; sink++; }
__attribute__((noinline)) void spend_three(void) { for (unsigned long i = 0; i < 300000; i++) sink += i; sink--; }
int main(void) {
  puts("ready");
  fflush(stdout);
  for (;;) { spend_seven(); spend_three(); usleep(300); }
}
`
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-perf-test-'))
let target: ChildProcess

async function startTarget(): Promise<ChildProcess> {
  const child = spawn(join(folder, 'split'), { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  return child
}

beforeAll(async () => {
  writeFileSync(join(folder, 'split.c'), source)
  execFileSync('gcc', [
    '-O1',
    '-fno-omit-frame-pointer',
    '-o',
    join(folder, 'split'),
    join(folder, 'split.c'),
  ])
  target = await startTarget()
})
afterAll(() => {
  target.kill()
  rmSync(folder, { recursive: true, force: true })
})

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

describe('perf', () => {
  it('finds the split of a program that is known, or says why it cannot', async () => {
    const profiler = perfProfiler([target.pid!])
    const available = await perfAvailability()
    if (!available.ok) {
      expect(available.reason).toMatch(/perf/)
      expect(available.hint).not.toBe('')
      expect(await refusal(profiler.start())).toBeInstanceOf(PlimsollError)
      return
    }
    await profiler.start()
    await delay(3_000)
    await profiler.stop()
    const { analysis, files } = await profiler.result()
    const total = (name: string): number =>
      analysis.hottest.find((hot) => hot.function === name)?.totalShare ?? 0
    const both = total('spend_seven') + total('spend_three')
    expect(both).toBeGreaterThan(0.8)
    // Some 500 samples, of which some fall together: five standard deviations of a share of 0.7 are 10 points.
    expect(total('spend_seven') / both).toBeGreaterThan(0.6)
    expect(total('spend_seven') / both).toBeLessThan(0.8)
    expect(analysis.culprits['business-logic'][0]?.function).toBe('spend_seven')
    expect(analysis.categories['business-logic']).toBeGreaterThan(0.8)
    expect(files.map(({ name }) => name)).toEqual([
      'cpu.cpuprofile',
      'cpu.speedscope.json',
      'cpu.collapsed',
      'cpu.pb.gz',
    ])
    await profiler.detach()
    expect(isAlive(target.pid!)).toBe(true)
  })

  it('keeps what it had of a target that ends, and refuses one that is gone', async () => {
    const available = await perfAvailability()
    const short = await startTarget()
    const profiler = perfProfiler([short.pid!])
    if (available.ok) {
      await profiler.start()
      await delay(500)
      short.kill('SIGKILL')
      await once(short, 'exit')
      await profiler.stop()
      expect((await profiler.result()).analysis.hottest[0]?.function).toBe('spend_seven')
    } else {
      short.kill('SIGKILL')
      await once(short, 'exit')
    }
    expect(await refusal(profiler.start())).toMatchObject({ code: 'PROFILE_FAILED' })
    await profiler.detach()
  })
})

describe('strace', () => {
  it('counts system calls and lets the target go on, at its time and when it is interrupted', async () => {
    const stop = new AbortController()
    const traced = traceSyscalls(target.pid!, 500)
    const rows = await refusal(traced).then(async (error) => (error === null ? await traced : error))
    if (rows instanceof PlimsollError) {
      expect(rows.message).toMatch(/^System calls cannot be counted/)
      return
    }
    const sleep = (rows as Awaited<typeof traced>).rows.find(({ name }) => /nanosleep/.test(name))
    expect(sleep?.calls).toBeGreaterThan(10)
    const early = traceSyscalls(target.pid!, 60_000, stop.signal)
    await delay(300)
    stop.abort()
    expect((await early).rows.length).toBeGreaterThan(0)
    expect(isAlive(target.pid!)).toBe(true)
  })

  it('ends with a target that ends, and refuses one that is gone', async () => {
    const short = await startTarget()
    const traced = refusal(traceSyscalls(short.pid!, 30_000))
    await delay(300)
    short.kill('SIGKILL')
    await once(short, 'exit')
    await traced
    expect(await refusal(traceSyscalls(short.pid!, 1_000))).toMatchObject({ code: 'PROFILE_FAILED' })
  })
})

describe('perf trace', () => {
  const path = process.env.PATH
  afterEach(() => {
    process.env.PATH = path
  })

  it('counts where there is no strace, or it is told that neither can', async () => {
    const bin = mkdtempSync(join(folder, 'bin-'))
    const perf = path!
      .split(':')
      .map((place) => join(place, 'perf'))
      .find(existsSync)
    if (perf !== undefined) symlinkSync(perf, join(bin, 'perf'))
    process.env.PATH = bin
    const outcome = await traceSyscalls(target.pid!, 700).catch((error: unknown) => error as PlimsollError)
    expect(isAlive(target.pid!)).toBe(true)
    if (outcome instanceof PlimsollError) {
      expect(outcome.message).toMatch(/^System calls cannot be counted: strace is not installed, and perf /)
      return
    }
    expect(outcome.by).toBe('perf trace')
    const sleep = outcome.rows.find(({ name }) => /nanosleep/.test(name))
    expect(sleep?.calls).toBeGreaterThan(10)
    expect(sleep?.share).toBe(0)
  })
})
