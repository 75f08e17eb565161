import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dryRun, renderDryRun } from '../../../src/run/dry-run.js'
import type { LoadOptions } from '../../../src/run/load-options.js'
import { makePlan } from '../../../src/run/make-plan.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-dry-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const ws = 'ws://127.0.0.1:9/chat'
const http = 'http://127.0.0.1:9/a?b=c'

async function dry(what: string, options: LoadOptions = {}, cores = 2) {
  const plan = await makePlan({
    what,
    options: { explore: true, ...options },
    targetCommand: null,
    command: 'plimsoll run',
    cores,
  })
  return await dryRun(plan)
}

function scenario(name: string, fields: string): string {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, `export default { target: '${ws}', slo: ['p99 < 1s'], ${fields} }\n`)
  return path
}

describe('a dry run', () => {
  it('renders the first messages as they would go out, and where', async () => {
    const { messages, messagesDue, reply } = await dry(ws, { rate: '50/s', duration: '4s', connections: '2' })
    expect(messages.map(({ id, connection, bytes }) => [id, connection, bytes])).toEqual([
      [0, 0, 64],
      [1, 1, 64],
      [2, 0, 64],
    ])
    expect(JSON.parse(messages[2]!.text!)).toMatchObject({ id: 2 })
    expect(messagesDue).toBe(200)
    expect(reply).toContain('by JSON field id')
  })

  it('renders whole requests', async () => {
    const { messages, reply } = await dry(http, { payload: '{"n":{{id}}}', header: ['x-test: 1'] })
    expect(messages[1]!.text).toBe(
      'POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:9\r\nUser-Agent: plimsoll\r\nx-test: 1\r\n' +
        'Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{"n":1}',
    )
    expect(reply).toBe('by the protocol')
    const get = await dry(http)
    expect(get.messages[0]!.text).toMatch(/^GET \/a\?b=c HTTP\/1\.1\r\n[\s\S]*\r\n\r\n$/)
  })

  it('calls the functions of a scenario as a run would', async () => {
    const path = scenario(
      'functions',
      'traffic: { payload: ({ seq }) => new Uint8Array([255, seq]), reply: () => null }, load: { rate: 5 }',
    )
    const { messages, reply } = await dry(path)
    expect(messages.map(({ text, hex }) => [text, hex])).toEqual([
      [null, 'ff00'],
      [null, 'ff01'],
      [null, 'ff02'],
    ])
    expect(reply).toBe('by a function of the scenario')
  })

  it.each([
    ['an objective that cannot be read', { slo: ['p99 < 50'] }, /no unit/],
    ['a header that cannot be sent', { header: ['a: b\u0001'] }, /header/i],
  ])('finds %s', async (_, options, message) => {
    await expect(dry(http, options)).rejects.toThrow(message)
  })

  it('finds a payload function that throws', async () => {
    const path = scenario('throws', "traffic: { payload: () => { throw new Error('no user left') } }")
    await expect(dry(path)).rejects.toThrow(/no user left/)
  })

  it('does not run a session', async () => {
    const path = scenario(
      'session',
      "async session() { throw new Error('must not run') }, load: { sessions: { rate: '5/s' } }",
    )
    const shown = await dry(path)
    expect(shown.messages).toEqual([])
    expect(renderDryRun(shown, [], 80)).toContain('sessions begin at 5/s')
  })

  it('splits connections over workers', async () => {
    const { workers } = await dry(ws, { connections: '10', workers: '3' }, 8)
    expect(workers.map(({ connections }) => connections)).toEqual([4, 3, 3])
  })
})

describe('its text', () => {
  it('says all that was decided, within the width', async () => {
    const shown = await dry(
      scenario(
        'text',
        "load: { connections: 7, stages: [{ to: '50/s', over: '5s' }, { at: '50/s', for: '10s' }] }",
      ),
      { explore: false, warmup: 'auto', timeout: '3s', workers: '2' },
      8,
    )
    const text = renderDryRun(shown, ['From the environment: --timeout'], 60)
    for (const part of [
      /^Dry run: /,
      /^Target {7}ws:\/\/127\.0\.0\.1:9\/chat \(WebSocket\)$/m,
      /0\/s to 50\/s over 5 s/,
      /50\/s for 10 s/,
      /until\s+it is steady, at most 15 s/,
      /^Workers {6}2 processes of 3 or 4 connections each$/m,
      /a timeout\s+after 3 s/,
      /^Objectives {3}p99 < 1s$/m,
      /^Options {6}From the environment: --timeout$/m,
      /^ {2}2 {2}64 B on connection 2$/m,
    ])
      expect(text).toMatch(part)
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(60)
  })

  it('lets no control character through', async () => {
    const text = renderDryRun(await dry(ws, { rate: '1/s', payload: 'a\u001b[2Jb\nc' }), [], 80)
    expect(text).not.toContain('\u001b')
    expect(text).toContain('     a·[2Jb\n     c')
  })

  it('cuts a long message short, with all its spaces', async () => {
    const payload = 'a  b '.repeat(2_000)
    const text = renderDryRun(await dry(ws, { rate: '1/s', payload }), [], 80)
    expect(text).toContain('10 KB on connection 0')
    expect(text).toContain('a  b a  b')
    expect(text).toContain('…')
    expect(text.length).toBeLessThan(10_000)
  })
})
