import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import { attachNodeTarget, type NodeTarget } from '../../../src/profiling/node-target.js'
import { findListeners } from '../../../src/target/find-listener.js'
import { startTarget, type TargetProcess } from '../../../src/target/start-target.js'

/**
 * A server that spends its time in `serialize` and in `count`, and keeps account of the CPU that each took, by
 * process.cpuUsage(), once it is told to run.
 */
const body = `
const document = { rows: Array.from({ length: 400 }, (_, id) => ({ id, name: 'row ' + id, tags: ['a', 'b', 'c'] })) }
const spent = { json: 0, loop: 0, jsonWall: 0, loopWall: 0 }
function serialize() {
  let length = 0
  for (let round = 0; round < 150; round++) {
    length += JSON.stringify(document).length
  }
  return length
}
function count(steps) {
  let sum = 0
  for (let step = 0; step < steps; step++) {
    sum = (sum * 31 + step) % 1000003
  }
  return sum
}
const cpuUs = () => { const { user, system } = process.cpuUsage(); return user + system }
function work() {
  const startAt = performance.now()
  const start = cpuUs()
  serialize()
  const between = cpuUs()
  const betweenAt = performance.now()
  // As many steps as keep JSON at three fifths of the whole.
  while (spent.loop < (spent.json + between - start) * 2 / 3) {
    const before = cpuUs()
    count(200000)
    spent.loop += cpuUs() - before
  }
  spent.json += between - start
  spent.jsonWall += betweenAt - startAt
  spent.loopWall += performance.now() - betweenAt
  setImmediate(work)
}
const server = createServer((request, response) => {
  if (request.url === '/run') work()
  if (request.url === '/exit') { response.end('{}', () => process.exit(0)); return }
  if (request.url === '/block') { for (const end = Date.now() + 700; Date.now() < end;); }
  response.end(JSON.stringify(spent))
})
server.listen(Number(process.argv[2]), '127.0.0.1')
`
const modules = {
  'server.cjs': `const { createServer } = require('node:http')\n${body}`,
  'server.mjs': `import { createServer } from 'node:http'\n${body}`,
}

interface Spent {
  readonly json: number
  readonly loop: number
  readonly jsonWall: number
  readonly loopWall: number
}

let folder: string
const started: TargetProcess[] = []
const attached: NodeTarget[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-profile-'))
  for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, name), text)
})
afterEach(async () => {
  await Promise.all(attached.splice(0).map((target) => target.detach()))
  await Promise.all(started.splice(0).map((target) => target.stop()))
})
afterAll(() => rm(folder, { recursive: true }))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serve(name: keyof typeof modules = 'server.cjs', inspect = true) {
  const port = await freePort()
  const process_ = await startTarget({
    command: [process.execPath, '--single-threaded-gc', join(folder, name), String(port)],
    inspect,
  })
  started.push(process_)
  await process_.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 15_000 })
  const ask = async (path: string): Promise<Spent> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<Spent>
  return { port, process: process_, ask }
}

async function attach(pid: number, port: number): Promise<NodeTarget> {
  const target = await attachNodeTarget(pid, { exceptPorts: [port] })
  attached.push(target)
  return target
}

const shareBetween = (before: number, after: number, otherBefore: number, otherAfter: number): number =>
  (after - before) / (after - before + otherAfter - otherBefore)

async function attachError(promise: Promise<unknown>): Promise<PlimsollError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PlimsollError)
  expect((error as PlimsollError).code).toBe('ATTACH_FAILED')
  return error as PlimsollError
}

describe('attachNodeTarget', () => {
  it('profiles known work to within six points, and leaves the process as it was', async () => {
    const { port, process: target, ask } = await serve()
    const [listener] = findListeners(port)
    expect(listener).toBe(target.pid)
    const node = await attach(listener!, port)
    await node.prime()
    await ask('/run')
    await node.startProfile()
    const startUs = monotonicUs()
    const before = await ask('/')
    await delay(2_000)
    const after = await ask('/')
    const endUs = monotonicUs()
    const profile = (await node.stopProfile())[0]!.profile
    const json = shareBetween(before.json, after.json, before.loop, after.loop)
    expect(json).toBeGreaterThan(0.55)
    expect(json).toBeLessThan(0.65)

    // The clocks are one: the profile lies about the window that this process timed.
    expect(profile.startTime).toBeLessThan(startUs + 1_000)
    expect(profile.endTime).toBeGreaterThan(endUs - 1_000)
    const analysis = analyzeProfiles([
      { pid: target.pid, threadId: 0, thread: 'main', profile, scripts: new Map() },
    ])
    expect(analysis.seconds).toBeGreaterThan(1.9)
    const serialization = analysis.categories.serialization + analysis.gcCausedBy.serialization
    const logic = analysis.categories['business-logic'] + analysis.gcCausedBy['business-logic']
    // On a busy machine the process waits for a core, and a profile counts these waits where they fall.
    const jsonWall = shareBetween(before.jsonWall, after.jsonWall, before.loopWall, after.loopWall)
    const low = Math.min(json, jsonWall)
    const high = Math.max(json, jsonWall)
    expect(serialization).toBeGreaterThan(low - 0.06)
    expect(serialization).toBeLessThan(high + 0.06)
    expect(logic).toBeGreaterThan(1 - high - 0.06)
    expect(logic).toBeLessThan(1 - low + 0.06)
    expect(analysis.culprits.serialization[0]).toMatchObject({
      function: 'serialize',
      file: join(folder, 'server.cjs'),
      line:
        modules['server.cjs'].split('\n').findIndex((line) => line.includes('JSON.stringify(document)')) + 1,
    })
    expect(
      analysis.hottest
        .slice(0, 2)
        .map((hot) => hot.function)
        .sort(),
    ).toEqual(['count', 'serialize'])

    await node.detach()
    await node.detach()
    await attachError(node.sampleRuntime())
    expect(await ask('/')).toMatchObject({ json: expect.any(Number) })
  })

  it.each(['server.cjs', 'server.mjs'] as const)(
    'samples the runtime of %s, and no utilization under a profiler',
    async (name) => {
      const { port, process: target, ask } = await serve(name)
      const node = await attach(target.pid, port)
      await delay(300)
      const idle = (await node.sampleRuntime())!
      expect(idle.eventLoopUtilization).toBeLessThan(0.3)
      expect(idle.heapUsedBytes).toBeGreaterThan(1e6)
      expect(idle.rssBytes).toBeGreaterThan(idle.heapUsedBytes)
      await ask('/run')
      await node.sampleRuntime()
      await delay(500)
      const busy = (await node.sampleRuntime())!
      expect(busy.eventLoopUtilization).toBeGreaterThan(0.7)
      expect(busy.gcCount).toBeGreaterThan(0)
      expect(busy.gcMs).toBeGreaterThan(0)
      expect(busy.gcMs).toBeLessThan(1_000)
      await node.startProfile()
      expect((await node.sampleRuntime())!.eventLoopUtilization).toBeNull()
      await node.stopProfile()
      await delay(100)
      expect((await node.sampleRuntime())!.eventLoopUtilization).toBeGreaterThan(0.7)
    },
  )

  it('answers while the target blocks its event loop', async () => {
    const { port, process: target, ask } = await serve()
    const node = await attach(target.pid, port)
    const blocked = ask('/block')
    await delay(100)
    const startUs = monotonicUs()
    await node.sampleRuntime()
    expect(monotonicUs() - startUs).toBeLessThan(500_000)
    await blocked
  })

  it('survives a target that exits during the profile, and does not keep it from ending', async () => {
    const { port, process: target, ask } = await serve()
    const node = await attach(target.pid, port)
    await node.startProfile()
    await ask('/exit')
    const exit = await target.exited
    expect(exit.code).toBe(0)
    await node.gone
    // What was recorded until the end is there.
    const [main, ...others] = await node.stopProfile()
    expect(main!.profile.samples.length).toBeGreaterThan(0)
    expect(others).toEqual([])
    await attachError(node.stopProfile())
    await attachError(node.sampleRuntime())
    await node.detach()
  })

  it('survives a target that is killed', async () => {
    const { port, process: target } = await serve()
    const node = await attach(target.pid, port)
    await node.startProfile()
    target.kill()
    await attachError(node.stopProfile())
    await node.gone
  })

  it('does not hang on a target that was stopped', async () => {
    const { port, process: target } = await serve()
    const node = await attach(target.pid, port)
    process.kill(target.pid, 'SIGSTOP')
    const startUs = monotonicUs()
    const error = await attachError(node.sampleRuntime())
    expect(error.message).toContain('no reply within')
    await node.detach()
    await attachError(attachNodeTarget(target.pid, { exceptPorts: [port] }))
    expect(monotonicUs() - startUs).toBeLessThan(12_000_000)
  })

  it('says so when there is no Node, or no process', async () => {
    const sleeper = await startTarget({ command: ['sleep', '30'], inspect: true })
    started.push(sleeper)
    expect((await attachError(attachNodeTarget(sleeper.pid))).message).toContain('is not Node')
    await sleeper.stop()
    expect((await attachError(attachNodeTarget(sleeper.pid))).message).toContain('is gone')
  })
})
