import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { brief, command, runJson, temporaryFolder } from '../support/command.js'

let server: WebSocketServer | null = null
afterEach(() => {
  for (const client of server?.clients ?? []) client.terminate()
  server?.close()
  server = null
})

async function echo(perMessageDeflate: boolean): Promise<{ url: string; extensions: string[] }> {
  const extensions: string[] = []
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate })
  server.on('connection', (socket) => {
    extensions.push(socket.extensions)
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  await once(server, 'listening')
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, extensions }
}

/** A scenario of this URL; returns its path. */
function scenario(url: string, fields: string): string {
  const path = join(temporaryFolder(), 'compressed.mjs')
  writeFileSync(path, `export default { target: '${url}', ${fields} }\n`)
  return path
}

const load = ['-c', '4', '-r', '100/s', ...brief, '--slo', 'p99 < 30s', '--slo', 'errors < 0.1%']

describe('plimsoll run with compression', () => {
  it('compresses both ways, by the option or by the scenario', { timeout: 60_000 }, async () => {
    const { url, extensions } = await echo(true)
    const plain = await runJson([url, ...load])
    expect(plain.run.counters).not.toHaveProperty('compressed')
    for (const what of [[url, '--compression'], [scenario(url, 'traffic: { compression: true }')]]) {
      const { run, code } = await runJson([...what, ...load])
      expect([code, run.counters.errors.total, run.counters.compressed]).toEqual([0, 0, 4])
      expect(run.counters.received).toBe(plain.run.counters.received)
      // Bytes of the wire: 64 a message without.
      expect(run.counters.bytesSent).toBeLessThan(plain.run.counters.bytesSent / 2)
      expect(run.counters.bytesReceived).toBeLessThan(plain.run.counters.bytesReceived / 2)
    }
    expect(extensions.filter((chosen) => chosen.startsWith('permessage-deflate'))).toHaveLength(8)
  })

  it('says where the server does not take it', { timeout: 60_000 }, async () => {
    const { url } = await echo(false)
    const { run, code } = await runJson([url, '--compression', ...load])
    expect([code, run.counters.compressed]).toEqual([0, 0])
    expect(run.counters.bytesSent / run.counters.sent).toBeGreaterThan(64)
    const { out } = await command(['run', url, '--compression', ...load])
    expect(out).toMatch(/Deflate +offered, and taken by the server on no connection/)
  })

  it('belongs to each socket of a session', { timeout: 60_000 }, async () => {
    const { url, extensions } = await echo(true)
    const session = `async session(user) {
      const one = await user.websocket('', { compression: true })
      const two = await user.websocket('')
      for (let turn = 0; turn < 5; turn++) {
        await one.request({ text: 'the same text again and again' })
        await two.request({ text: 'the same text again and again' })
      }
    }`
    const file = scenario(url, `load: { sessions: { users: 1, iterations: 3 } }, ${session}`)
    const { run } = await runJson([file, ...brief, '-d', '5s', '--slo', 'errors < 0.1%'])
    expect(run.counters).toMatchObject({ errors: { total: 0 }, sent: 30, compressed: 3 })
    expect(extensions.toSorted()).toEqual(['', '', '', ...Array(3).fill('permessage-deflate')])
  })

  it('is refused for HTTP', async () => {
    const { code, err } = await command(['run', 'http://127.0.0.1:1/', '--compression', '--explore'])
    expect(code).toBe(2)
    expect(err).toContain('--compression is for WebSockets')
  })
})
