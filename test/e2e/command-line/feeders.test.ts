import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { command, runJson, stackTrace, temporaryFolder } from '../support/command.js'

/** Bodies of the requests that came, in the order in which they came. */
let bodies: string[]
let server: Server

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      bodies.push(body)
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => server.close())
beforeEach(() => {
  bodies = []
})

/** 50 sessions or messages a second for two seconds, from a folder that is not the scenario's. */
function scenario(head: string, rest: string, data: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(data)) writeFileSync(join(folder, name), content)
  const file = join(folder, 'fed.ts')
  writeFileSync(
    file,
    `import { corpus, csvFeeder, defineScenario, fill, jsonFeeder, jsonPayload, sizes } from 'plimsoll'
void [corpus, csvFeeder, fill, jsonFeeder, jsonPayload, sizes]
${head}
export default defineScenario({
  target: 'http://127.0.0.1:${(server.address() as AddressInfo).port}',
  slo: ['p99 < 30s', 'errors < 90%'],
  ${rest}
})
`,
  )
  return file
}

const sessions = `load: { sessions: { rate: '50/s' }, duration: '2s', warmup: '0s' },
  async session(user) { await user.http.post('/', { json: user.next(rows) }) },`

const csv = (rows: number): string =>
  `n,text\n${Array.from({ length: rows }, (_, n) => `${n},"a ""b""\n${n}"`).join('\n')}\n`

describe('rows for sessions', () => {
  it('are shared by the workers: each of ten rows comes as often', { timeout: 60_000 }, async () => {
    const head = "const rows = csvFeeder(new URL('./rows.csv', import.meta.url))"
    const file = scenario(head, sessions, { 'rows.csv': csv(10) })
    const { run } = await runJson([file, '--workers', '2', '--profile', 'none'])
    expect(run.sessions!.started).toBe(100)
    const counts = new Map<string, number>()
    for (const body of bodies) counts.set(body, (counts.get(body) ?? 0) + 1)
    expect([...counts.keys()].toSorted()).toEqual(
      Array.from({ length: 10 }, (_, n) => JSON.stringify({ n: String(n), text: `a "b"\n${n}` })),
    )
    expect([...counts.values()]).toEqual(Array(10).fill(10))
  })

  it('come once where they are unique, and then the session says so', { timeout: 60_000 }, async () => {
    const head =
      "const rows = jsonFeeder<{ n: number }>(new URL('rows.json', import.meta.url), { order: 'unique' })"
    const data = { 'rows.json': JSON.stringify(Array.from({ length: 30 }, (_, n) => ({ n }))) }
    const { run } = await runJson([scenario(head, sessions, data), '--workers', '2', '--profile', 'none'])
    const numbers = bodies.map((body) => (JSON.parse(body) as { n: number }).n)
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n))
    expect(run.sessions).toMatchObject({ started: 100, completed: 30, failed: 70 })
    expect(JSON.stringify(run.sessions!.errors)).toContain('rows.json has no rows left for this worker')
    expect(JSON.stringify(run.sessions!.errors)).toContain('fed.ts:8:')
  })

  it.each([
    ['no-such.csv', {}, /^plimsoll: Cannot read the data no-such\.csv: ENOENT/],
    [
      'rows.csv',
      { 'rows.csv': 'a,b\n1,2,3\n' },
      /^plimsoll: rows\.csv:2: 3 fields where there are 2 columns\.$/m,
    ],
  ])('a file that cannot be fed keeps the run from starting: %s', async (name, data, message) => {
    const head = `const rows = csvFeeder(new URL('${name}', import.meta.url))`
    const { code, err } = await command(['run', scenario(head, sessions, data)])
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err).not.toMatch(stackTrace)
    expect(bodies).toEqual([])
  })
})

describe('payloads by laws', () => {
  const head = `const texts = corpus(new URL('./texts.txt', import.meta.url))
const payload = jsonPayload({
  id: ({ seq }) => seq,
  key: ({ random }) => random.zipf(1_000_000),
  quote: ({ random }) => texts.pick(random),
  text: fill(sizes.logNormal({ median: '200B', p99: '4KiB', max: '8KiB' })),
})`
  const load = `load: { rate: '50/s', duration: '2s', warmup: '0s', connections: 4 },
  traffic: { method: 'POST', payload },`
  const texts = Array.from({ length: 500 }, (_, n) => `line ${n}`).join('\n')

  it('are the same messages for a seed, with one worker or two', { timeout: 60_000 }, async () => {
    const file = scenario(head, load, { 'texts.txt': texts })
    const byId = async (...options: string[]): Promise<string[]> => {
      bodies = []
      const { run } = await runJson([file, '--profile', 'none', ...options])
      expect(run.counters.due).toBe(100)
      return bodies.toSorted((a, b) => Number(JSON.parse(a).id) - Number(JSON.parse(b).id))
    }
    const one = await byId('--workers', '1')
    expect(one.map((body) => JSON.parse(body).id)).toEqual(Array.from({ length: 100 }, (_, id) => id))
    expect(new Set(one.map((body) => body.length)).size).toBeGreaterThan(50)
    expect(await byId('--workers', '2')).toEqual(one)
  })
})
