import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, stackTrace, temporaryFolder } from '../support/command.js'

describe('plimsoll run --dry', () => {
  it('opens no connection, starts no target and keeps no run', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const folder = temporaryFolder()
    const started = join(folder, 'started')
    const target = [process.execPath, '-e', `require('fs').writeFileSync('${started}', '')`]
    const url = `ws://127.0.0.1:${port}`
    const slo = ['--slo', 'p99 < 50ms', '--slo', 'errors < 0.1%']
    const { code, out, err } = await command(
      ['run', url, '-r', '100/s', ...slo, '--dry', '--', ...target],
      {},
      folder,
    )
    server.close()
    expect(code).toBe(0)
    expect(out).toContain(`Target       ${url}/ (WebSocket)`)
    expect(out).toContain('started by:')
    expect(out).toMatch(/100\/s over 10 connections/)
    expect(out).toMatch(/^Objectives {3}p99 < 50ms\n {13}errors < 0\.1%$/m)
    expect(out).toMatch(/^ {5}\{"id":0,"data":"x+"\}$/m)
    expect(err).toBe('')
    expect(connections).toBe(0)
    expect(existsSync(started)).toBe(false)
    expect(existsSync(join(folder, '.plimsoll'))).toBe(false)
  })

  it('finds the mistakes that the run would find', async () => {
    const { code, err } = await command(['run', 'ws://127.0.0.1:9', '--dry', '--slo', 'p99 < 50'])
    expect(err).toMatch(/no unit/)
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(2)
    expect((await command(['run', 'ws://127.0.0.1:9', '--dry'])).code).toBe(2)
  })

  it('is JSON with --json', async () => {
    const { out } = await command([
      'run',
      'http://127.0.0.1:9',
      '--dry',
      '--json',
      '--explore',
      '--payload',
      'a={{id}}',
    ])
    const shown = JSON.parse(out) as { plan: { method: string }; messages: Array<{ text: string }> }
    expect(shown.plan.method).toBe('POST')
    expect(shown.messages.map(({ text }) => text.split('\r\n\r\n')[1])).toEqual(['a=0', 'a=1', 'a=2'])
  })
})

describe('where options come from', () => {
  it('is the command line, then the environment, then the configuration file, then the scenario', async () => {
    const folder = temporaryFolder()
    const options = { connections: 3, duration: '3s', rate: '3/s', arrival: 'poisson' }
    writeFileSync(join(folder, 'plimsoll.config.json'), JSON.stringify(options))
    const load = "{ connections: 4, duration: '4s', rate: '4/s', warmup: '4s' }"
    writeFileSync(
      join(folder, 'chat.mjs'),
      `export default { target: 'ws://127.0.0.1:9', slo: ['p99 < 1s'], load: ${load} }\n`,
    )
    const env = { PLIMSOLL_CONNECTIONS: '2', PLIMSOLL_DURATION: '2s' }
    const { out } = await command(['run', 'chat.mjs', '-c', '1', '--dry', '--json'], env, folder)
    const { plan } = JSON.parse(out) as {
      plan: Record<string, unknown> & { rate: Array<{ to: number }>; command: string }
    }
    expect(plan).toMatchObject({
      connections: 1, // the command line
      measuredSeconds: 2, // the environment
      arrival: 'poisson', // the configuration file
      warmup: { method: 'fixed', seconds: 4 }, // the scenario
      timeoutMs: 10_000, // the default
    })
    expect(plan.rate[0]!.to).toBe(3)
    expect(plan.command).toBe(
      'plimsoll run chat.mjs -c 1 --dry --json --rate 3/s --duration 2s --arrival poisson',
    )
    const { out: text } = await command(['run', 'chat.mjs', '--dry'], env, folder)
    expect(text).toContain('From the environment: --connections, --duration')
    expect(text).toContain('From plimsoll.config.json: --rate, --arrival')
  })

  it('is another configuration file with --config, or by its variable', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'plimsoll.config.json'), '{"connections": 3}')
    writeFileSync(join(folder, 'ci.json'), '{"connections": 5, "explore": true}')
    const connections = async (args: string[], env: Record<string, string>): Promise<number> => {
      const { out } = await command(['run', 'ws://127.0.0.1:9', '--dry', '--json', ...args], env, folder)
      return (JSON.parse(out) as { plan: { connections: number } }).plan.connections
    }
    expect(await connections(['--config', 'ci.json'], {})).toBe(5)
    expect(await connections([], { PLIMSOLL_CONFIG: 'ci.json' })).toBe(5)
    expect(await connections(['--explore'], {})).toBe(3)
  })

  it.each([
    ['a variable that is nearly one of ours', { PLIMSOLL_CONECTIONS: '3' }, [], /PLIMSOLL_CONNECTIONS/],
    ['a configuration that is not there', {}, ['--config', 'none.json'], /none\.json/],
  ])('ends with exit 2: %s', async (_, env, args, message) => {
    const { code, err } = await command(['run', 'ws://127.0.0.1:9', '--explore', '--dry', ...args], env)
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })
})
