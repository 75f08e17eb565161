import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { attach } from '../../../src/profiling/attach/attach.js'
import { isAlive } from '../../../src/target/describe-process.js'
import { evaluate, portsOf, refusalOf, Targets, until } from './attach-programs.js'
import { installedVersions, versionTitles, withEachVersion } from './node-versions.js'

const targets = new Targets()
afterEach(() => targets.clear())
afterAll(() => targets.remove())

const newest = installedVersions.at(-1)?.binary ?? process.execPath

describe('processes that are not Node', () => {
  let native: string
  beforeAll(() => {
    native = join(targets.folder, 'waits')
    writeFileSync(`${native}.c`, '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n')
    expect(spawnSync('gcc', ['-o', native, `${native}.c`]).status).toBe(0)
  })

  it('are refused and live on', async () => {
    const others = [
      targets.spawn('sleep', ['30']),
      targets.spawn('sh', ['-c', 'sleep 30; :']),
      targets.spawn(native, []),
    ]
    for (const child of others) {
      const { message, hint } = await refusalOf(attach(child.pid))
      expect(message).toContain(`process ${child.pid} is not Node: its executable is /`)
      expect(hint).toContain('no signal')
    }
    await delay(50)
    for (const child of others) expect(isAlive(child.pid)).toBe(true)
  })

  it('are refused even where they call themselves node or inherit options for it', async () => {
    const child = targets.spawn('sleep', ['30'], { NODE_OPTIONS: '--inspect=127.0.0.1:0' }, 'node')
    expect((await refusalOf(attach(child.pid))).message).toContain('is not Node')
    expect(isAlive(child.pid)).toBe(true)
  })

  it('are refused where a program that is no Node is called so', async () => {
    const impostor = join(targets.folder, 'node')
    copyFileSync(native, impostor)
    spawnSync('chmod', ['+x', impostor])
    const child = targets.spawn(impostor, [])
    await delay(50)
    expect((await refusalOf(attach(child.pid))).message).toContain('no handler for SIGUSR1')
    expect(isAlive(child.pid)).toBe(true)
  })

  it('include Node under another name, unless it was started with an inspector', async () => {
    const renamed = join(targets.folder, 'my-service')
    copyFileSync(newest, renamed)
    const plain = await targets.start(renamed, 'server.cjs')
    expect((await refusalOf(targets.attach(plain))).message).toContain('its executable is')
    expect(portsOf(plain.pid)).toEqual([plain.port])
    const inspected = await targets.start(renamed, 'server.cjs', ['--inspect=127.0.0.1:0'])
    expect((await targets.attach(inspected)).how).toBe('open')
  })
})

it('refuses what is gone, a thread, itself stopped or a zombie', async () => {
  const gone = targets.spawn('true', [])
  await once(gone, 'exit')
  expect((await refusalOf(attach(gone.pid))).message).toContain(`process ${gone.pid} is gone`)

  const stopped = await targets.start(newest, 'server.cjs')
  process.kill(stopped.pid, 'SIGSTOP')
  await until(async () => (await refusalOf(attach(stopped.pid))).message.includes('was stopped'))
  expect((await refusalOf(attach(stopped.pid))).hint).toContain(`kill -CONT ${stopped.pid}`)
  process.kill(stopped.pid, 'SIGCONT')
  expect(await stopped.ask()).toMatchObject({ pid: stopped.pid })
  expect(portsOf(stopped.pid)).toEqual([stopped.port])

  const thread = (await import('node:fs'))
    .readdirSync(`/proc/${stopped.pid}/task`)
    .map(Number)
    .find((id) => id !== stopped.pid)
  expect((await refusalOf(attach(thread!))).message).toContain(`is a thread of process ${stopped.pid}`)

  // A child of this shell's that ended, and for which nobody waits.
  const parent = targets.spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'])
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer]
  const zombie = Number(String(line))
  await until(async () =>
    (await refusalOf(attach(zombie))).message.includes('its parent has not taken notice'),
  )
})

const anyPort = '--inspect-port=0'

describe(`processes of ${versionTitles}`, () => {
  it('are attached to, and not harmed, from their first moment on', () =>
    withEachVersion(async ({ binary }) => {
      for (const waitMs of [0, 2, 10, 30]) {
        const child = targets.spawn(binary, [anyPort, '-e', 'setInterval(() => {}, 1000)'])
        await delay(waitMs)
        const attachment = await targets.attach(child)
        expect(await evaluate(attachment, 'process.pid')).toBe(child.pid)
        await attachment.detach()
        expect(isAlive(child.pid)).toBe(true)
        expect(portsOf(child.pid)).toEqual([])
      }
    }))

  it('that listen for SIGUSR1 themselves are not told, and those that would quit live on', () =>
    withEachVersion(async ({ binary }) => {
      for (const program of ['listener.cjs', 'fatal-listener.cjs'] as const) {
        const target = await targets.start(binary, program)
        const { message, hint } = await refusalOf(targets.attach(target))
        expect(message).toContain('listens for SIGUSR1 itself')
        expect(hint).toContain('--inspect=127.0.0.1:0')
        await delay(30)
        expect(target.output()).not.toContain('told')
        expect(await target.ask()).toMatchObject({ pid: target.pid, left: 0 })
      }
    }))

  it('that gave their own listener up have no handler left, and get no signal', () =>
    withEachVersion(async ({ binary }) => {
      const child = targets.spawn(binary, [
        '-e',
        `const f = () => {}; process.on('SIGUSR1', f); process.off('SIGUSR1', f); setInterval(() => {}, 1000); console.log('up')`,
      ])
      await once(child.stdout!, 'data')
      expect((await refusalOf(attach(child.pid))).message).toContain('no handler for SIGUSR1')
      expect(isAlive(child.pid)).toBe(true)
    }))

  it('that run with --disable-sigusr1, where Node knows it, are refused', () =>
    withEachVersion(async ({ binary, major }) => {
      const knowsFlag = helpOf(binary).includes('--disable-sigusr1')
      expect(knowsFlag).toBe(major > 20)
      if (!knowsFlag) return
      for (const target of [
        await targets.start(binary, 'server.cjs', ['--disable-sigusr1']),
        await targets.start(binary, 'server.cjs', [], { NODE_OPTIONS: '--disable-sigusr1' }),
      ]) {
        expect((await refusalOf(targets.attach(target))).message).toContain('--disable-sigusr1')
        expect(await target.ask()).toMatchObject({ pid: target.pid })
      }
    }))

  it('that run under the permission model are refused', () =>
    withEachVersion(async ({ binary, major }) => {
      const flag = major === 20 ? '--experimental-permission' : '--permission'
      const allow = ['--allow-fs-read=*', ...(helpOf(binary).includes('--allow-net') ? ['--allow-net'] : [])]
      const target = await targets.start(binary, 'server.cjs', [flag, ...allow])
      expect((await refusalOf(targets.attach(target))).message).toContain('permission model')
      expect(await target.ask()).toMatchObject({ pid: target.pid })
    }))

  it('whose port is taken are not signalled, and are told who holds it', async () => {
    const holder = await targets.start(newest, 'server.cjs', [], { TARGET_PORT: '9229' })
    await withEachVersion(async ({ binary }) => {
      const target = await targets.start(binary, 'server.cjs')
      const { message, hint } = await refusalOf(targets.attach(target))
      expect(message).toContain(`port 9229, which is held by process ${holder.pid} (`)
      expect(hint).toContain('--inspect-port=0')
      expect(target.output()).not.toContain('inspector')
      // Another port is none of its business.
      const elsewhere = await targets.start(binary, 'server.cjs', [anyPort])
      expect((await targets.attach(elsewhere)).how).toBe('opened')
    })
  })
})

function helpOf(binary: string): string {
  return spawnSync(binary, ['--help'], { encoding: 'utf8' }).stdout
}

it('waits for a port that is taken for a moment only', async () => {
  const server = createServer().listen(9_229, '127.0.0.1')
  await once(server, 'listening')
  const target = await targets.start(newest, 'server.cjs')
  setTimeout(() => server.close(), 300)
  expect((await targets.attach(target)).how).toBe('opened')
})

it('closes an inspector that a busy process opens too late', async () => {
  const target = await targets.start(newest, 'busy-outside.cjs')
  await delay(300)
  const { message, hint } = await refusalOf(targets.attach(target, { timeoutMs: 500 }))
  expect(message).toContain('opened no inspector within 500 ms')
  expect(hint).toContain('busy')
  await until(() => target.output().includes('Debugger listening'))
  await until(() => !portsOf(target.pid).includes(9_229))
  expect(await target.ask()).toMatchObject({ pid: target.pid })
})

const canUnshare = existsSync('/usr/bin/unshare') && spawnSync('unshare', ['--net', 'true']).status === 0
it(`refuses a process in another network${canUnshare ? '' : ' (which this machine may not make)'}`, async () => {
  if (!canUnshare) return
  const child = targets.spawn('unshare', [
    '--net',
    newest,
    '-e',
    'setInterval(() => {}, 1000); console.log(1)',
  ])
  await once(child.stdout!, 'data')
  const { message, hint } = await refusalOf(attach(child.pid))
  expect(message).toContain('another network namespace')
  expect(hint).toContain('inside of that container')
  expect(isAlive(child.pid)).toBe(true)
})
