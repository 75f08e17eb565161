import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { describeProcess, isAlive } from '../../../src/target/describe-process.js'
import { findListeners, listeningPortsOf } from '../../../src/target/find-listener.js'
import { type StartTargetOptions, startTarget, type TargetProcess } from '../../../src/target/start-target.js'
import { childrenOf } from '../../e2e/support/processes.js'

let folder: string
const started: TargetProcess[] = []
const servers: Server[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-target-'))
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((target) => target.stop()))
  for (const server of servers.splice(0)) server.close()
})
afterAll(() => rm(folder, { recursive: true }))

async function script(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

async function start(
  command: readonly string[],
  options: Partial<StartTargetOptions> = {},
): Promise<TargetProcess> {
  const target = await startTarget({ command, inspect: false, ...options })
  started.push(target)
  return target
}

function listen(): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

async function freePort(): Promise<number> {
  const port = await listen()
  await new Promise((resolve) => servers.pop()!.close(resolve))
  return port
}

async function failure(promise: Promise<unknown>): Promise<PlimsollError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PlimsollError)
  return error as PlimsollError
}

async function eventually(condition: () => boolean, withinMs = 5_000): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > withinMs) throw new Error('it did not come about')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const server = `
  const port = Number(process.argv[2])
  setTimeout(() => require('node:http').createServer((q, r) => r.end('ok')).listen(port, '127.0.0.1'), 150)
  console.log('inspect', process.execArgv.join(' '), process.env.NODE_OPTIONS)
`

describe('startTarget', () => {
  it('waits until the command listens, finds it by its port, and ends it', async () => {
    const port = await freePort()
    const path = await script('server.cjs', server)
    const outputFile = join(folder, 'output.log')
    const target = await start([process.execPath, path, String(port)], {
      inspect: true,
      outputFile,
      env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
      address: { host: '127.0.0.1', port },
    })
    await target.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 10_000 })
    expect(findListeners(port)).toEqual([target.pid])
    expect(listeningPortsOf(target.pid).map((row) => row.port)).toContain(port)
    expect(describeProcess(target.pid)).toMatchObject({ kind: 'node' })
    expect(describeProcess(target.pid).command).toContain('server.cjs')
    // What Node says about the inspector is not the target's own word.
    expect(target.lastLines()).toEqual(['inspect  --no-warnings --inspect=127.0.0.1:0'])
    await target.stop()
    await target.stop()
    expect(target.exit).toMatchObject({ signal: 'SIGTERM' })
    expect(findListeners(port)).toEqual([])
    expect(await readFile(outputFile, 'utf8')).toContain('inspect  --no-warnings')
  })

  it('leaves out what Node says of its inspector, in the words of any version', async () => {
    const chatter = [
      'Debugger listening on ws://127.0.0.1:9229/0f2c936f-b1cd-4ac9-aab3-f63b0f33d55e',
      'For help, see: https://nodejs.org/en/docs/inspector',
      'For help, see: https://nodejs.org/learn/getting-started/debugging',
    ]
    const words = ['no database', 'For help, see: https://nodejs.org/learn/databases']
    const program = `console.error(${JSON.stringify([...chatter, ...words].join('\n'))})`
    const target = await start([process.execPath, '-e', program])
    await eventually(() => target.lastLines().includes(words[1]!))
    expect(target.lastLines()).toEqual(words)
  })

  it('tells what a command printed that ends at once', async () => {
    const target = await start(
      [process.execPath, '-e', 'console.error("no database at db:5432"); process.exitCode = 3'],
      {
        inspect: true,
      },
    )
    const port = await freePort()
    const error = await failure(target.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 10_000 }))
    expect(error.code).toBe('TARGET_DID_NOT_START')
    expect(error.message).toContain('exit code 3')
    expect(error.message).toContain('no database at db:5432')
    expect(error.message).not.toContain('Debugger')
  })

  it('gives up on a command that never listens', async () => {
    const target = await start([
      process.execPath,
      '-e',
      'console.log("thinking"); setInterval(() => {}, 1000)',
    ])
    const port = await freePort()
    await eventually(() => target.lastLines().length > 0)
    const error = await failure(target.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 200 }))
    expect(error.code).toBe('TARGET_DID_NOT_START')
    expect(error.message).toContain('200 ms')
    expect(error.message).toContain('thinking')
  })

  it('stops waiting on request', async () => {
    const target = await start([process.execPath, '-e', 'setInterval(() => {}, 1000)'])
    const port = await freePort()
    const controller = new AbortController()
    const waiting = target.waitUntilAccepting({
      host: '127.0.0.1',
      port,
      timeoutMs: 30_000,
      signal: controller.signal,
    })
    controller.abort(new Error('interrupted'))
    await expect(waiting).rejects.toThrow('interrupted')
  })

  it('says so when there is no such program', async () => {
    const error = await failure(startTarget({ command: ['/no/such/program'], inspect: false }))
    expect(error.code).toBe('TARGET_DID_NOT_START')
    expect(error.message).toContain('there is no such program')
  })

  it('does not start a command whose port is taken, and names who has it', async () => {
    const port = await listen()
    const marker = join(folder, 'ran')
    const error = await failure(
      startTarget({ command: ['touch', marker], inspect: false, address: { host: '127.0.0.1', port } }),
    )
    expect(error.code).toBe('TARGET_DID_NOT_START')
    expect(error.message).toContain(`already listens on 127.0.0.1:${port}`)
    expect(error.message).toContain(`Process ${process.pid}`)
    await expect(readFile(marker)).rejects.toThrow()
  })

  it('ends a whole tree, stopped processes and those that ignore SIGTERM included', async () => {
    const child = await script(
      'stubborn.cjs',
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')`,
    )
    const parent = await script(
      'parent.cjs',
      `require('node:child_process').spawn(process.execPath, [${JSON.stringify(child)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`,
    )
    const target = await start([process.execPath, parent])
    await eventually(() => target.lastLines().includes('up'))
    const [stubborn] = childrenOf(target.pid)
    expect(stubborn).toBeDefined()
    process.kill(target.pid, 'SIGSTOP')
    await target.stop()
    expect(target.exit).toMatchObject({ signal: 'SIGTERM' })
    await eventually(() => !isAlive(stubborn!))
  })

  it('keeps the end of a flood of output, and 10 MB of it on disk', async () => {
    const outputFile = join(folder, 'flood.log')
    const flood = `const line = 'x'.repeat(999) + '\\n'; for (let i = 0; i < 12; i++) process.stdout.write(line.repeat(1000)); process.stdout.write('the end\\n')`
    const target = await start([process.execPath, '-e', flood], { outputFile })
    await target.exited
    await eventually(() => target.lastLines(1)[0] === 'the end')
    await target.stop()
    const kept = await readFile(outputFile, 'utf8')
    expect(kept.length).toBeGreaterThan(10_000_000)
    expect(kept.length).toBeLessThan(10_000_100)
    expect(kept).toMatch(/kept the first 10 MB/)
  })
})
