import { once } from 'node:events'
import { Session } from 'node:inspector/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { threadTimes } from '../../../src/target/thread-times.js'

const spendMs = (ms: number): void => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

function spentBy(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number[] {
  return [...after].map(([id, ns]) => (ns - (before.get(id) ?? 0)) / 1e6).sort((a, b) => b - a)
}

describe('the CPU time of threads', () => {
  it('tells a busy worker thread from the main thread', async () => {
    const worker = new Worker(
      `require('node:worker_threads').parentPort.once('message', (ms) => {
        const until = performance.now() + ms
        while (performance.now() < until);
        require('node:worker_threads').parentPort.postMessage('done')
      })`,
      { eval: true },
    )
    await once(worker, 'online')
    const before = threadTimes(process.pid)
    const done = once(worker, 'message')
    worker.postMessage(400)
    spendMs(100)
    await done
    const [most, next] = spentBy(before, threadTimes(process.pid))
    await worker.terminate()
    // The worker ran for 400 ms, the main thread for 100; where the machine is busy both had less.
    expect(most).toBeLessThan(450)
    expect(most).toBeGreaterThan(next! * 1.5)
    expect(next).toBeGreaterThan(20)
  })

  it('leaves V8’s sampler out', async () => {
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 100 })
    const threads = threadTimes(process.pid)
    await session.post('Profiler.start')
    await delay(200)
    const during = threadTimes(process.pid)
    await session.post('Profiler.stop')
    session.disconnect()
    expect([...during.keys()].filter((id) => !threads.has(id))).toEqual([])
  })

  it('are none of a process that is gone', () => {
    expect(threadTimes(4_194_304).size).toBe(0)
  })
})
