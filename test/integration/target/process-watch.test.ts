import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { ProcessWatch, processWatchUnavailable } from '../../../src/target/process-watch.js'

const watches: ProcessWatch[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop()
})

describe.runIf(processWatchUnavailable === null)('ProcessWatch on /proc', () => {
  it('agrees with what a process says of its own CPU time and memory, and sees its end', async () => {
    const text = `
      const until = Date.now() + 1500
      const tick = () => {
        if (Date.now() > until) {
          console.log(JSON.stringify({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }))
          return process.stdin.once('data', () => process.exit(0))
        }
        const end = performance.now() + 5
        while (performance.now() < end);
        setTimeout(tick, 5)
      }
      process.stdin.once('data', () => { console.log(JSON.stringify(process.cpuUsage())); tick() })
      console.log('up')`
    const child = spawn(process.execPath, ['-e', text], { stdio: ['pipe', 'pipe', 'inherit'] })
    const next = async (): Promise<string> => String((await once(child.stdout, 'data'))[0])
    await next()
    let vanished = -1
    const watch = new ProcessWatch({ onVanished: (pid) => (vanished = pid) })
    watches.push(watch)
    const target = watch.watch(child.pid!)
    const startUs = monotonicUs()
    const first = next()
    child.stdin.write('go\n')
    const before = JSON.parse(await first) as NodeJS.CpuUsage
    watch.start()
    const after = JSON.parse(await next()) as { cpu: NodeJS.CpuUsage; rss: number }
    watch.sample()
    const endUs = monotonicUs()
    const means = target.between(startUs, endUs)
    const own = after.cpu.user + after.cpu.system - before.user - before.system
    const seen = (means.cpuPercent! / 100) * (endUs - startUs)
    expect(seen).toBeGreaterThan(own * 0.9 - 20_000)
    expect(seen).toBeLessThan(own * 1.1 + 20_000)
    expect(means.runQueueWaitPercent).toBeGreaterThanOrEqual(0)
    expect(means.rssMaxBytes!).toBeGreaterThan(after.rss * 0.5)
    expect(means.rssMaxBytes!).toBeLessThan(after.rss * 1.5)
    expect(means.threads!).toBeGreaterThan(1)
    expect(means.descriptors!).toBeGreaterThan(2)
    child.stdin.write('end\n')
    await once(child, 'exit')
    watch.sample()
    expect(vanished).toBe(child.pid)
    expect(target.vanishedAtUs).toBeGreaterThan(endUs)
    expect(target.seconds().length).toBeGreaterThanOrEqual(1)
  })

  it('keeps no file open once it stopped, or a process has ended', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length
    const before = open()
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    const watch = new ProcessWatch()
    watches.push(watch)
    watch.watchTarget(child.pid!, [1])
    watch.watch(process.pid)
    watch.sample()
    expect(open()).toBeGreaterThan(before + 5)
    watch.stop()
    const stopped = open()
    watch.sample()
    expect(open()).toBeGreaterThan(stopped)
    child.kill('SIGKILL')
    await once(child, 'close')
    watch.sample()
    watch.stop()
    expect(open()).toBeLessThanOrEqual(before)
  })
})
