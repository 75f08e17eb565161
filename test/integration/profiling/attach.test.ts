import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { InspectorClient } from '../../../src/profiling/inspector-client.js'
import { evaluate, inspectorUrl, portsOf, speedOf, Targets, until } from './attach-programs.js'
import { installedVersions, nodeVersions } from './node-versions.js'

const targets = new Targets()
afterEach(() => targets.clear())
afterAll(() => targets.remove())

const newest = installedVersions.at(-1)?.binary ?? process.execPath

it('knows the Node versions that this machine can have', () => {
  expect(nodeVersions.map(({ major }) => major)).toEqual([20, 22, 24, 26])
  if (process.arch === 'x64' || process.arch === 'arm64') expect(installedVersions).toHaveLength(4)
})

describe.each(nodeVersions)('attach to $title', ({ binary }) => {
  it.each(['server.cjs', 'server.mjs'] as const)(
    'opens the inspector of %s, and leaves the process as it was, at its speed',
    async (program) => {
      if (binary === null) return
      const target = await targets.start(binary, program)
      await target.ask('/work')
      const speedBefore = await speedOf(target, 400)
      const before = await target.ask()

      const attachment = await targets.attach(target)
      expect(attachment.how).toBe('opened')
      expect(await evaluate(attachment, 'process.pid')).toBe(target.pid)
      expect(portsOf(target.pid)).toContain(9_229)
      await attachment.client.send('Profiler.enable')
      await attachment.client.send('Profiler.start')
      await delay(250)
      const { profile } = await attachment.client.send('Profiler.stop')
      expect(showsWork(profile)).toBe(true)

      await attachment.detach()
      await attachment.detach()
      expect(portsOf(target.pid)).toEqual([target.port])
      expect(await target.ask()).toMatchObject({ debugPort: before.debugPort, left: 0 })
      // Generously: other programs share the caches and the clock of the processor.
      expect((await speedOf(target, 400)) / speedBefore).toBeGreaterThan(0.6)

      // A later SIGUSR1 of its owner works as before.
      process.kill(target.pid, 'SIGUSR1')
      await until(() => portsOf(target.pid).includes(9_229))
    },
  )

  it('uses an inspector that is open, beside a client that profiles, and leaves both alone', async () => {
    if (binary === null) return
    const target = await targets.start(binary, 'server.cjs', ['--inspect=127.0.0.1:0'])
    await target.ask('/work')
    const inspectorPort = await until(() => portsOf(target.pid).find((port) => port !== target.port))
    const url = await inspectorUrl(inspectorPort!)
    const other = await InspectorClient.connect(url)
    await other.send('Profiler.enable')
    await other.send('Profiler.start')
    const attachment = await targets.attach(target)
    expect(attachment.how).toBe('open')
    await attachment.client.send('Profiler.enable')
    await attachment.client.send('Profiler.setSamplingInterval', { interval: 1_000 })
    await attachment.client.send('Profiler.start')
    await delay(300)
    const { profile } = await attachment.client.send('Profiler.stop')
    await attachment.detach()
    await delay(200)
    const theirs = (await other.send('Profiler.stop')).profile
    expect([profile, theirs].map(showsWork)).toEqual([true, true])
    expect(profile.samples!.length).toBeGreaterThan(50)
    // Ours ended in the middle of theirs, which went on to its end.
    expect(theirs.endTime - theirs.startTime).toBeGreaterThan(450_000)
    expect(longestGapUs(theirs.timeDeltas!)).toBeLessThan(150_000)
    expect(await inspectorUrl(inspectorPort!)).toBe(url)
    await other.close()
  })

  it('lets a process go that ends while attached to', async () => {
    if (binary === null) return
    const target = await targets.start(binary, 'server.cjs')
    const attachment = await targets.attach(target)
    attachment.client.on('NodeRuntime.waitingForDisconnect', () => void attachment.client.close())
    await attachment.client.send('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true })
    await attachment.client.send('Profiler.enable')
    await attachment.client.send('Profiler.start')
    await target.ask('/exit')
    expect(await target.exited).toEqual({ code: 0, signal: null })
    await attachment.detach()
    expect(attachment.client.isClosed).toBe(true)
  })
})

/** Where it was inlined before the profiler started, its caller stands for it. */
const showsWork = (profile: {
  readonly nodes: ReadonlyArray<{ readonly callFrame: { functionName: string } }>
}) => profile.nodes.some(({ callFrame }) => /^(?:work|processImmediate)$/.test(callFrame.functionName))

const longestGapUs = (deltas: readonly number[]): number => deltas.reduce((a, b) => Math.max(a, b), 0)

describe('detach', () => {
  it('leaves the inspector open for a client that came meanwhile, and closes it after that client', async () => {
    const target = await targets.start(newest, 'server.cjs')
    const attachment = await targets.attach(target)
    const other = await InspectorClient.connect(await inspectorUrl(9_229))
    await attachment.detach()
    await delay(300)
    expect(other.isClosed).toBe(false)
    expect(portsOf(target.pid)).toContain(9_229)
    await other.close()
    await until(() => !portsOf(target.pid).includes(9_229))
    expect((await target.ask()).left).toBe(0)
  })

  it('never closes an inspector that was opened after its own', async () => {
    const target = await targets.start(newest, 'server.cjs')
    const attachment = await targets.attach(target)
    await evaluate(
      attachment,
      `setTimeout((inspector) => { inspector.close(); inspector.open(0) }, 20, require('node:inspector')); 0`,
    )
    await attachment.client.closed
    await attachment.detach()
    const reopened = await until(() => portsOf(target.pid).find((port) => port !== target.port))
    await until(async () => (await target.ask()).left === 0)
    expect(portsOf(target.pid)).toContain(reopened)
  })

  it('returns the port to `any` where the flags said so', async () => {
    const target = await targets.start(newest, 'server.cjs', ['--inspect-port=0'])
    const before = (await target.ask()).debugPort
    const attachment = await targets.attach(target)
    expect(attachment.how).toBe('opened')
    await attachment.detach()
    expect(await target.ask()).toMatchObject({ debugPort: before })
    expect(portsOf(target.pid)).toEqual([target.port])
  })

  it('does not wait for a process that stands still, which closes the inspector when it goes on', async () => {
    const target = await targets.start(newest, 'server.cjs')
    const attachment = await targets.attach(target)
    process.kill(target.pid, 'SIGSTOP')
    const start = performance.now()
    await attachment.detach()
    expect(performance.now() - start).toBeLessThan(10_000)
    process.kill(target.pid, 'SIGCONT')
    await until(() => !portsOf(target.pid).includes(9_229))
  })
})
