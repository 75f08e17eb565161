import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoadOptions } from '../../../src/run/load-options.js'
import { makePlan } from '../../../src/run/make-plan.js'
import type { Plan } from '../../../src/run/plan.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-http-'))
  writeFileSync(join(folder, 'body.bin'), '12345')
})
afterAll(() => rmSync(folder, { recursive: true }))

const http = 'http://127.0.0.1:8080/'
const ws = 'ws://127.0.0.1:8080/'
const plan = (what: string, options: LoadOptions = {}): Promise<Plan> =>
  makePlan({
    what,
    options: { explore: true, ...options },
    targetCommand: null,
    command: 'plimsoll run',
    cores: 2,
  })

function scenario(name: string, fields: string): string {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, `export default { target: '${http}', ${fields} }\n`)
  return path
}

describe('pipelining', () => {
  it('is 1 unless asked for; an option outranks the scenario', async () => {
    expect((await plan(http)).pipelining).toBe(1)
    expect((await plan(http, { pipelining: '8' })).pipelining).toBe(8)
    const file = scenario('deep', 'traffic: { pipelining: 4 }')
    expect((await plan(file)).pipelining).toBe(4)
    expect((await plan(file, { pipelining: '2' })).pipelining).toBe(2)
  })

  it.each(['0', '-1', '1.5', 'many', '1001'])('cannot be %s', async (pipelining) => {
    await expect(plan(http, { pipelining })).rejects.toMatchObject({
      code: 'BAD_VALUE',
      message: `--pipelining takes a whole number from 1 to 1000, not '${pipelining}'.`,
    })
  })

  it('is refused where there is nothing to pipeline', async () => {
    await expect(plan(ws, { pipelining: '2' })).rejects.toMatchObject({ code: 'USAGE' })
    const file = scenario('story', 'async session() {}')
    await expect(plan(file, { pipelining: '2' })).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe('a body from a file', () => {
  it('makes a POST, and is named by its whole path', async () => {
    const path = join(folder, 'body.bin')
    expect(await plan(http, { bodyFile: path })).toMatchObject({
      method: 'POST',
      payload: { kind: 'file', path, bytes: 5 },
    })
    expect((await plan(http, { bodyFile: path, method: 'put' })).method).toBe('PUT')
  })

  it('lies beside its scenario, and options outrank it', async () => {
    const file = scenario('upload', "traffic: { bodyFile: 'body.bin' }")
    expect((await plan(file)).payload).toEqual({ kind: 'file', path: join(folder, 'body.bin'), bytes: 5 })
    expect((await plan(file, { payload: 'x' })).payload).toEqual({ kind: 'text', text: 'x' })
  })

  it.each([
    ['a file that is not there', { bodyFile: '/nowhere/body' }, /Cannot read the body \/nowhere\/body/],
    ['a folder', { bodyFile: tmpdir() }, /is no file/],
    ['a payload beside it', { bodyFile: '/nowhere/body', payload: 'x' }, /both say what is sent/],
  ])('refuses %s', async (_name, options, message) => {
    await expect(plan(http, options)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(message),
    })
  })

  it('is refused for WebSockets and sessions', async () => {
    const bodyFile = join(folder, 'body.bin')
    await expect(plan(ws, { bodyFile })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(plan(scenario('tale', 'async session() {}'), { bodyFile })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})

describe('a scenario', () => {
  it.each([
    ['both', "traffic: { payload: 'x', bodyFile: 'body.bin' }", /give either payload or bodyFile/],
    ['depth', 'traffic: { pipelining: 0 }', /traffic\.pipelining/],
    ['asleep', "traffic: { bodyFile: 'body.bin' }, async session() {}", /leave traffic\.bodyFile/],
  ])('is told what does not fit: %s', async (name, fields, message) => {
    await expect(plan(scenario(name, fields))).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: expect.stringMatching(message),
    })
  })
})
