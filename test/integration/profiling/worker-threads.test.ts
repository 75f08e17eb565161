import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import type { ThreadProfile } from '../../../src/profiling/thread-profile.js'
import { attachError, type Lab, Labs, serving, until } from './labs.js'

const files = {
  'threads.cjs': `
const { Worker } = require('node:worker_threads')
const workers = new Map()
const ended = []
function start(kind, name) {
  const worker = new Worker(__dirname + '/thread.cjs', { workerData: kind, ...(name ? { name } : {}) })
  const id = worker.threadId
  workers.set(id, worker)
  worker.on('exit', () => { workers.delete(id); ended.push(id) })
  return id
}
function answer(path) {
  const [, what, kind, name] = path.split('/')
  if (what === 'start') return start(kind, name)
  if (what === 'terminate') { for (const worker of workers.values()) worker.terminate(); return 0 }
  if (what === 'exit') { setImmediate(() => process.exit(3)); return 0 }
  if (what === 'close') { require('node:inspector').close(); return 0 }
  return { running: [...workers.keys()], ended }
}
${serving}`,
  // `spin` is too long to be inlined, since V8 shows what is inlined as a part of the caller.
  'thread.cjs': `
const { parentPort, workerData } = require('node:worker_threads')
function spin(steps) {
  let sum = 0
  for (let step = 0; step < steps; step++) {
${'    sum = (sum * 31 + step) % 1000003\n'.repeat(80)}  }
  return sum
}
function work() { spin(20000); setImmediate(work) }
if (workerData === 'busy') work()
else if (workerData === 'blocked') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
else if (workerData === 'stuck') require('node:child_process').execSync('sleep 4')
else if (workerData === 'brief') setTimeout(() => {}, 300)
else parentPort.on('message', () => {})
`,
}

let labs: Labs
beforeAll(async () => {
  labs = await Labs.write(files)
})
afterEach(() => labs.stop())
afterAll(() => labs.remove())

async function started(lab: Lab, ...kinds: readonly string[]): Promise<void> {
  for (const kind of kinds) await lab.ask(`/start/${kind}`)
  await delay(300)
}

const busyShareOf = (thread: ThreadProfile): number => 1 - analyzeProfiles([thread]).idleShare

describe('the profile of worker threads', () => {
  it('finds the busy one under its name, beside idle ones and the main thread', async () => {
    const lab = await labs.start('threads.cjs')
    await started(lab, 'idle', 'busy/number-cruncher', 'idle/pool', 'idle/pool')
    const node = await lab.attach()
    await node.prime()
    await node.startProfile()
    await delay(800)
    const threads = await node.stopProfile()
    expect(threads.map(({ threadId, thread }) => [threadId, thread])).toEqual([
      [0, 'main'],
      [1, 'worker 1'],
      [2, 'number-cruncher'],
      [3, 'pool 3'],
      [4, 'pool 4'],
    ])
    expect(node.profileNotes).toEqual([])
    const busy = threads.map(busyShareOf)
    expect(busy[2]).toBeGreaterThan(0.7)
    expect(Math.max(busy[0]!, busy[1]!, busy[3]!, busy[4]!)).toBeLessThan(0.2)
    const { hottest } = analyzeProfiles([threads[2]!])
    expect(hottest[0]!.file).toBe(labs.path('thread.cjs'))
    // Its text comes from the worker, since the main thread never ran it.
    const texts = (await node.withScripts(threads))[2]!.scripts
    expect(texts.get(`file://${labs.path('thread.cjs')}`)?.source).toContain('function spin(steps)')
  })

  it('follows threads that start and end meanwhile', async () => {
    const lab = await labs.start('threads.cjs')
    await started(lab, 'busy')
    const node = await lab.attach()
    await node.startProfile()
    await lab.ask('/start/busy/late')
    await lab.ask('/start/brief/short')
    await until(async () => (await lab.ask<{ ended: number[] }>('/')).ended.length === 1)
    const threads = await node.stopProfile()
    expect(threads.map(({ thread }) => thread)).toEqual(['main', 'worker 1', 'late'])
    expect(busyShareOf(threads[2]!)).toBeGreaterThan(0.5)
    expect(node.profileNotes).toEqual(['Thread short is missing in the profile: it ended meanwhile.'])
    await lab.ask('/terminate')
    await until(async () => (await lab.ask<{ running: number[] }>('/')).running.length === 0)
  })

  it('has a thread that sits in Atomics.wait, and does not wait for one in a call that blocks', async () => {
    const lab = await labs.start('threads.cjs')
    await started(lab, 'blocked', 'stuck')
    const node = await lab.attach()
    const startUs = monotonicUs()
    await node.startProfile()
    await delay(100)
    const threads = await node.stopProfile()
    expect(monotonicUs() - startUs).toBeLessThan(3_000_000)
    expect(threads.map(({ thread }) => thread)).toEqual(['main', 'worker 1'])
    expect(node.profileNotes).toEqual(['Thread worker 2 is missing in the profile: it did not answer.'])
    await node.detach()
    await lab.ask('/terminate')
    await until(async () => (await lab.ask<{ running: number[] }>('/')).running.length === 0)
  })

  it('takes sixteen of many, and says so', async () => {
    const lab = await labs.start('threads.cjs')
    await started(lab, ...Array.from({ length: 18 }, () => 'idle'))
    const node = await lab.attach()
    await node.prime()
    await node.startProfile()
    await delay(300)
    const threads = await node.stopProfile()
    const silent = node.profileNotes.filter((note) => note.endsWith('it did not answer.'))
    expect(threads.length).toBeGreaterThan(8)
    expect(threads.length + silent.length).toBe(17)
    expect(node.profileNotes.at(-1)).toBe('2 more worker threads are not in the profile: 16 is the most.')
  })

  it('keeps what there is when the process exits, and does not hold it up', async () => {
    const lab = await labs.start('threads.cjs')
    await started(lab, 'busy', 'idle', 'blocked')
    const node = await lab.attach()
    await node.startProfile()
    await delay(200)
    await lab.ask('/exit').catch(() => {})
    const exitUs = monotonicUs()
    expect((await lab.process.exited).code).toBe(3)
    expect(monotonicUs() - exitUs).toBeLessThan(8_000_000)
    await node.gone
    const threads = await node.stopProfile()
    expect(threads[0]).toMatchObject({ threadId: 0, thread: 'main' })
    expect(threads[0]!.profile.samples.length).toBeGreaterThan(10)
  })

  it('fails soon and clearly when the inspector is closed meanwhile', async () => {
    const lab = await labs.start('threads.cjs')
    await started(lab, 'busy')
    const node = await lab.attach()
    await node.startProfile()
    await lab.ask('/close')
    const startUs = monotonicUs()
    await node.gone
    const error = await attachError(node.stopProfile())
    expect(error.message).toContain('closed')
    expect(monotonicUs() - startUs).toBeLessThan(3_000_000)
    expect(await lab.ask('/')).toMatchObject({ running: [1] })
  })
})
