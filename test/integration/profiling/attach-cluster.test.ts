import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { attach } from '../../../src/profiling/attach/attach.js'
import { processesToAttach } from '../../../src/profiling/attach/cluster.js'
import { findListeners } from '../../../src/target/find-listener.js'
import { evaluate, portsOf, refusalOf, type Target, Targets, until } from './attach-programs.js'
import { installedVersions, nodeVersions } from './node-versions.js'

const targets = new Targets()
afterEach(() => targets.clear())
afterAll(() => targets.remove())

const newest = installedVersions.at(-1)?.binary ?? process.execPath

/** The pids that answer on the port, until `count` of them have. */
async function answering(target: Target, count: number): Promise<number[]> {
  const pids = new Set<number>()
  await until(async () => pids.add((await target.ask()).pid).size === count)
  return [...pids].sort((a, b) => a - b)
}

describe.each(nodeVersions)('a cluster of $title', ({ binary }) => {
  it('is attached to by its workers, all at once, and left as it was', async () => {
    if (binary === null) return
    const target = await targets.start(binary, 'cluster.cjs')
    const workers = await answering(target, 3)
    const listeners = findListeners(target.port)
    expect(listeners).toEqual([target.pid])
    const chosen = processesToAttach(listeners)
    expect(chosen).toEqual(workers)

    const attachments = await Promise.all(
      chosen.map((pid) => targets.attach({ pid, port: target.port }, { move: true })),
    )
    for (const [index, attachment] of attachments.entries()) {
      expect(await evaluate(attachment, '[process.pid, process.debugPort]')).toEqual([workers[index], 9_229])
      expect(attachment.how).toBe('opened')
      await attachment.client.send('Profiler.enable')
      await attachment.client.send('Profiler.start')
    }
    // Their ports are their own, and the default one is free for others.
    const ports = workers.flatMap(portsOf).filter((port) => port !== target.port)
    expect(new Set(ports).size).toBe(3)
    expect(ports).not.toContain(9_229)

    await Promise.all(attachments.map((attachment) => attachment.detach()))
    expect(workers.flatMap(portsOf).filter((port) => port !== target.port)).toEqual([])
    expect(await answering(target, 3)).toEqual(workers)
    expect(await target.ask()).toMatchObject({ left: 0, debugPort: 9_229 })
    process.kill(workers[1]!, 'SIGUSR1')
    await until(() => portsOf(workers[1]!).includes(9_229))
  })
})

describe('processesToAttach', () => {
  it('chooses the workers where they share the socket with their primary', async () => {
    const target = await targets.start(newest, 'cluster.cjs', [], { SHARED: '1' })
    await until(() => findListeners(target.port).length >= 4)
    const listeners = findListeners(target.port)
    expect(listeners).toContain(target.pid)
    const chosen = processesToAttach(listeners)
    expect(chosen).toHaveLength(3)
    expect(chosen).not.toContain(target.pid)
    expect(listeners).toEqual(expect.arrayContaining(chosen))
  })

  it('chooses each of the processes that share a socket without a cluster', async () => {
    const family = await targets.start(newest, 'family.cjs')
    const listeners = await until(() => {
      const pids = findListeners(family.port)
      return pids.length === 3 ? pids : null
    })
    expect(processesToAttach([...listeners!, ...listeners!])).toEqual(listeners)
    const attachments = await Promise.all(
      listeners!.map((pid) => targets.attach({ pid, port: family.port }, { move: true })),
    )
    for (const [index, attachment] of attachments.entries())
      expect(await evaluate(attachment, 'process.pid')).toBe(listeners![index])
    await Promise.all(attachments.map((attachment) => attachment.detach()))
    expect(new Set(listeners!.flatMap(portsOf))).toEqual(new Set([family.port]))
  })

  it('leaves processes of every other kind as they are', () => {
    const child = targets.spawn('sleep', ['30'])
    expect(processesToAttach([child.pid])).toEqual([child.pid])
    expect(processesToAttach([])).toEqual([])
  })
})

it('does not signal a primary, which would hand the signal on', async () => {
  const target = await targets.start(newest, 'cluster.cjs')
  const workers = await answering(target, 3)
  const { message, hint } = await refusalOf(attach(target.pid))
  expect(message).toContain('hands the signal on to its 3 workers')
  for (const pid of workers) expect(hint).toContain(String(pid))
  await delay(100)
  expect(target.output()).not.toContain('inspector')
})
