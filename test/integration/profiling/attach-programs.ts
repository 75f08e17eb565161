import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { type Attachment, type AttachOptions, attach } from '../../../src/profiling/attach/attach.js'
import { listeningPortsOf } from '../../../src/target/find-listener.js'

/*
 * Processes to attach to. Each is a server that answers `/` with what it has done, and works without end after `/work`,
 * so that its speed can be told as rounds per second of CPU, which other programs on the machine do not change.
 */

const body = `
let rounds = 0
let sum = 0
const work = () => {
  for (let step = 0; step < 200000; step++) sum = (sum * 31 + step) % 1000003
  rounds++
  setImmediate(work)
}
const server = createServer((request, response) => {
  if (request.url === '/work') work()
  if (request.url === '/exit') { response.end('{}', () => server.close(() => process.exit(0))); server.closeAllConnections(); return }
  const { user, system } = process.cpuUsage()
  response.end(JSON.stringify({ pid: process.pid, rounds, cpuUs: user + system, debugPort: process.debugPort, left: Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name.includes('plimsoll')).length }))
})
server.listen(Number(process.env.TARGET_PORT || 0), '127.0.0.1', () => process.stdout.write('listening on ' + server.address().port + '\\n'))
`
const programs = {
  'server.cjs': `const { createServer } = require('node:http')\n${body}`,
  'server.mjs': `import { createServer } from 'node:http'\n${body}`,
  'listener.cjs': `process.on('SIGUSR1', () => process.stdout.write('told\\n'))\nconst { createServer } = require('node:http')\n${body}`,
  'fatal-listener.cjs': `require('./quit-on-signals.cjs')\nconst { createServer } = require('node:http')\n${body}`,
  'quit-on-signals.cjs': `for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2']) process.on(signal, () => process.exit(3))\n`,
  'cluster.cjs': `const cluster = require('node:cluster')
if (process.env.SHARED) cluster.schedulingPolicy = cluster.SCHED_NONE
if (cluster.isPrimary) {
  for (let left = 3; left > 0; left--) cluster.fork()
  process.on('SIGTERM', () => { for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL'); process.exit(0) })
} else require('./server.cjs')
`,
  'family.cjs': `const { fork } = require('node:child_process')
const { createServer } = require('node:http')
if (process.argv[2] === 'child') {
  const server = createServer((request, response) => response.end('{}'))
  process.on('message', (message, handle) => { if (handle) { server.listen(handle); process.send('ready') } })
} else {
  const server = createServer((request, response) => response.end('{}')).listen(0, '127.0.0.1', () => {
    let ready = 0
    const children = [0, 1].map(() => fork(__filename, ['child']))
    process.on('SIGTERM', () => { for (const child of children) child.kill('SIGKILL'); process.exit(0) })
    for (const child of children) {
      child.send('listen', server)
      child.on('message', () => { if (++ready === 2) process.stdout.write('listening on ' + server.address().port + '\\n') })
    }
  })
}
`,
  'busy-outside.cjs': `const { createServer } = require('node:http')\n${body}
setTimeout(() => require('node:child_process').execFileSync('sleep', ['2.5']), 200)
`,
}
export type ProgramName = keyof typeof programs

export interface Answer {
  readonly pid: number
  readonly rounds: number
  readonly cpuUs: number
  readonly debugPort: number
  /** How many things of Plimsoll’s are left in the global scope. */
  readonly left: number
}

export interface Target {
  readonly pid: number
  readonly port: number
  readonly output: () => string
  readonly ask: (path?: string) => Promise<Answer>
  readonly exited: Promise<{ code: number | null; signal: string | null }>
}

/** Writes the programs, starts them, and ends what a test left behind. */
export class Targets {
  readonly folder = mkdtempSync(join(tmpdir(), 'plimsoll-attach-'))
  readonly #started: ChildProcess[] = []
  readonly #attached: Attachment[] = []

  constructor() {
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(this.folder, name), text)
  }

  spawn(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    argv0 = command,
  ): ChildProcess & { pid: number } {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnv(), ...env },
      argv0,
    })
    this.#started.push(child)
    if (child.pid === undefined) throw new Error(`${command} could not be started`)
    return child as ChildProcess & { pid: number }
  }

  async start(
    binary: string,
    program: ProgramName,
    flags: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Target> {
    const child = this.spawn(binary, [...flags, join(this.folder, program)], env)
    let output = ''
    const read = (chunk: Buffer): void => {
      output += String(chunk)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    const port = await until(() => {
      if (child.exitCode !== null) throw new Error(`the target ended: ${output}`)
      return Number(/^listening on (\d+)$/m.exec(output)?.[1] ?? 0)
    })
    const ask = async (path = '/'): Promise<Answer> =>
      (
        await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
      ).json() as Promise<Answer>
    return { pid: child.pid, port, output: () => output, ask, exited }
  }

  async attach(target: { pid: number; port?: number }, options: AttachOptions = {}): Promise<Attachment> {
    const exceptPorts = target.port === undefined ? [] : [target.port]
    const attachment = await attach(target.pid, { exceptPorts, ...options })
    this.#attached.push(attachment)
    return attachment
  }

  /** What the tests of one file started may share nothing with the next. */
  async clear(): Promise<void> {
    await Promise.all(this.#attached.splice(0).map((attachment) => attachment.detach()))
    for (const child of this.#started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 1_000)
      await once(child, 'exit')
      clearTimeout(force)
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The tests themselves may run with options for Node, which are not for the targets. */
function cleanEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env
  return env
}

/** Asks every 20 ms until the answer is truthy, for at most 15 s. */
export async function until<Value>(ask: () => Value | Promise<Value>, timeoutMs = 15_000): Promise<Value> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const value = await ask()
    if (value) return value
    if (Date.now() > end) throw new Error(`not so after ${timeoutMs} ms: ${ask}`)
    await delay(20)
  }
}

export const portsOf = (pid: number): number[] => listeningPortsOf(pid).map(({ port }) => port)

/** Evaluates in the target. */
export async function evaluate(attachment: Attachment, expression: string): Promise<unknown> {
  const { result } = await attachment.client.send('Runtime.evaluate', {
    expression,
    includeCommandLineAPI: true,
    returnByValue: true,
  })
  return result.value
}

export async function inspectorUrl(port: number): Promise<string> {
  const entries = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as Array<{
    webSocketDebuggerUrl: string
  }>
  return entries[0]!.webSocketDebuggerUrl
}

export async function refusalOf(promise: Promise<unknown>): Promise<PlimsollError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PlimsollError)
  expect((error as PlimsollError).code).toBe('ATTACH_FAILED')
  expect((error as PlimsollError).hint.length).toBeGreaterThan(10)
  return error as PlimsollError
}

/** Rounds of work per second of the target's own CPU time. */
export async function speedOf(target: Target, ms: number): Promise<number> {
  const before = await target.ask()
  await delay(ms)
  const after = await target.ask()
  return (after.rounds - before.rounds) / ((after.cpuUs - before.cpuUs) / 1e6)
}
