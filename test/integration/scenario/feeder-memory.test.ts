import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../labs/lab-process.js'

/** Of 400 bytes each. */
const rows = 500_000
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-feeder-'))
const files = { csv: join(folder, 'rows.csv'), json: join(folder, 'rows.json') }

function writeFile(path: string, head: string, row: (n: number) => string, foot: string): void {
  const file = openSync(path, 'w')
  writeSync(file, head)
  for (let from = 0; from < rows; from += 10_000) {
    writeSync(file, Array.from({ length: 10_000 }, (_, at) => row(from + at)).join(''))
  }
  writeSync(file, foot)
  closeSync(file)
}

beforeAll(() => {
  const csv = (n: number): string =>
    n % 10 === 0 ? `${n},"a ""quote"", and a\n${'b'.repeat(370)}"\n` : `${n},${'c'.repeat(390)}\n`
  writeFile(files.csv, 'n,text\n', csv, '')
  const json = (n: number): string =>
    `${n === 0 ? '' : ',\n'}${JSON.stringify({ n: String(n), text: ']'.repeat(375) })}`
  writeFile(files.json, '[', json, ']\n')
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * Takes rows in a process of its own. Printed: the numbers of the first and last row that was taken, how many there
 * were, and by how many MB the process grew at most.
 */
const program = `
import { csvFeeder, jsonFeeder } from ${JSON.stringify(join(root, 'dist/src/index.js'))}
const [kind, file, order, share, count] = process.argv.slice(1)
const feeder = (kind === 'csv' ? csvFeeder : jsonFeeder)(file, { order })
const before = process.memoryUsage().rss
feeder.begin(JSON.parse(share))
let first, last, taken = 0, ended = null
try {
  for (; taken < Number(count); taken++) {
    last = feeder.next().n
    first ??= last
  }
} catch (error) {
  ended = error.code
}
const grownMb = (process.resourceUsage().maxRSS * 1024 - before) / 1e6
console.log(JSON.stringify({ first, last, taken, ended, grownMb }))
`

interface Outcome {
  readonly first: string
  readonly last: string
  readonly taken: number
  readonly ended: string | null
  readonly grownMb: number
}

function feed(kind: 'csv' | 'json', order: string, share: object, count: number): Outcome {
  const args = [
    '--input-type=module',
    '-e',
    program,
    kind,
    files[kind],
    order,
    JSON.stringify(share),
    String(count),
  ]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Outcome
}

describe.each(['csv', 'json'] as const)('a %s file of 200 MB', (kind) => {
  it('in sequence: from end to end and over it, without being held in memory', () => {
    const { grownMb, ...rest } = feed(kind, 'sequence', { worker: 0, workers: 1, seed: 1 }, rows + 2)
    expect(rest).toEqual({ first: '0', last: '1', taken: rows + 2, ended: null })
    expect(grownMb).toBeLessThan(60)
  })

  it('at random', () => {
    const { grownMb, ...rest } = feed(kind, 'random', { worker: 0, workers: 1, seed: 1 }, 100_000)
    expect(rest).toMatchObject({ taken: 100_000, ended: null })
    expect(rest.first).not.toBe(rest.last)
    expect(grownMb).toBeLessThan(60)
  })

  it('unique: the last worker of four gets its quarter', () => {
    const { grownMb, ...rest } = feed(kind, 'unique', { worker: 3, workers: 4, seed: 1 }, rows)
    expect(rest).toEqual({ first: '3', last: String(rows - 1), taken: rows / 4, ended: 'FEEDER_EXHAUSTED' })
    expect(grownMb).toBeLessThan(60)
  })
})
