import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import { attachNodeTarget } from '../../../src/profiling/node-target.js'
import { startTarget, type TargetProcess } from '../../../src/target/start-target.js'
import { freePort } from './labs.js'

const program = fileURLToPath(new URL('../../../dist/labs/gc-heavy.js', import.meta.url))
let target: TargetProcess | null = null
afterEach(() => target?.stop())

interface Account {
  readonly gcMs: number
  readonly cpuMs: number
  readonly wallMs: number
}

describe('a service that keeps its garbage collector busy', () => {
  it('has the share of collections that perf_hooks tells, and shows who causes them', async () => {
    const port = await freePort()
    const command = [process.execPath, '--single-threaded-gc', program, '--port', String(port)]
    target = await startTarget({ command, inspect: true })
    await target.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 15_000 })
    const ask = async (path: string): Promise<Account> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<Account>
    const node = await attachNodeTarget(target.pid, { exceptPorts: [port] })
    await ask('/work?ms=300')
    await node.startProfile()
    const before = await ask('/')
    const after = await ask('/work?ms=2000')
    const threads = await node.withScripts(await node.stopProfile())
    await node.detach()
    const analysis = analyzeProfiles(threads)
    // Where the process waits for a core, the pauses and the profile hold these waits, and the account of CPU does not.
    const gcMs = after.gcMs - before.gcMs
    const truths = [gcMs / (after.cpuMs - before.cpuMs), gcMs / (after.wallMs - before.wallMs)]
    const seen = analysis.categories['garbage-collection']
    expect(Math.min(...truths)).toBeGreaterThan(0.1)
    expect(seen).toBeGreaterThan(Math.min(...truths) - 0.03)
    expect(seen).toBeLessThan(Math.max(...truths) + 0.03)
    expect(analysis.culprits['garbage-collection'][0]).toMatchObject({
      function: 'replaceGeneration',
      file: fileURLToPath(new URL('../../../labs/gc-heavy.ts', import.meta.url)),
    })
    expect(analysis.unattributed).toBeLessThan(0.05)
    expect(analysis.problems).toEqual([])
  })
})
