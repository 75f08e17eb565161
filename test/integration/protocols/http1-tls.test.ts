import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FixedPayload } from '../../../src/scenario/payload.js'
import { listen } from './http-servers.js'
import { driveOpen } from './http1-probe.js'
import { type Answer, createUser } from './http1-session-probe.js'
import { Certificates, pems } from './tls-peers.js'

const certificates = new Certificates()
afterAll(() => certificates.remove())

const large = Buffer.from(Array.from({ length: 900_001 }, (_, at) => (at * 11) % 251))
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Answers each request with the digest of its body, the moment that it is there. */
const digester = (): Server =>
  createServer(pems(certificates.local), (request, response) => {
    const hash = createHash('sha256')
    request.on('data', (data: Buffer) => hash.update(data))
    request.on('end', () => response.end(hash.digest('hex')))
  })

describe('HTTP under TLS', () => {
  it.each([
    ['short payloads', { payload: new FixedPayload('{"n":1}') }],
    ['payloads of many records', { payload: new FixedPayload(large) }],
    ['bodies from a file', { bodyFile: join(certificates.folder, 'body') }],
    ['short payloads, pipelined', { payload: new FixedPayload('{"n":1}'), pipelining: 8 }],
    ['payloads of many records, pipelined', { payload: new FixedPayload(large), pipelining: 3 }],
    ['bodies from a file, pipelined', { bodyFile: join(certificates.folder, 'body'), pipelining: 3 }],
  ])('%s: the connection stays, and all are answered', async (_name, setting) => {
    writeFileSync(join(certificates.folder, 'body'), large)
    const { driver, journal } = await driveOpen(await listen(digester()), {
      scheme: 'https',
      method: 'POST',
      tls: certificates.settings(),
      ...setting,
    })
    const total = 24
    let sent = 0
    const fill = (): void => {
      while (sent < total && driver.canSend(0)) driver.send(0, sent++)
    }
    journal.react = (event) => {
      if (/^(writable|message)/.test(event)) fill()
    }
    fill()
    await journal.seen('message 0 null', total)
    expect(journal.events.filter((event) => event.startsWith('closed'))).toEqual([])
  })

  it('sessions: whole bodies there and back, on connections that stay', async () => {
    const port = await listen(digester())
    const { ask, journal } = createUser(port, { tls: certificates.settings() })
    const path = `https://127.0.0.1:${port}/`
    const bodies = ['', 'short', large]
    for (const body of [...bodies, ...bodies]) {
      const { body: answer } = (await ask({ path, method: 'POST', body })) as Answer
      expect(answer.toString()).toBe(digest(Buffer.from(body as string)))
    }
    const ends = await Promise.all(Array.from({ length: 20 }, () => ask({ path })))
    expect(ends.every((end) => typeof end !== 'string')).toBe(true)
    expect(journal.lost).toEqual([])
    expect(journal.phases).toHaveLength(6)
    expect(journal.phases.every(({ tls }) => tls > 0)).toBe(true)
  })

  it('sessions: a server that is not trusted', async () => {
    const port = await listen(digester())
    const { ask, journal } = createUser(port)
    expect(await ask({ path: `https://127.0.0.1:${port}/` })).toMatch(/^tls-/)
    expect(journal.failed).toHaveLength(1)
  })
})
