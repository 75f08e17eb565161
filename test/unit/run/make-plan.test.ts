import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoadOptions } from '../../../src/run/load-options.js'
import { makePlan } from '../../../src/run/make-plan.js'
import type { Plan } from '../../../src/run/plan.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-plan-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ws = 'ws://127.0.0.1:8080/chat'
const plan = (
  what: string,
  options: LoadOptions = {},
  rest: { cores?: number; name?: string } = {},
): Promise<Plan> =>
  makePlan({
    what,
    options: { explore: true, ...options },
    targetCommand: null,
    command: 'plimsoll run',
    cores: 4,
    ...rest,
  })

function scenario(name: string, fields: string): string {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, `export default { target: '${ws}', slo: ['p99 < 1s'], ${fields} }\n`)
  return path
}

describe('the defaults', () => {
  it('are those of the documentation', async () => {
    expect(await plan(ws)).toMatchObject({
      name: '127.0.0.1-8080',
      target: ws,
      protocol: 'websocket',
      model: 'closed',
      rate: null,
      connections: 10,
      workers: 3,
      warmup: { method: 'fixed', seconds: 5 },
      measuredSeconds: 10,
      profile: 'after',
      pprof: null,
      syscalls: false,
      connectRate: 2_000,
      reconnect: false,
      timeoutMs: 10_000,
      maxMessageBytes: 67_108_864,
      maxOutstanding: 1_000_000,
      method: 'GET',
      payload: { kind: 'default' },
      reply: 'auto',
      observe: 'auto',
      pacing: 'auto',
      scenarioModule: null,
    })
  })

  it('leave HTTP without a payload, and matched by the protocol', async () => {
    expect(await plan('http://127.0.0.1')).toMatchObject({
      protocol: 'http1',
      method: 'GET',
      payload: { kind: 'none' },
      reply: 'protocol',
    })
  })

  it('never start more workers than connections, nor none', async () => {
    expect((await plan(ws, { connections: '2' })).workers).toBe(2)
    expect((await plan(ws, {}, { cores: 1 })).workers).toBe(1)
    expect((await plan(ws, { workers: '6' })).workers).toBe(6)
  })
})

describe('options', () => {
  it('are read with their units', async () => {
    const options = {
      connections: '1_000',
      rate: '5k/s',
      duration: '1m30s',
      warmup: '500ms',
      timeout: '2s',
      connectRate: '120/m',
      maxOutstanding: '50',
      seed: '0',
      arrival: 'poisson',
      header: ['a: 1', 'b:  two: three '],
      observe: '4711',
    }
    expect(await plan(ws, options)).toMatchObject({
      connections: 1_000,
      model: 'open',
      rate: [{ from: 5_000, to: 5_000, seconds: 90 }],
      measuredSeconds: 90,
      warmup: { method: 'fixed', seconds: 0.5 },
      timeoutMs: 2_000,
      connectRate: 2,
      maxOutstanding: 50,
      seed: 0,
      arrival: 'poisson',
      headers: [
        ['a', '1'],
        ['b', 'two: three'],
      ],
      observe: 4_711,
    })
  })

  it('look for the steady state no longer than the window lasts, nor than 20 s', async () => {
    expect((await plan(ws, { warmup: 'auto', duration: '8s' })).warmup).toEqual({
      method: 'auto',
      capSeconds: 8,
    })
    expect((await plan(ws, { warmup: 'auto', duration: '2m' })).warmup).toEqual({
      method: 'auto',
      capSeconds: 20,
    })
  })

  it('make a POST of a payload, and a payload of a POST', async () => {
    const http = 'http://127.0.0.1'
    expect(await plan(http, { payload: 'x' })).toMatchObject({
      method: 'POST',
      payload: { kind: 'text', text: 'x' },
    })
    expect(await plan(http, { method: 'post' })).toMatchObject({
      method: 'POST',
      payload: { kind: 'default' },
    })
    expect(await plan(http, { method: 'DELETE' })).toMatchObject({
      method: 'DELETE',
      payload: { kind: 'none' },
    })
    expect(await plan(http, { method: 'PATCH', payload: 'x' })).toMatchObject({ method: 'PATCH' })
  })

  it('read a payload file as text where it is text, else as bytes', async () => {
    const text = join(folder, 'text')
    const bytes = join(folder, 'bytes')
    writeFileSync(text, '{"id":{{id}},"ö":1}')
    writeFileSync(bytes, Buffer.from([0xff, 0x00]))
    expect((await plan(ws, { payload: `@${text}` })).payload).toEqual({
      kind: 'text',
      text: '{"id":{{id}},"ö":1}',
    })
    expect((await plan(ws, { payload: `@${bytes}` })).payload).toEqual({ kind: 'bytes', base64: '/wA=' })
  })

  it.each<[keyof LoadOptions, string]>([
    ['rate', '0'],
    ['connectRate', '0'],
    ['timeout', '0s'],
    ['duration', '0ms'],
    ['connections', '0'],
    ['workers', '0'],
    ['maxOutstanding', '0'],
    ['seed', '-1'],
    ['connections', '1.5'],
    ['connections', ''],
    ['rate', '-5'],
  ])('%s cannot be %j', async (option, value) => {
    await expect(plan(ws, { [option]: value })).rejects.toMatchObject({ code: 'BAD_VALUE', exitCode: 2 })
  })

  it('need an objective or --explore', async () => {
    await expect(plan(ws, { explore: false })).rejects.toMatchObject({ code: 'NO_OBJECTIVE' })
    expect(await plan(ws, { explore: false, slo: ['p99 < 1s'] })).toMatchObject({ explore: false })
  })

  it('refuse an option that the protocol has no use for', async () => {
    const refused = { code: 'USAGE', exitCode: 2 }
    await expect(plan(ws, { method: 'POST' })).rejects.toMatchObject(refused)
    await expect(plan('http://127.0.0.1', { subprotocol: ['chat'] })).rejects.toMatchObject(refused)
  })

  it('need a command behind --', async () => {
    const request = { what: ws, options: { explore: true }, command: '', cores: 2 }
    await expect(makePlan({ ...request, targetCommand: [] })).rejects.toMatchObject({ code: 'USAGE' })
    expect((await makePlan({ ...request, targetCommand: ['node'] })).targetCommand).toEqual(['node'])
  })

  it('are plain data that cannot be changed', async () => {
    const made = await plan(ws, { rate: '5' })
    expect(Object.isFrozen(made)).toBe(true)
    expect(structuredClone(made)).toEqual(made)
  })
})

describe('a scenario', () => {
  it('gives the load, and options outrank it', async () => {
    const path = scenario(
      'chat',
      "load: { connections: 7, rate: '30/s', duration: '4s', warmup: '1s', seed: 9 }",
    )
    expect(await plan(path)).toMatchObject({
      name: 'chat',
      objectives: ['p99 < 1s'],
      connections: 7,
      rate: [{ from: 30, to: 30, seconds: 4 }],
      seed: 9,
    })
    expect(
      await plan(path, { connections: '3', rate: '5', slo: ['p50 < 2s'] }, { name: 'mine' }),
    ).toMatchObject({
      name: 'mine',
      objectives: ['p50 < 2s'],
      connections: 3,
      rate: [{ from: 5, to: 5, seconds: 4 }],
    })
  })

  it('ramps from stage to stage, and lasts as long as they do', async () => {
    const stages = "[{ to: '60/m', over: '2s' }, { at: 5, for: '3s' }, { to: 0, over: '1s' }]"
    const made = await plan(scenario('ramp', `load: { stages: ${stages.replace('to: 0', "to: '0'")} }`))
    expect(made.measuredSeconds).toBe(6)
    expect(made.rate).toEqual([
      { from: 0, to: 1, seconds: 2 },
      { from: 5, to: 5, seconds: 3 },
      { from: 5, to: 0, seconds: 1 },
    ])
  })

  it('with stages that never send is refused', async () => {
    const path = scenario('silent', "load: { stages: [{ at: '0', for: '3s' }] }")
    await expect(plan(path)).rejects.toThrow('The rate of at least one stage must be above 0.')
  })

  it('gives its module to the workers only where they need a function of it', async () => {
    expect((await plan(scenario('plain', "traffic: { payload: 'x' }"))).scenarioModule).toBeNull()
    const scripted = await plan(scenario('scripted', 'traffic: { payload: () => "x" }'))
    expect(scripted).toMatchObject({ payload: { kind: 'script' }, reply: 'auto' })
    expect(scripted.scenarioModule).toMatch(/scripted\.mjs$/)
    const matched = await plan(scenario('matched', 'traffic: { reply: () => 1 }'))
    expect(matched).toMatchObject({ payload: { kind: 'default' }, reply: 'function' })
    expect(matched.scenarioModule).not.toBeNull()
    expect(
      (await plan(scenario('outranked', 'traffic: { payload: () => "x" }'), { payload: 'y' })).scenarioModule,
    ).toBeNull()
  })
})

describe('the load of sessions', () => {
  const session = 'async session() {}'

  it('is that of the scenario: at a rate, at random, in stages, or by users', async () => {
    const rate = await plan(
      scenario('rate', `${session}, load: { arrival: 'poisson', sessions: { rate: '5/s' } }`),
    )
    expect(rate).toMatchObject({
      model: 'open',
      arrival: 'poisson',
      reply: 'session',
      rate: [{ from: 5, to: 5, seconds: 10 }],
      sessions: { users: null, iterations: null },
      payload: { kind: 'none' },
    })
    expect(rate.scenarioModule).not.toBeNull()
    const stages = "sessions: { stages: [{ to: '10/s', over: '2s' }, { at: '10/s', for: '3s' }] }"
    expect(await plan(scenario('stages', `${session}, load: { ${stages} }`))).toMatchObject({
      model: 'open',
      measuredSeconds: 5,
      rate: [
        { from: 0, to: 10, seconds: 2 },
        { from: 10, to: 10, seconds: 3 },
      ],
    })
    expect(
      await plan(scenario('users', `${session}, load: { sessions: { users: 7, iterations: 40 } }`)),
    ).toMatchObject({ model: 'closed', rate: null, connections: 7, sessions: { users: 7, iterations: 40 } })
    expect(await plan(scenario('neither', session))).toMatchObject({
      model: 'closed',
      sessions: { users: 10 },
    })
  })

  it('is that of the options before', async () => {
    const open = scenario('open', `${session}, load: { sessions: { rate: '5/s' } }`)
    expect(await plan(open, { rate: '9/s' })).toMatchObject({ rate: [{ from: 9, to: 9 }] })
    expect(await plan(open, { connections: '3' })).toMatchObject({
      model: 'closed',
      rate: null,
      sessions: { users: 3, iterations: null },
    })
    const closed = scenario('closed', `${session}, load: { sessions: { users: 2 } }`)
    expect(await plan(closed, { rate: '4/s' })).toMatchObject({ model: 'open', sessions: { users: null } })
  })

  it.each(['payload', 'reply', 'method'] as const)('has no use for --%s', async (option) => {
    await expect(plan(scenario('story', session), { [option]: 'x' })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it.each([
    ["load: { rate: '5/s' }", 'under load.sessions'],
    ["load: { sessions: { rate: '5/s', users: 3 } }", 'one of rate, stages and users'],
    ["load: { sessions: { rate: '5/s', iterations: 3 } }", 'iterations belong to users'],
    ["traffic: { payload: 'x' }", 'leave traffic.payload'],
    ['load: { sessions: { user: 3 } }', "did you mean 'users'"],
  ])('cannot be %s', async (fields, why) => {
    await expect(plan(scenario('wrong', `${session}, ${fields}`))).rejects.toThrow(why)
  })

  it('needs a session', async () => {
    const file = scenario('none', 'load: { sessions: { users: 3 } }')
    await expect(plan(file)).rejects.toThrow('needs a session function')
  })
})
