import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import type { NodeTarget } from '../../../src/profiling/node-target.js'
import { type GcKind, gcKinds, type RuntimeSample } from '../../../src/profiling/runtime-sample.js'
import { type Lab, Labs, serving, until } from './labs.js'

const files = {
  'runtime.cjs': `
const { PerformanceObserver } = require('node:perf_hooks')
const { getHeapStatistics } = require('node:v8')
const kinds = { 1: 'minor', 2: 'minor', 4: 'major', 8: 'incremental', 16: 'weak' }
const gc = Object.fromEntries(Object.values(kinds).map((kind) => [kind, { count: 0, ms: 0 }]))
new PerformanceObserver((list) => {
  for (const { duration, detail } of list.getEntries()) {
    gc[kinds[detail.kind]].count++
    gc[kinds[detail.kind]].ms += duration
  }
}).observe({ entryTypes: ['gc'] })
let timersFired = 0
const { createHook } = require('node:async_hooks')
const timers = new Set()
createHook({
  init(id, type) { if (type === 'Timeout') timers.add(id) },
  before(id) { if (timers.has(id)) timersFired++ },
  destroy(id) { timers.delete(id) },
}).enable()
const block = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); }
let kept = []
let garbage = null
let work = null
const every = (ms, what) => { clearInterval(work); work = setInterval(what, ms) }
function churn() {
  for (let index = 0; index < 4000; index++) kept.push({ index, list: [1, 2, 3], name: 'name' + index })
  if (kept.length > 200000) kept = []
}
function collect() {
  kept = Array.from({ length: 300000 }, (_, index) => ({ index, list: [index] }))
  global.gc()
  const { used_heap_size: bytes } = getHeapStatistics()
  // What is allocated before the observer hears of the collection.
  garbage = Array.from({ length: 100000 }, (_, index) => ({ index, list: [index] }))
  return bytes
}
function answer(path) {
  if (path === '/churn') every(2, churn)
  if (path === '/rest') clearInterval(work)
  if (path === '/stalls') every(200, () => block(50))
  if (path === '/tenth') every(50, () => block(5))
  if (path === '/block') block(900)
  if (path === '/collect') return collect()
  return { gc, timersFired, external: process.memoryUsage().external }
}
${serving}`,
}

interface Account {
  readonly gc: Readonly<Record<GcKind, { readonly count: number; readonly ms: number }>>
  readonly timersFired: number
}

let labs: Labs
let lab: Lab
let node: NodeTarget
beforeAll(async () => {
  labs = await Labs.write(files)
  lab = await labs.start('runtime.cjs', '--expose-gc')
  node = await lab.attach()
})
afterEach(() => lab.ask('/rest'))
afterAll(() => labs.remove())

async function sample(): Promise<RuntimeSample> {
  const taken = await node.sampleRuntime()
  expect(taken).not.toBeNull()
  return taken!
}

/** Samples until nothing was collected around a sample: both accounts then tell of the same moment. */
async function untilQuiet(): Promise<{
  account: Account
  gc: Record<GcKind, { count: number; ms: number }>
}> {
  const gc = Object.fromEntries(gcKinds.map((kind) => [kind, { count: 0, ms: 0 }])) as Record<
    GcKind,
    { count: number; ms: number }
  >
  return until(async () => {
    const before = await lab.ask<Account>('/')
    const taken = await sample()
    for (const kind of gcKinds) {
      gc[kind].count += taken.gc[kind].count
      gc[kind].ms += taken.gc[kind].ms
    }
    const account = await lab.ask<Account>('/')
    return isDeepStrictEqual(before.gc, account.gc) && { account, gc }
  })
}

describe('a sample of the runtime', () => {
  it('counts collections by kind as the process itself does', async () => {
    const { account: before } = await untilQuiet()
    await lab.ask('/churn')
    await delay(1_000)
    await lab.ask('/rest')
    const { account: after, gc } = await untilQuiet()
    for (const kind of gcKinds) {
      expect(gc[kind].count, kind).toBe(after.gc[kind].count - before.gc[kind].count)
      expect(gc[kind].ms, kind).toBeCloseTo(after.gc[kind].ms - before.gc[kind].ms, 3)
    }
    expect(gc.minor.count).toBeGreaterThan(5)
    expect(gc.major.count).toBeGreaterThan(0)
  })

  it('tells the heap after a major collection, not when it hears of it', async () => {
    await delay(100)
    await sample()
    const exactBytes = await lab.ask<number>('/collect')
    // The observer hears of a collection soon after it.
    const taken = await until(async () => {
      const next = await sample()
      return next.heapAfterMajorBytes === null ? null : next
    })
    expect(exactBytes).toBeGreaterThan(20e6)
    expect(Math.abs(taken.heapAfterMajorBytes! - exactBytes)).toBeLessThan(0.03 * exactBytes)
    expect(taken.heapUsedBytes - taken.heapAfterMajorBytes!).toBeGreaterThan(0.1 * exactBytes)
    expect(taken.heapTotalBytes).toBeGreaterThanOrEqual(taken.heapUsedBytes)
    expect(taken.externalBytes).toBeGreaterThanOrEqual(taken.arrayBuffersBytes)
    expect(taken.gc.major.count).toBeGreaterThanOrEqual(1)
    expect((await sample()).heapAfterMajorBytes).toBeNull()
  })

  it('tells how long events waited for the loop, under a profiler too', async () => {
    await lab.ask('/stalls')
    await sample()
    await delay(1_000)
    const stalls = (await sample()).loopDelay!
    expect(stalls.maxMs).toBeGreaterThan(25)
    expect(stalls.p50Ms).toBeLessThan(stalls.maxMs / 2)
    expect(stalls.p99Ms).toBeLessThanOrEqual(stalls.maxMs)
    await node.startProfile()
    await sample()
    await delay(1_000)
    const profiled = await sample()
    await node.stopProfile()
    expect(profiled.eventLoopUtilization).toBeNull()
    expect(profiled.loopDelay!.maxMs).toBeGreaterThan(25)
    expect(profiled.loopDelay!.p50Ms).toBeLessThan(profiled.loopDelay!.maxMs / 2)
  })

  it('counts a stall that is still under way, and then the whole', async () => {
    await sample()
    const blocked = lab.ask('/block')
    await delay(300)
    const during = await sample()
    await blocked
    await delay(100)
    const after = await sample()
    expect(during.loopDelay!.maxMs).toBeGreaterThan(100)
    expect(during.loopDelay!.maxMs).toBeLessThan(800)
    expect(after.loopDelay!.maxMs).toBeGreaterThan(800)
  })

  // What a process waits for a core counts as work, in a profile and in the utilization alike: it is taken off.
  it.each(['/rest', '/tenth'])('says of %s, profiled, nothing above 0.2', async (path) => {
    await lab.ask(path)
    await delay(100)
    await sample()
    const before = await withoutWaiting(async () => {
      await delay(500)
      return (await sample()).eventLoopUtilization!
    })
    const profiled = await withoutWaiting(async () => {
      await node.startProfile()
      await delay(1_000)
      expect((await sample()).eventLoopUtilization).toBeNull()
      return 1 - analyzeProfiles(await node.stopProfile()).idleShare
    })
    const after = await withoutWaiting(async () => {
      await delay(500)
      return (await sample()).eventLoopUtilization!
    })
    expect(Math.max(before, profiled, after)).toBeLessThan(0.2)
  })
})

/** The share that `measure` finds, without the share of its time that the main thread waited in the run queue. */
async function withoutWaiting(measure: () => Promise<number>): Promise<number> {
  const { pid } = lab.process
  const waitedMs = (): number =>
    Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  const startMs = performance.now()
  const waitedBefore = waitedMs()
  const share = await measure()
  return share - (waitedMs() - waitedBefore) / (performance.now() - startMs)
}

describe('pausing the observer', () => {
  const firedIn = async (ms: number): Promise<number> => {
    const before = await lab.ask<Account>('/')
    await delay(ms)
    return (await lab.ask<Account>('/')).timersFired - before.timersFired
  }

  it('takes everything out of the process, and puts it back', async () => {
    await lab.ask('/rest')
    const observed = await firedIn(500)
    await node.pauseObserver()
    await node.pauseObserver()
    expect(await node.sampleRuntime()).toBeNull()
    const paused = await firedIn(500)
    await lab.ask('/collect')
    await node.resumeObserver()
    await node.resumeObserver()
    const fresh = await sample()
    const again = await firedIn(500)
    expect(observed).toBeGreaterThan(10)
    // The server's own timers for its connections.
    expect(paused).toBeLessThan(5)
    expect(again).toBeGreaterThan(10)
    expect(fresh.gc.major.count).toBe(0)
  })

  it('leaves nothing when it detaches', async () => {
    const other = await labs.start('runtime.cjs', '--expose-gc')
    const target = await other.attach()
    await target.detach()
    const before = await other.ask<Account>('/')
    await delay(500)
    expect((await other.ask<Account>('/')).timersFired - before.timersFired).toBeLessThan(5)
  })
})
