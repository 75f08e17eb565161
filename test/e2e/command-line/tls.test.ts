import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LabCertificates, labCertificates } from '../../../labs/support/certificates.js'
import { freePort } from '../../../src/target/free-port.js'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import { brief, command, readFolder, runJson, temporaryFolder } from '../support/command.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 1%', '--slo', 'tls.p99 < 20s']
const load = ['-c', '6', '-r', '60/s', ...brief, ...loose]

const folder = temporaryFolder()
let certificates: LabCertificates
let echo: RunningProgram
let strict: RunningProgram

beforeAll(async () => {
  certificates = labCertificates(folder)
  echo = await startLab('echo', '--tls', folder)
  strict = await startLab('echo', '--tls', folder, '--client-certificate')
})
afterAll(async () => {
  await Promise.all([echo.stop(), strict.stop()])
})

describe('plimsoll run over TLS', () => {
  it.each(['wss', 'https'])(
    '%s with --ca passes and measures the handshakes',
    { timeout: 30_000 },
    async (scheme) => {
      const { run, code } = await runJson([
        `${scheme}://127.0.0.1:${echo.port}/`,
        ...load,
        ...['--ca', certificates.ca.cert, '--workers', '1', '--connect-rate', '20'],
      ])
      expect([run.verdict, code]).toEqual(['pass', 0])
      expect(run.counters).toMatchObject({
        connectionsOpened: 6,
        due: 60,
        received: 60,
        errors: { total: 0 },
      })
      expect(run.metrics.tls).toMatchObject({ unit: 'ms', count: 6 })
      expect(run.metrics.tls!.min).toBeGreaterThan(0)
      expect(run.metrics.tls!.max).toBeLessThan(run.metrics.connect!.max)
      // At 20 connections a second, the first has its ticket before the second begins.
      expect(run.counters.tlsResumed).toBe(5)
      expect(run.slo[2]).toMatchObject({ metric: 'tls', ok: true })
      expect(run.settings.tls).toMatchObject({ ca: certificates.ca.cert, insecure: false })
    },
  )

  it('without --ca is unreachable, and says what to do', { timeout: 30_000 }, async () => {
    const { run, code, err } = await runJson([`wss://127.0.0.1:${echo.port}/`, ...load])
    expect(run.counters.errors.byKind).toEqual({ 'tls-untrusted': 6 })
    expect(run.metrics.tls!.count).toBe(0)
    expect(err).toMatch(/tls-untrusted/)
    expect(err).toMatch(/--ca/)
    expect(code).toBe(3)
  })

  it('with --insecure takes any certificate', { timeout: 30_000 }, async () => {
    const { run, code } = await runJson([`https://localhost:${echo.port}/`, ...load, '--insecure'])
    expect([run.verdict, code]).toEqual(['pass', 0])
    expect(run.counters.errors.total).toBe(0)
  })

  it('with a wrong --servername is unreachable', { timeout: 30_000 }, async () => {
    const { run, code } = await runJson([
      `wss://127.0.0.1:${echo.port}/`,
      ...load,
      ...['--ca', certificates.ca.cert, '--servername', 'api.example.test'],
    ])
    expect(run.counters.errors.byKind).toEqual({ 'tls-hostname': 6 })
    expect(code).toBe(3)
  })

  it('shows the certificate of the scenario’s folder, and keeps its key out of the results', {
    timeout: 30_000,
  }, async () => {
    const scenario = join(folder, 'strict.mjs')
    const tls = { ca: 'ca.pem', cert: 'client.pem', key: 'client.key' }
    const target = `wss://127.0.0.1:${strict.port}/`
    writeFileSync(scenario, `export default ${JSON.stringify({ target, tls })}\n`)
    const { run, code, folder: results } = await runJson([scenario, ...load])
    expect([run.verdict, code]).toEqual(['pass', 0])
    for (const name of ['run.json', 'report.html']) {
      expect(readFolder(results, name)).not.toContain('PRIVATE KEY')
    }
  })

  it('without that certificate names its own kind of error', { timeout: 30_000 }, async () => {
    const { run, code } = await runJson([
      `wss://127.0.0.1:${strict.port}/`,
      ...load,
      '--ca',
      certificates.ca.cert,
    ])
    expect(run.counters.errors.byKind).toEqual({ 'tls-client-certificate': 6 })
    expect(code).toBe(3)
  })

  it('starts the command, and waits for its port', { timeout: 30_000 }, async () => {
    const port = await freePort()
    const { run, code } = await runJson([
      `https://127.0.0.1:${port}/`,
      ...load,
      ...['--insecure', '--', process.execPath, join(root, 'dist/labs/echo.js')],
      ...['--port', String(port), '--tls', folder],
    ])
    expect([run.verdict, code]).toEqual(['pass', 0])
  })
})

describe('wrong usage', () => {
  it.each([
    [['ws://127.0.0.1:1/', '--insecure'], '--insecure is for TLS, and ws:// has none.'],
    [['wss://127.0.0.1:1/', '--ca', 'nowhere.pem'], 'nowhere.pem'],
    [['wss://127.0.0.1:1/', '--servername', '127.0.0.1'], "'127.0.0.1' is no server name."],
  ])('%j ends with 2', async (args, text) => {
    const { code, err } = await command(['run', ...args, '--explore'])
    expect(err).toContain(text)
    expect(code).toBe(2)
  })
})
