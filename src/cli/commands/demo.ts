import { fileURLToPath } from 'node:url'
import type { ExitCode } from '../../kernel/errors.js'
import type { World } from '../../kernel/world.js'
import { freePort } from '../../target/free-port.js'
import { run } from './run.js'

const chatServer = fileURLToPath(new URL('../../../labs/chat-server.js', import.meta.url))

export interface DemoOptions {
  readonly json?: boolean
  readonly out?: string
  readonly quiet?: boolean
}

/** `plimsoll demo`: the main job on a small chat service of our own, in its own process. */
export async function demo(options: DemoOptions, world: World): Promise<ExitCode> {
  const port = await freePort()
  const what = `ws://127.0.0.1:${port}/chat`
  const load = { connections: '50', rate: '400/s', duration: '12s', warmup: '4s' }
  const slo = ['p99 < 150ms', 'p99.9 < 500ms', 'errors < 0.1%']
  const targetCommand = [process.execPath, chatServer, '--port', String(port)]
  const flags = Object.entries(load).flatMap(([name, value]) => [`--${name}`, value])
  const argv = [
    'run',
    what,
    ...flags,
    ...slo.flatMap((objective) => ['--slo', objective]),
    '--',
    ...targetCommand,
  ]
  return await run({ what, name: 'demo', options: { ...options, ...load, slo }, targetCommand, argv }, world)
}
