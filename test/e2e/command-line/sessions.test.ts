import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import { command, runJson, temporaryFolder } from '../support/command.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 90%', '--profile', 'none']
let shop: RunningProgram
let web: string

beforeAll(async () => {
  shop = await startLab('shop')
  web = `http://127.0.0.1:${shop.port}`
})
afterAll(async () => {
  await shop.stop()
})

/** Writes a scenario whose session is `story`, and returns its path. */
function scenario(story: string, load: string, target = web, more = ''): string {
  const file = join(temporaryFolder(), 'story.ts')
  writeFileSync(
    file,
    `import { defineScenario, MessageError } from 'plimsoll'
export default defineScenario({
  target: '${target}',
  load: { warmup: '0s', duration: '2s', sessions: ${load} },
  ${more}
  async session(user) {
${story}
  },
})
void MessageError
`,
  )
  return file
}

describe('a story of HTTP and WebSocket', () => {
  it('is told by the numbers: sessions, groups, measures, checks', { timeout: 60_000 }, async () => {
    process.env.SHOP_URL = web
    const { run, code } = await runJson([
      join(root, 'examples/shop.ts'),
      '-d',
      '4s',
      '--warmup',
      '500ms',
      '--profile',
      'none',
      '--slo',
      'session.p50 > 2s',
      '--slo',
      'cart.p50 >= 20ms',
      '--slo',
      'errors < 1%',
    ])
    // Beside other work the machine may make the generator late: then the run says so.
    if (run.verdict !== 'invalid') expect([run.verdict, code]).toEqual(['pass', 0])
    const { sessions } = run
    // 20 a second for 4 s; those that came in the last two and a half seconds were still there at the end.
    expect(sessions!.started).toBe(80)
    expect(sessions!.completed + sessions!.unfinished).toBe(80)
    expect(sessions!.completed).toBeGreaterThan(20)
    expect(sessions).toMatchObject({ failed: 0, posted: 0, errors: [] })
    expect(run.load).toMatchObject({
      model: 'open',
      offeredRate: 20,
      dispatchedRate: 20,
      reply: 'session',
      sessions: { users: null, iterations: null },
    })
    expect(Object.keys(run.groups).sort()).toEqual(['cart', 'items', 'login'])
    expect(run.groups.login!.errors).toBe(0)
    expect(run.groups.cart!.response.p50).toBeGreaterThanOrEqual(20)
    expect(run.measures['first look']!.count).toBeGreaterThan(50)
    expect(run.checks!['the shop has items']!.failed).toBe(0)
    expect(run.checks!['the shop has items']!.passed).toBeGreaterThan(50)
    // Two seconds of turns at 5/s, and the waits around them.
    expect(run.metrics.session!.p50).toBeGreaterThan(2_000)
    expect(run.metrics.ttfb!.count).toBeGreaterThan(100)
    expect(run.counters.errors.total).toBe(0)
    expect(run.counters.due).toBe(run.counters.received)
  })
})

describe('users that begin again', () => {
  it.each([1, 2])(
    'share the iterations exactly over %d workers, and the run ends with the last',
    {
      timeout: 30_000,
    },
    async (workers) => {
      const file = scenario(
        `    await user.http.post('/cart', { json: { item: 'tea' } })
    await user.http.post('/login', { json: { name: 'x' }, name: 'login' })`,
        '{ users: 7, iterations: 45 }',
      )
      const startedMs = performance.now()
      const { run } = await runJson([file, '-d', '20s', '--workers', String(workers), ...loose])
      expect(performance.now() - startedMs).toBeLessThan(15_000)
      expect(run.sessions).toMatchObject({ started: 45, completed: 45, failed: 0, unfinished: 0 })
      expect(run.load).toMatchObject({ model: 'closed', sessions: { users: 7, iterations: 45 } })
      expect(run.groups.login!.response.count).toBe(45)
      // The first request has no cookie yet: a status from 400 on is an error, and no exception.
      expect(run.counters.errors.byKind).toEqual({ 'http-401': 45 })
      expect(run.counters.due).toBe(90)
    },
  )
})

describe('what goes wrong in a session', () => {
  it('is its own error, with its place in the TypeScript source', { timeout: 30_000 }, async () => {
    const file = scenario(
      `    await user.http.post('/login', { json: { name: 'x' } })
    const basket = undefined as unknown as { total: number }
    if (user.id % 2 === 0) user.check('cheap', basket.total < 3)`,
      "{ rate: '10/s' }",
    )
    const { run, code } = await runJson([file, ...loose])
    expect(run.sessions).toMatchObject({ started: 20, completed: 10, failed: 10 })
    expect(run.counters.errors.byKind).toEqual({ 'session-error': 10 })
    expect(run.sessions!.errors).toEqual([
      { error: expect.stringMatching(/^TypeError: .*total.* \(story.ts:9:\d+\)$/), count: 10 },
    ])
    expect(code).toBe(0)
  })

  it('does not end the run when nobody awaits it, or a listener throws', { timeout: 30_000 }, async () => {
    const file = scenario(
      `    void Promise.reject(new Error('nobody listens'))
    const login = await user.http.post('/login', { json: { name: 'x' } }).json<{ token: string }>()
    const socket = await user.websocket('/live', { headers: { authorization: login.token } })
    socket.on('message', () => { throw new Error('listener') })
    await socket.request({ type: 'look' })
    await user.http.post('/cart', { json: { item: 'tea' } })
    await user.think('100ms')`,
      "{ rate: '10/s' }",
    )
    const { run } = await runJson([file, ...loose])
    const errors = run.sessions!.errors.map(({ error }) => error.replace(/\d+:\d+/, 'L:C')).sort()
    expect(errors).toEqual(['Error: listener (story.ts:L:C)', 'Error: nobody listens (story.ts:L:C)'])
    expect(run.sessions!.failed).toBe(20)
    expect(run.generator.workers.every(({ alive }) => alive)).toBe(true)
  })

  it('that never ends is left behind at the end of the run', { timeout: 30_000 }, async () => {
    const file = scenario(`    await new Promise(() => {})`, "{ rate: '10/s' }")
    const startedMs = performance.now()
    const { run } = await runJson([file, '--timeout', '3s', ...loose])
    expect(performance.now() - startedMs).toBeLessThan(12_000)
    expect(run.sessions).toMatchObject({ started: 20, completed: 0, failed: 0 })
  })

  it('at the target costs the message, once, and can be caught', { timeout: 30_000 }, async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const file = scenario(
      `    try {
      await user.http.get('/', { timeout: '200ms' })
    } catch (error) {
      user.check('told by kind', error instanceof MessageError && error.kind === 'timeout')
      if (user.id % 2 === 0) throw error
    }`,
      "{ rate: '10/s' }",
      `http://127.0.0.1:${port}`,
    )
    const { run } = await runJson([file, ...loose])
    silent.closeAllConnections()
    silent.close()
    expect(run.counters.errors.byKind).toEqual({ timeout: 20 })
    expect(run.sessions).toMatchObject({ completed: 10, failed: 10, errors: [] })
    expect(run.checks).toEqual({ 'told by kind': { passed: 20, failed: 0 } })
    expect(run.metrics.response!.censored).toBe(20)
  })

  it('refuses what a session has no use for', async () => {
    const file = scenario('', '{ users: 1 }')
    const { code, err } = await command(['run', file, '--payload', 'x', '--explore'])
    expect(code).toBe(2)
    expect(err).toMatch(/--payload has no effect/)
  })
})

describe('turns at a pace', () => {
  it('count from their own time, and those that never came are told', { timeout: 30_000 }, async () => {
    const slow = createServer((_, response) => void setTimeout(() => response.end('ok'), 510))
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const { port } = slow.address() as { port: number }
    const file = scenario(
      `    for await (const _ of user.paced('10/s')) await user.http.get('/')`,
      '{ users: 1 }',
      `http://127.0.0.1:${port}`,
    )
    const { run } = await runJson([file, ...loose])
    slow.closeAllConnections()
    slow.close()
    // Turn k is due at k × 100 ms and, one after the other, sent at k × 510 ms: 4 are sent in 2 s, also on a busy machine.
    expect(run.counters.due).toBe(20)
    expect(run.counters.received).toBe(4)
    expect(run.counters.errors.byKind).toEqual({ 'turn-missed': 16 })
    expect(run.metrics.response!.max).toBeGreaterThanOrEqual(10_000)
    expect(run.metrics.wait!.max).toBeGreaterThanOrEqual(1_000)
    expect(run.metrics.slip!.p99).toBeLessThan(100)
  })
})
