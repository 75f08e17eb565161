import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { attachNodeTarget, type NodeTarget } from '../../../src/profiling/node-target.js'
import { startTarget, type TargetProcess } from '../../../src/target/start-target.js'

export interface Lab {
  readonly port: number
  readonly process: TargetProcess
  /** What the lab answers at a path, as JSON. */
  ask<Answer>(path: string): Promise<Answer>
  attach(): Promise<NodeTarget>
}

/**
 * Small servers that keep account of what they do. Each is a CommonJS module whose `answer(path)` is served as JSON at
 * the port that is its first argument.
 */
export class Labs {
  readonly folder: string
  readonly #started: TargetProcess[] = []
  readonly #attached: NodeTarget[] = []

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Writes the files of the labs. */
  static async write(files: Readonly<Record<string, string>>): Promise<Labs> {
    const labs = new Labs(await mkdtemp(join(tmpdir(), 'plimsoll-labs-')))
    for (const [name, text] of Object.entries(files)) await writeFile(labs.path(name), text)
    return labs
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  start(name: string, ...flags: readonly string[]): Promise<Lab> {
    return this.startWith(process.execPath, name, ...flags)
  }

  /** @param binary the Node that runs it */
  startWith(binary: string, name: string, ...flags: readonly string[]): Promise<Lab> {
    return this.#start([binary, ...flags, this.path(name)], true)
  }

  /** Its inspector is closed, as that of a service is, and opens on a port of its own. */
  startClosed(binary: string, name: string): Promise<Lab> {
    return this.#start([binary, '--inspect-port=0', this.path(name)], false)
  }

  async #start(command: readonly string[], inspect: boolean): Promise<Lab> {
    const port = await freePort()
    const started = await startTarget({ command: [...command, String(port)], inspect })
    this.#started.push(started)
    await started.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 15_000 })
    return {
      port,
      process: started,
      ask: async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json(),
      attach: async () => {
        const target = await attachNodeTarget(started.pid, { exceptPorts: [port] })
        this.#attached.push(target)
        return target
      },
    }
  }

  /** Ends what was started. */
  async stop(): Promise<void> {
    await Promise.all(this.#attached.splice(0).map((target) => target.detach()))
    await Promise.all(this.#started.splice(0).map((target) => target.stop()))
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true })
  }
}

/** Serves `answer(path)`; stands at the end of each lab. */
export const serving = `
require('node:http')
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url) ?? null)))
  .listen(Number(process.argv[2]), '127.0.0.1')
`

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function attachError(promise: Promise<unknown>): Promise<PlimsollError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PlimsollError)
  expect((error as PlimsollError).code).toBe('ATTACH_FAILED')
  return error as PlimsollError
}

/** Asks until the answer is there; fails after 10 s. */
export async function until<Answer>(ask: () => Promise<Answer | null | undefined | false>): Promise<Answer> {
  for (const end = Date.now() + 10_000; Date.now() < end; await delay(20)) {
    const answer = await ask()
    if (answer) return answer
  }
  throw new Error('it did not happen within 10 s')
}
