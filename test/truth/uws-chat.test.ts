import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../integration/labs/lab-process.js'
import { startPostgres } from './postgres.js'
import { plimsoll } from './support.js'

const chat = join(root, 'labs/stories/uws-chat/server.mjs')
const text =
  'hello my old friends in this lovely room, look what i have found on the way to the market {{random 40}}'

describe('a chat over uWebSockets.js with PostgreSQL', () => {
  it('spends most of its CPU on business logic and the database, not on the transport', async () => {
    const postgres = await startPostgres()
    const server = spawn(process.execPath, [chat, '--database', postgres.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string]
      const port = /listening on (\d+)/.exec(line)![1]!
      const { run, progress } = await plimsoll([
        `ws://127.0.0.1:${port}/`,
        ...['-c', '20', '-r', '2000/s', '-d', '7s', '--warmup', '2s', '--explore'],
        ...['--payload', `{"id":{{id}},"text":"${text}"}`],
      ])
      expect(progress).toContain(`Attaching to the inspector of process ${server.pid}`)
      expect(run.counters.errors.total).toBe(0)
      const { categories, unattributed, hottest } = run.profile!
      const share = (name: string): number => categories[name] ?? 0
      const logicAndDatabase = share('business-logic') + share('database-driver')
      expect(logicAndDatabase).toBeGreaterThan(0.5)
      expect(share('database-driver')).toBeGreaterThan(0.05)
      // The native calls send and publish are all that it has of transport.
      expect(share('transport')).toBeGreaterThan(0.03)
      expect(share('transport')).toBeLessThan(logicAndDatabase)
      // About 0.04: native code without JavaScript on its stack, and inlined code that several functions may be.
      expect(unattributed).toBeLessThan(0.08)
      expect(hottest.map((hot) => hot.function)).toContain('rankText')
    } finally {
      server.kill('SIGKILL')
      await postgres.stop()
    }
  }, 60_000)
})
