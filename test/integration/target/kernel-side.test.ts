import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { freePort } from '../../../src/target/free-port.js'
import {
  ProcessWatch,
  processWatchUnavailable,
  type WatchedTarget,
} from '../../../src/target/process-watch.js'

const children: ChildProcess[] = []
const watches: ProcessWatch[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop()
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Runs `text` in Node and waits for its first line. */
async function startNode(text: string, wrapper: readonly string[] = []): Promise<number> {
  const [command, ...args] = [...wrapper, process.execPath, '-e', text]
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout!, 'data')
  return child.pid!
}

/** Looks at a process while `act` goes on, and some time after it. */
async function observe(
  pid: number,
  port: number,
  act: () => Promise<void>,
  seconds = 2.2,
): Promise<{ target: WatchedTarget; startUs: ReturnType<typeof monotonicUs>; endUs: typeof startUs }> {
  const watch = new ProcessWatch()
  watches.push(watch)
  const target = watch.watchTarget(pid, [port])
  const startUs = monotonicUs()
  watch.start()
  await act()
  await sleep(seconds * 1_000)
  watch.pause()
  return { target, startUs, endUs: monotonicUs() }
}

/** Spins on the core that all of them are pinned to. */
const spinning = `console.log('up'); for (;;);`
const cpuFolder = '/sys/fs/cgroup/cpu'
const mayLimit = process.getuid?.() === 0 && existsSync(`${cpuFolder}/cpu.cfs_period_us`)
const mayPin = (() => {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.runIf(processWatchUnavailable === null)('the kernel side of a target', () => {
  it('sees a listen queue that fills and overflows, and the bytes that nobody reads', async () => {
    const port = await freePort()
    // Busy for good as soon as it listens: the kernel shakes hands, and nobody takes the connections.
    const pid = await startNode(`
      require('node:net').createServer(() => {}).listen({ port: ${port}, host: '127.0.0.1', backlog: 2 }, () => {
        require('node:fs').writeSync(1, 'up')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      })`)
    const { target, startUs, endUs } = await observe(pid, port, async () => {
      for (let i = 0; i < 12; i++) {
        const socket = connect(port, '127.0.0.1', () => socket.write('hello'))
        socket.on('error', () => {})
        sockets.push(socket)
      }
    })
    const { counts, max } = target.network.between(startUs, endUs)
    expect(max.listenQueue).toBe(3)
    expect(counts.listenOverflows).toBeGreaterThanOrEqual(1)
    expect(counts.listenDrops).toBeGreaterThanOrEqual(counts.listenOverflows!)
    expect(counts.retransmits).toBeGreaterThanOrEqual(1)
    expect(max.established).toBe(3)
    expect(max.receiveQueueBytes).toBe(15)
  })

  it.runIf(mayPin)('tells a starved process from a busy one', async () => {
    const pinned = ['taskset', '-c', '0']
    const [pid] = await Promise.all([startNode(spinning, pinned), startNode(spinning, pinned)])
    const { target, startUs, endUs } = await observe(pid, 1, async () => {})
    const means = target.between(startUs, endUs)
    const details = target.details(startUs, endUs)
    expect(means.runQueueWaitPercent!).toBeGreaterThan(20)
    expect(means.cpuPercent! + means.runQueueWaitPercent!).toBeGreaterThan(80)
    expect(details.involuntarySwitches!).toBeGreaterThan(5)
    expect(details.allowedCores).toBe(1)
    const [busiest] = target.threads(startUs, endUs)
    expect(busiest).toMatchObject({ role: 'main', threads: 1 })
    expect(busiest!.runQueueWaitPercent!).toBeGreaterThan(20)
  })

  it('raises no alarm over a healthy process that idles, and knows its threads', async () => {
    const port = await freePort()
    const pid = await startNode(`
      const { Worker } = require('node:worker_threads')
      new Worker('setInterval(() => {}, 1000)', { eval: true }).on('online', () =>
        require('node:crypto').pbkdf2('a', 'b', 100, 16, 'sha1', () =>
          require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('up'))))`)
    await sleep(500)
    const { target, startUs, endUs } = await observe(pid, port, async () => {})
    const means = target.between(startUs, endUs)
    expect(means.cpuPercent!).toBeLessThan(5)
    expect(means.runQueueWaitPercent!).toBeLessThan(5)
    expect(target.details(startUs, endUs).involuntarySwitches!).toBeLessThan(20)
    const { max } = target.network.between(startUs, endUs)
    expect(max).toMatchObject({ listenQueue: 0, established: 0, receiveQueueBytes: 0, sendQueueBytes: 0 })
    expect(target.cgroup.between(startUs, endUs).oomKills ?? 0).toBe(0)
    const roles = new Map<string, number>()
    for (const { role, threads } of target.threads(startUs, endUs))
      roles.set(role, (roles.get(role) ?? 0) + threads)
    expect([roles.get('main'), roles.get('v8'), roles.get('worker')]).toEqual([1, 4, 1])
    expect(roles.get('pool')!).toBeGreaterThanOrEqual(4)
  })

  it.runIf(mayLimit)('sees a CPU quota of version 1, and that it throttles', async () => {
    const folder = `${cpuFolder}/plimsoll-test-${process.pid}`
    mkdirSync(folder)
    try {
      writeFileSync(`${folder}/cpu.cfs_quota_us`, '20000')
      const pid = await startNode(spinning)
      writeFileSync(`${folder}/cgroup.procs`, String(pid))
      const { target, startUs, endUs } = await observe(pid, 1, async () => {})
      const means = target.cgroup.between(startUs, endUs)
      expect(means.cpuLimitCores).toBe(0.2)
      expect(means.throttledShare!).toBeGreaterThan(0.5)
      expect(means.throttledMs!).toBeGreaterThan(200)
      expect(target.between(startUs, endUs).cpuPercent!).toBeLessThan(40)
      const ended = once(children.at(-1)!, 'exit')
      children.at(-1)!.kill('SIGKILL')
      await ended
    } finally {
      rmdirSync(folder)
    }
  })
})
