import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runSchema } from '../../src/report/run-json.js'
import { type RunningProgram, startLab } from '../integration/labs/lab-process.js'
import { type JsonSchema, violations } from './json-schema.js'
import { readText, root } from './markdown.js'

const schema = JSON.parse(readText('schema/run-1.json')) as JsonSchema

let lab: RunningProgram
let folder: string
beforeAll(async () => {
  lab = await startLab('echo')
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-schema-'))
})
afterAll(async () => {
  await lab.stop()
  rmSync(folder, { recursive: true, force: true })
})

function shortRun(...args: string[]): { printed: unknown; kept: unknown } {
  const out = join(folder, 'run')
  const command = [
    'bin/plimsoll.js',
    'run',
    ...args,
    '-d',
    '1s',
    '--warmup',
    '500ms',
    '--quiet',
    '--json',
    '--out',
    out,
  ]
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  expect(stderr).toBe('')
  return { printed: JSON.parse(stdout), kept: JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) }
}

describe('run.json', () => {
  it.each([
    [
      'an open WebSocket run with objectives',
      ['-r', '200', '--slo', 'p99 < 1s', '--slo', 'errors < 1%'],
      'ws',
    ],
    ['a closed HTTP run that explores', ['-c', '3', '--explore'], 'http'],
  ])('of %s fits the published schema', (_, options, scheme) => {
    const { printed, kept } = shortRun(`${scheme}://127.0.0.1:${lab.port}/`, ...options)
    expect(printed).toEqual(kept)
    expect(violations(kept, schema)).toEqual([])
    expect(runSchema.safeParse(kept).error).toBeUndefined()
  })

  it('the check finds what does not fit', () => {
    const run = {
      schema: 'plimsoll.run/2',
      verdict: 'fine',
      metrics: { response: { count: 1.5 } },
      targets: {},
    }
    const found = violations(run, schema)
    expect(found).toContain('id is missing')
    expect(found).toContain('schema is not "plimsoll.run/1"')
    expect(found).toContain('verdict is none of pass, fail, inconclusive, invalid, exploratory')
    expect(found).toContain('metrics.response.count is no integer')
    expect(found).toContain('targets is no array')
  })
})
