import { spawn } from 'node:child_process'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { TlsSettings } from '../../../src/load/driver.js'
import { awaitedBy, connectPhases, endpointsOf } from '../../../src/protocols/socket.js'
import { freePort } from '../../../src/target/free-port.js'
import { accepts } from '../../../src/target/try-connect.js'
import { Certificates, Dialled, dial, type Listening, listen, listenTls, pems } from './tls-peers.js'

const certificates = new Certificates()
afterAll(() => certificates.remove())

const opened: Array<{ end(): unknown }> = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.end()
})

async function serving<Kind extends Server>(starting: Promise<Listening<Kind>>): Promise<Listening<Kind>> {
  const listening = await starting
  opened.push(listening)
  return listening
}

function dialling(url: string, settings: TlsSettings | null): Dialled {
  const dialled = dial(url, settings)
  opened.push({ end: () => dialled.release() })
  return dialled
}

const local = () => serving(listenTls(pems(certificates.local)))
const versions = ['TLSv1.2', 'TLSv1.3'] as const

describe('trust', () => {
  it.each(versions)('is given by a CA of one’s own, with %s', async (maxVersion) => {
    const { port } = await serving(listenTls({ ...pems(certificates.local), maxVersion }))
    expect(await dialling(`wss://127.0.0.1:${port}/`, certificates.settings()).outcome()).toBe('connect')
    expect(await dialling(`https://localhost:${port}/`, certificates.settings()).outcome()).toBe('connect')
  })

  it.each([
    ['the defaults', () => null],
    ['another CA', () => certificates.settings({ ca: pems(certificates.otherCa).cert })],
  ])('is refused by %s', async (_, settings) => {
    const { port } = await local()
    const outcome = await dialling(`wss://127.0.0.1:${port}/`, settings()).outcome()
    expect(outcome).toMatch(/^close tls-untrusted: .*--ca/)
  })

  it('is not asked for with insecure', async () => {
    const { port } = await serving(listenTls(pems(certificates.expired)))
    const settings = certificates.settings({ ca: null, insecure: true })
    expect(await dialling(`wss://127.0.0.1:${port}/`, settings).outcome()).toBe('connect')
  })

  it('ends with the certificate', async () => {
    const { port } = await serving(listenTls(pems(certificates.expired)))
    const outcome = await dialling(`wss://127.0.0.1:${port}/`, certificates.settings()).outcome()
    expect(outcome).toMatch(/^close tls-expired: certificate has expired/)
  })
})

describe('the name', () => {
  it.each(versions)(
    'must be that of the certificate, whatever was tried before, with %s',
    async (maxVersion) => {
      const { port } = await serving(listenTls({ ...pems(certificates.named), maxVersion }))
      const settings = certificates.settings()
      for (const host of ['localhost', 'localhost', '127.0.0.1']) {
        const outcome = await dialling(`wss://${host}:${port}/`, settings).outcome()
        expect(outcome).toMatch(/^close tls-hostname: Hostname\/IP does not match .*--servername$/)
      }
    },
  )

  it('is asked for and checked as it is given', async () => {
    const names: unknown[] = []
    const { port } = await serving(
      listenTls(pems(certificates.named), (socket) =>
        names.push((socket as { servername?: unknown }).servername),
      ),
    )
    const settings = certificates.settings({ servername: 'api.example.test' })
    const dialled = dialling(`wss://127.0.0.1:${port}/`, settings)
    expect(await dialled.outcome()).toBe('connect')
    while (names.length === 0) await delay(2)
    expect(names).toEqual(['api.example.test'])
  })

  it('is that of the URL, also once its address is known; an address is not asked for', async () => {
    const names: unknown[] = []
    const { port } = await serving(
      listenTls(pems(certificates.local), (socket) =>
        names.push((socket as { servername?: unknown }).servername),
      ),
    )
    const endpoint = endpointsOf(new URL(`wss://localhost:${port}/`), [], certificates.settings())[0]
    for (let time = 0; time < 2; time++) {
      const dialled = new Dialled(endpoint)
      opened.push({ end: () => dialled.release() })
      expect(await dialled.outcome()).toBe('connect')
    }
    expect(endpoint.resolved).toMatch(/127\.0\.0\.1|::1/)
    await dialling(`wss://127.0.0.1:${port}/`, certificates.settings()).outcome()
    while (names.length < 3) await delay(2)
    expect(names).toEqual(['localhost', 'localhost', false])
  })
})

describe('a client certificate', () => {
  const demanding = (maxVersion: (typeof versions)[number]) =>
    serving(
      listenTls(
        {
          ...pems(certificates.local),
          ca: pems(certificates.ca).cert,
          requestCert: true,
          rejectUnauthorized: true,
          maxVersion,
        },
        (socket) => socket.end(String(socket.getPeerCertificate().subject.CN)),
      ),
    )

  it.each(versions)('is shown, with %s', async (maxVersion) => {
    const { port } = await demanding(maxVersion)
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings(pems(certificates.client)))
    await dialled.seen('end')
    expect(dialled.text).toBe('client')
  })

  it('is missed by a server that wants one', async () => {
    const { port } = await demanding('TLSv1.3')
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    expect(await dialled.seen('close')).toMatch(/^close tls-client-certificate: .*--cert and --key$/)
  })

  it('is missed in the handshake by a server of old', async () => {
    const { port } = await demanding('TLSv1.2')
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    expect(await dialled.seen('close')).toMatch(/^close tls-handshake: .*handshake failure$/)
    expect(dialled.events).toHaveLength(1)
  })

  it('of a stranger is refused by OpenSSL’s own server', async () => {
    const port = await freePort()
    const { cert, key } = certificates.local
    const server = spawn(
      'openssl',
      [
        ...['s_server', '-accept', `127.0.0.1:${port}`, '-cert', cert, '-key', key, '-quiet'],
        ...['-Verify', '1', '-verify_return_error', '-CAfile', certificates.ca.cert],
      ],
      { stdio: 'ignore' },
    )
    opened.push({ end: () => server.kill() })
    while (!(await accepts({ host: '127.0.0.1', port }, 1_000))) await delay(20)
    const settings = certificates.settings(pems(certificates.stranger))
    const dialled = dialling(`wss://127.0.0.1:${port}/`, settings)
    expect(await dialled.seen('close')).toMatch(/^close tls-client-certificate: .*unknown ca/)
  })
})

describe('a later connection', () => {
  /** Connects `times` times, one after the other, each until it has read the server's greeting. */
  async function connectAgain(port: number, settings: TlsSettings, times: number) {
    const url = `wss://127.0.0.1:${port}/`
    const phases = []
    for (let time = 0; time < times; time++) {
      const dialled = dialling(url, settings)
      await dialled.seen('data')
      // Tickets come behind the handshake, and may come behind the data too.
      await delay(20)
      phases.push(connectPhases(dialled.socket, 0, 1e6, 1e6))
    }
    return phases
  }

  const greeting = (reused: boolean[], maxVersion: (typeof versions)[number]) =>
    serving(
      listenTls({ ...pems(certificates.local), maxVersion }, (socket: TLSSocket) => {
        reused.push(socket.isSessionReused())
        socket.write('hello')
      }),
    )

  it.each(versions)('resumes the session of an earlier one, with %s', async (maxVersion) => {
    const reused: boolean[] = []
    const { port } = await greeting(reused, maxVersion)
    const phases = await connectAgain(port, certificates.settings(), 3)
    expect(reused).toEqual([false, true, true])
    expect(phases.map(({ tlsResumed }) => tlsResumed ?? false)).toEqual(reused)
    for (const { tcp, tls, handshake, total } of phases) {
      expect(tls).toBeGreaterThan(0)
      expect(tcp + tls + handshake).toBeCloseTo(total, 3)
    }
  })

  it('does not where that is switched off', async () => {
    const reused: boolean[] = []
    const { port } = await greeting(reused, 'TLSv1.3')
    await connectAgain(port, certificates.settings({ resume: false }), 3)
    expect(reused).toEqual([false, false, false])
  })

  it('shakes hands in full with a server that has forgotten its keys', async () => {
    const reused: boolean[] = []
    const { port, server } = await greeting(reused, 'TLSv1.3')
    const settings = certificates.settings()
    await connectAgain(port, settings, 2)
    server.setTicketKeys(Buffer.alloc(48, 7))
    await connectAgain(port, settings, 2)
    expect(reused).toEqual([false, true, false, true])
  })
})

describe('what does not become a TLS connection', () => {
  it('a server of plain HTTP', async () => {
    const { port } = await serving(listen(createHttpServer()))
    const dialled = dialling(`https://127.0.0.1:${port}/`, certificates.settings())
    expect(await dialled.outcome()).toMatch(/^close tls-handshake: .*does not speak TLS$/)
  })

  it('a server that speaks nothing but HTTP/2', async () => {
    const { port } = await serving(listenTls({ ...pems(certificates.local), ALPNProtocols: ['h2'] }))
    const outcome = await dialling(`https://127.0.0.1:${port}/`, certificates.settings()).outcome()
    expect(outcome).toMatch(/^close tls-handshake: .*no application protocol/)
    const offersNone = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    expect(await offersNone.outcome()).toBe('connect')
  })

  it('a server that is too old', async () => {
    const { port } = await serving(
      listenTls({
        ...pems(certificates.local),
        maxVersion: 'TLSv1.1',
        minVersion: 'TLSv1',
        ciphers: 'ALL@SECLEVEL=0',
      }),
    )
    const outcome = await dialling(`https://127.0.0.1:${port}/`, certificates.settings()).outcome()
    expect(outcome).toMatch(/^close tls-handshake: /)
  })

  it.each([
    ['ends', 'connect-closed', (socket: Socket) => socket.end()],
    ['resets', 'connect-reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('a server that %s it in the handshake', async (_, kind, quit) => {
    const { port } = await serving(
      listen(createTcpServer((socket) => socket.once('data', () => quit(socket)))),
    )
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    expect(await dialled.outcome()).toMatch(new RegExp(`^close ${kind}: `))
    expect(dialled.events.filter((event) => event.startsWith('close'))).toHaveLength(1)
  })

  it('a server that says nothing', async () => {
    const { port } = await serving(listen(createTcpServer()))
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    expect(awaitedBy(dialled.socket)).toBe('TCP connection')
    while (awaitedBy(dialled.socket) !== 'TLS handshake') await delay(2)
    await delay(50)
    expect(dialled.events).toEqual([])
  })

  it('a port without a listener', async () => {
    const port = await freePort()
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    expect(await dialled.outcome()).toMatch(/^close connect-refused: /)
  })
})

describe('the end of a connection', () => {
  it('by the server is told, after all that it sent', async () => {
    const { port } = await serving(
      listenTls(pems(certificates.local), (socket) => socket.end('x'.repeat(100_000))),
    )
    const dialled = dialling(`wss://127.0.0.1:${port}/`, certificates.settings())
    await dialled.seen('close')
    expect(dialled.text).toHaveLength(100_000)
    expect(dialled.events.at(0)).toBe('connect')
    expect(dialled.events.at(-2)).toBe('end')
    expect(dialled.events.at(-1)).toMatch(/^close connection-closed: /)
  })

  /** A way to the server whose client's side is in the test's hands once it is connected. */
  async function between(): Promise<{ dialled: Dialled; toClient: Socket }> {
    const { port } = await local()
    let toClient: Socket | undefined
    const proxy = createTcpServer((socket) => {
      toClient = socket
      const toServer = connect(port, '127.0.0.1')
      toServer.on('error', () => {})
      socket.pipe(toServer).pipe(socket)
    })
    const listening = await serving(listen(proxy))
    const dialled = dialling(`wss://127.0.0.1:${listening.port}/`, certificates.settings())
    await dialled.seen('connect')
    await delay(20)
    return { dialled, toClient: toClient! }
  }

  it('by a record that is none is an error of its own', async () => {
    const { dialled, toClient } = await between()
    toClient.write('this is no TLS record')
    expect(await dialled.seen('close')).toMatch(/^close tls-protocol: /)
  })

  it.each([
    ['the end of TCP alone', (socket: Socket) => socket.end(), /^close connection-closed: /],
    ['a reset', (socket: Socket) => socket.resetAndDestroy(), /^close connection-reset: /],
  ])('by %s is told as without TLS', async (_, quit, told) => {
    const { dialled, toClient } = await between()
    quit(toClient)
    expect(await dialled.seen('close')).toMatch(told)
  })
})
