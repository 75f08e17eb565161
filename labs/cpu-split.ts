/**
 * A service that knows what it spends its CPU on, and keeps account of it by `process.cpuUsage`.
 *
 * - `GET /work?ms=50` does so many milliseconds of work, then answers with its account since the start.
 * - `GET /` answers with the account: `{"json":{"cpuUs":…,"wallUs":…},"regex":{…},"loop":{…}}`.
 *
 * Truth: 50 % of the CPU goes to `serialize` (JSON.stringify), 30 % to `countLongWords` (a regular expression), 20 %
 * to `checksum` (a loop). It works in slices of 10 ms, always on what lies furthest behind its share.
 *
 * It stands in one file and imports nothing but Node, so that it can be compiled, bundled and minified in any way.
 */
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'

type Kind = 'json' | 'regex' | 'loop'

interface Spent {
  cpuUs: number
  wallUs: number
}

const shares: Readonly<Record<Kind, number>> = { json: 0.5, regex: 0.3, loop: 0.2 }
const kinds = Object.keys(shares) as Kind[]
const sliceUs = 10_000

const account: Record<Kind, Spent> = {
  json: { cpuUs: 0, wallUs: 0 },
  regex: { cpuUs: 0, wallUs: 0 },
  loop: { cpuUs: 0, wallUs: 0 },
}

interface Row {
  readonly id: number
  readonly name: string
  readonly tags: readonly string[]
}

const rows: readonly Row[] = Array.from({ length: 100 }, (_, id) => ({
  id,
  name: `row ${id}`,
  tags: ['red', 'green', 'blue'],
}))
const prose = 'the quick brown fox jumps over the extraordinarily lazy dog '.repeat(30)

function serialize(document: readonly Row[]): number {
  return JSON.stringify(document).length
}

function countLongWords(text: string): number {
  return /^(?:(?:[a-z]+)\s)+[a-z]{20,}$/.test(text) ? 1 : 0
}

function checksum(steps: number): number {
  let sum = 0
  for (let step = 0; step < steps; step++) {
    sum = (sum * 31 + step) % 1_000_003
  }
  return sum
}

const steps: Readonly<Record<Kind, () => number>> = {
  json: () => serialize(rows),
  regex: () => countLongWords(prose),
  loop: () => checksum(10_000),
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function furthestBehind(): Kind {
  const behind = (kind: Kind): number => account[kind].cpuUs / shares[kind]
  return kinds.reduce((first, kind) => (behind(kind) < behind(first) ? kind : first))
}

function workSlice(): void {
  const kind = furthestBehind()
  const step = steps[kind]
  const spent = account[kind]
  const fromUs = cpuUs()
  const fromMs = performance.now()
  let usedUs = 0
  while (usedUs < sliceUs) {
    for (let round = 0; round < 20; round++) step()
    usedUs = cpuUs() - fromUs
  }
  spent.cpuUs += usedUs
  spent.wallUs += (performance.now() - fromMs) * 1_000
}

function work(milliseconds: number, done: () => void): void {
  const endMs = performance.now() + milliseconds
  const next = (): void => {
    workSlice()
    if (performance.now() < endMs) setImmediate(next)
    else done()
  }
  next()
}

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, host: { type: 'string', default: '127.0.0.1' } },
})
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://lab')
  const answer = (): void => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(account))
  }
  if (pathname === '/work') work(Math.min(60_000, Number(searchParams.get('ms') ?? 50) || 0), answer)
  else answer()
})
server.listen(Number(values.port), values.host, () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.stdout.write(`listening on ${address.port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
process.once('SIGINT', () => process.exit(0))
