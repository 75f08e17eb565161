import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { microseconds } from '../../../src/kernel/units.js'
import { type NoiseFloor, startNoiseFloor } from '../../../src/measurement/noise-floor.js'

/** Child processes run the built program: they know nothing of TypeScript. */
const dist = fileURLToPath(new URL('../../../dist/src/measurement/', import.meta.url))
const processPath = join(dist, 'noise-floor-process.js')

const always = [microseconds(0), microseconds(Infinity)] as const

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) expect.fail(`${what}: not within 10 s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Whether a process still runs; a zombie that its new parent hasn't collected yet doesn't. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('the noise floor', () => {
  let floor: NoiseFloor

  beforeEach(async () => {
    floor = await startNoiseFloor({ processPath })
  })

  afterEach(async () => {
    await floor.stop()
  })

  it('times about 100 round trips a second, on the clock of the parent', async () => {
    const startUs = monotonicUs()
    await until(() => floor.between(...always).roundTrip.count >= 120, '120 round trips')
    const endUs = monotonicUs()
    const seconds = (endUs - startUs) / 1e6
    const { roundTrip, lateness } = floor.between(startUs, endUs)
    // Intervals of a quarter of a second that reach over an end are left out, and pings on their way are not in yet.
    expect(lateness.count).toBeGreaterThan(100 * (seconds - 0.6))
    expect(lateness.count).toBeLessThanOrEqual(100 * seconds + 1)
    expect(Math.abs(lateness.count - roundTrip.count)).toBeLessThanOrEqual(20)
    expect(roundTrip.min).toBeGreaterThan(1)
    expect(roundTrip.max).toBeLessThan(seconds * 1e6)
    expect(floor.between(endUs, microseconds(endUs + 1e9)).roundTrip.count).toBe(0)
  })

  it('hands over its last interval when it stops, and is gone then', async () => {
    expect([floor.alive, isRunning(floor.pid)]).toEqual([true, true])
    const startUs = monotonicUs()
    await until(() => floor.between(...always).lateness.count > 0, 'a first interval')
    // Well into the next interval, of 25 pings: these must not be lost.
    await new Promise((resolve) => setTimeout(resolve, 150))
    const wanted = (monotonicUs() - startUs) / 10_000
    await floor.stop()
    expect([floor.alive, isRunning(floor.pid)]).toEqual([false, false])
    expect(floor.between(...always).lateness.count).toBeGreaterThan(wanted - 8)
    await floor.stop()
  })

  it('lives on through Ctrl-C, which reaches the whole process group', async () => {
    process.kill(floor.pid, 'SIGINT')
    const before = floor.between(...always).lateness.count
    await until(() => floor.between(...always).lateness.count > before + 50, 'two more intervals')
    expect(floor.alive).toBe(true)
  })

  it('says so when its process is lost, and keeps what it had', async () => {
    await until(() => floor.between(...always).roundTrip.count > 0, 'a first interval')
    process.kill(floor.pid, 'SIGKILL')
    await until(() => !floor.alive, 'the loss')
    expect(floor.between(...always).roundTrip.count).toBeGreaterThan(0)
    await floor.stop()
  })
})

describe('a noise floor that can’t start', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-noise-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('rejects when its process ends at once', async () => {
    const missing = startNoiseFloor({ processPath: join(folder, 'missing.js') })
    await expect(missing).rejects.toThrow(/its process ended/)
  })

  it('rejects, and leaves nothing behind, when its process never gets ready', async () => {
    const silent = join(folder, 'silent.mjs')
    const pidFile = join(folder, 'pid')
    writeFileSync(
      silent,
      `import { writeFileSync } from 'node:fs'
       writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))
       setInterval(() => {}, 1_000)`,
    )
    await expect(startNoiseFloor({ processPath: silent, startTimeoutMs: 1_000 })).rejects.toThrow(/not ready/)
    const pid = Number(readFileSync(pidFile, 'utf8'))
    expect(pid).toBeGreaterThan(0)
    await until(() => !isRunning(pid), 'the end of the silent process')
  })
})

describe('the process that started it', () => {
  const script = `
    import { startNoiseFloor } from ${JSON.stringify(pathToFileURL(join(dist, 'noise-floor.js')).href)}
    const floor = await startNoiseFloor()
    process.stdout.write(String(floor.pid))
  `

  async function startParent(rest: string) {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script + rest], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [pid] = await once(parent.stdout, 'data')
    return { parent, floorPid: Number(pid) }
  }

  it('takes it along when it is killed', async () => {
    const { parent, floorPid } = await startParent('setInterval(() => {}, 1_000)')
    expect(isRunning(floorPid)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await until(() => !isRunning(floorPid), 'the end of the measuring process')
  })

  it('is not kept alive by it', async () => {
    const { parent, floorPid } = await startParent('')
    if (parent.exitCode === null) await once(parent, 'exit')
    expect(parent.exitCode).toBe(0)
    await until(() => !isRunning(floorPid), 'the end of the measuring process')
  })
})
