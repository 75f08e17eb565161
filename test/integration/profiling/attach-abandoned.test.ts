import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { InspectorClient } from '../../../src/profiling/inspector-client.js'
import { root } from '../labs/lab-process.js'
import { inspectorUrl, portsOf, speedOf, Targets, until } from './attach-programs.js'
import { versionTitles, withEachVersion } from './node-versions.js'

const targets = new Targets()
afterAll(async () => {
  await targets.clear()
  targets.remove()
})

/** Attaches to a process, profiles it and then does nothing more; it is meant to be killed or stopped. */
const attacher = join(targets.folder, 'attacher.mjs')
writeFileSync(
  attacher,
  `import { attach } from ${JSON.stringify(`${root}dist/src/profiling/attach/attach.js`)}
const [pid, port] = process.argv.slice(2)
const { client } = await attach(Number(pid), { exceptPorts: [Number(port)], move: true, renewEveryMs: 400 })
await client.send('Profiler.enable')
await client.send('Profiler.setSamplingInterval', { interval: 100 })
await client.send('Profiler.start')
console.log('attached')
setInterval(() => {}, 1000)
`,
)

const attachAndProfile = async (target: { pid: number; port: number }) => {
  const program = targets.spawn(process.execPath, [attacher, String(target.pid), String(target.port)])
  program.stderr!.pipe(process.stderr)
  const [line] = (await once(program.stdout!, 'data')) as [Buffer]
  expect(String(line)).toBe('attached\n')
  const inspectorPort = portsOf(target.pid).find((port) => port !== target.port)!
  expect(inspectorPort).toBeGreaterThan(0)
  return { program, inspectorPort }
}

/** V8 has a thread of this name while a profiler runs. */
const isProfiled = (pid: number): boolean =>
  readdirSync(`/proc/${pid}/task`).some((id) => nameOfThread(pid, id) === 'v8:ProfEvntProc')

/** Null where the thread has ended meanwhile. */
function nameOfThread(pid: number, id: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim()
  } catch {
    return null
  }
}

it(`closes the inspector after Plimsoll was killed, once nobody else uses it (${versionTitles})`, async () => {
  await withEachVersion(async ({ binary }) => {
    const target = await targets.start(binary, 'server.cjs', ['--inspect-port=0'])
    await target.ask('/work')
    const speedBefore = await speedOf(target, 800)
    const first = await attachAndProfile(target)
    expect(isProfiled(target.pid)).toBe(true)
    first.program.kill('SIGKILL')
    // The session is over at once, with its profiler.
    await until(() => !isProfiled(target.pid), 2_000)
    expect((await speedOf(target, 800)) / speedBefore).toBeGreaterThan(0.6)
    await until(async () => portsOf(target.pid).length === 1)
    expect(await target.ask()).toMatchObject({ debugPort: 0, left: 0 })

    const second = await attachAndProfile(target)
    const other = await InspectorClient.connect(await inspectorUrl(second.inspectorPort))
    second.program.kill('SIGKILL')
    // More than long enough for the watch in the target.
    await delay(4_000)
    expect(other.isClosed).toBe(false)
    await other.close()
    await until(() => portsOf(target.pid).length === 1)
    expect((await target.ask()).left).toBe(0)
    await target.ask('/exit')
    expect(await target.exited).toEqual({ code: 0, signal: null })
  })
})

it('goes on with Plimsoll where that was stopped for a while', async () => {
  const target = await targets.start(process.execPath, 'server.cjs', ['--inspect-port=0'])
  const { program } = await attachAndProfile(target)
  program.kill('SIGSTOP')
  await delay(3_000)
  expect(portsOf(target.pid)).toHaveLength(2)
  program.kill('SIGCONT')
  await delay(500)
  program.kill('SIGKILL')
  await until(() => portsOf(target.pid).length === 1)
})
