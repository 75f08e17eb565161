import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { labCertificates, makeAuthority } from '../../../labs/support/certificates.js'
import { planTls, readTls, type TlsRequest } from '../../../src/run/tls-plan.js'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tls-plan-'))
afterAll(() => rmSync(folder, { recursive: true }))
const { ca, client } = labCertificates(folder)
const other = makeAuthority(folder, 'other')

const plan = (request: Partial<Omit<TlsRequest, 'target'>> & { target?: string }) =>
  planTls({
    options: {},
    scenario: undefined,
    scenarioFolder: folder,
    onlyTarget: true,
    ...request,
    target: new URL(request.target ?? 'wss://localhost'),
  })

const fileWith = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('planTls', () => {
  it('trusts what Node trusts where nothing is said', async () => {
    expect(await plan({})).toEqual({
      ca: null,
      cert: null,
      key: null,
      servername: null,
      insecure: false,
      resume: true,
    })
  })

  it('is null for plain TCP', async () => {
    expect(await plan({ target: 'ws://localhost' })).toBeNull()
    expect(await plan({ target: 'ws://localhost', options: { insecure: false } })).toBeNull()
  })

  it('takes paths of options from the current folder, and those of the scenario from its own', async () => {
    const options = { ca: relative(process.cwd(), ca.cert) }
    const scenario = { cert: 'client.pem', key: './client.key', servername: 'api.test', resume: false }
    expect(await plan({ options, scenario })).toEqual({
      ca: ca.cert,
      cert: client.cert,
      key: client.key,
      servername: 'api.test',
      insecure: false,
      resume: false,
    })
  })

  it('lets options outrank the scenario, a certificate with its key', async () => {
    const both = fileWith('both.pem', readFileSync(client.key, 'utf8') + readFileSync(client.cert, 'utf8'))
    const planned = await plan({
      options: { insecure: true, ca: ca.cert, cert: both, servername: 'b.test' },
      scenario: { ca: 'other.pem', cert: 'other.pem', key: 'other.key', servername: 'a.test' },
    })
    expect(planned).toMatchObject({
      ca: ca.cert,
      cert: both,
      key: both,
      servername: 'b.test',
      insecure: true,
    })
  })

  it('holds no secret; the files are read where they are used', async () => {
    const planned = await plan({ options: { ca: ca.cert, cert: client.cert, key: client.key } })
    expect(JSON.stringify(planned)).not.toContain('PRIVATE')
    expect(await readTls(planned!)).toMatchObject({
      ca: readFileSync(ca.cert, 'utf8'),
      key: readFileSync(client.key, 'utf8'),
    })
  })

  it('takes back by an option what the scenario allows', async () => {
    const planned = await plan({ options: { insecure: false }, scenario: { insecure: true } })
    expect(planned?.insecure).toBe(false)
  })

  it('serves sessions with a plain target, which may connect elsewhere', async () => {
    const planned = await plan({ target: 'http://localhost', options: { insecure: true }, onlyTarget: false })
    expect(planned?.insecure).toBe(true)
    expect(await plan({ target: 'http://localhost', scenario: { insecure: true } })).not.toBeNull()
  })
})

describe('what is refused before the run begins', () => {
  const secret = join(folder, 'locked.key')
  execFileSync('openssl', ['ec', '-in', client.key, '-aes256', '-passout', 'pass:x', '-out', secret], {
    stdio: 'pipe',
  })

  it.each([
    [{ ca: join(folder, 'nowhere.pem') }, /^Cannot read .*nowhere\.pem/],
    [{ ca: client.key }, /holds no certificate/],
    [
      { ca: fileWith('bad.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n') },
      /bad\.pem cannot be read/,
    ],
    [{ cert: client.cert, key: other.key }, /other\.key does not belong to the certificate .*client\.pem/],
    [{ cert: client.cert }, /client\.pem holds no private key/],
    [{ cert: client.cert, key: ca.cert }, /ca\.pem holds no private key/],
    [{ cert: client.cert, key: secret }, /locked\.key cannot be read: it is encrypted/],
  ])('%j', async (options, message) => {
    await expect(plan({ options })).rejects.toMatchObject({
      code: 'TLS_FILE_UNUSABLE',
      message: expect.stringMatching(message),
    })
  })

  it('a key alone', async () => {
    await expect(plan({ options: { key: client.key } })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it.each(['', '127.0.0.1', '::1'])('the server name “%s”', async (servername) => {
    await expect(plan({ options: { servername } })).rejects.toMatchObject({ code: 'BAD_VALUE' })
  })

  it.each([{ insecure: true }, { ca: ca.cert }, { servername: 'a.test' }])(
    '%j for a target without TLS',
    async (options) => {
      await expect(plan({ options, target: 'ws://localhost' })).rejects.toMatchObject({
        code: 'USAGE',
        message: `--${Object.keys(options)[0]} is for TLS, and ws:// has none.`,
      })
    },
  )
})
