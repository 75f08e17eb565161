import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'

const hostUs = (): number => Number(process.hrtime.bigint()) / 1_000

describe('monotonicUs', () => {
  it('is CLOCK_MONOTONIC, as hrtime reads it', () => {
    const errors = Array.from({ length: 100 }, () => {
      const before = hostUs()
      const own = monotonicUs()
      return Math.max(before - own, own - hostUs())
    })
    expect(Math.min(...errors)).toBeLessThan(50)
  })

  it('never runs backwards', () => {
    let last = monotonicUs()
    for (let read = 0; read < 10_000; read++) {
      const now = monotonicUs()
      expect(now).toBeGreaterThanOrEqual(last)
      last = now
    }
  })

  const clock = fileURLToPath(new URL('../../../dist/src/kernel/clock.js', import.meta.url))
  const compare = `import(${JSON.stringify(clock)}).then(({ monotonicUs }) => {
    const errors = []
    for (let i = 0; i < 200; i++) errors.push(Math.abs(monotonicUs() - Number(process.hrtime.bigint()) / 1000))
    const error = Math.min(...errors)
    SINK(error)
  })`

  it('is the same clock in a fresh process, where the first reads are slow', () => {
    const out = execFileSync(process.execPath, ['-e', compare.replace('SINK', 'console.log')], {
      encoding: 'utf8',
    })
    expect(Number(out)).toBeLessThan(50)
  })

  it('is the same clock in a thread', async () => {
    const code = compare.replace('SINK', "require('node:worker_threads').parentPort.postMessage")
    const worker = new Worker(code, { eval: true })
    const error = await new Promise<number>((resolve) => worker.once('message', resolve))
    await worker.terminate()
    expect(error).toBeLessThan(50)
  })
})
