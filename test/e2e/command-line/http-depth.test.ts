import { once } from 'node:events'
import { truncateSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { brief, command, runJson, temporaryFolder } from '../support/command.js'

const loose = ['--slo', 'p99 < 30s', '--slo', 'errors < 0.1%']

const sockets = new Set<Socket>()
let server: Server | TcpServer | null = null
afterEach(() => {
  server?.close()
  for (const socket of sockets) socket.destroy()
  sockets.clear()
})

async function listen(created: Server | TcpServer): Promise<string> {
  server = created
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const listenHttp = (handler: RequestListener): Promise<string> => listen(createServer(handler))

describe('--pipelining', () => {
  it('has so many requests open on each connection, and loses none', { timeout: 30_000 }, async () => {
    let most = 0
    const url = await listen(
      createTcpServer((socket) => {
        let open = 0
        let text = ''
        socket.on('data', (data) => {
          text += data.toString('latin1')
          const heads = text.split('\r\n\r\n')
          text = heads.pop()!
          open += heads.length
          most = Math.max(most, open)
        })
        // One answer at a time, so that the pipeline fills up.
        const timer = setInterval(() => {
          if (open === 0) return
          open--
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        }, 2)
        socket.on('close', () => clearInterval(timer))
      }),
    )
    const { run, code } = await runJson([url, '-c', '2', '--pipelining', '5', ...brief, ...loose])
    expect(code).toBe(0)
    expect(most).toBe(5)
    expect(run.load.model).toBe('closed')
    expect(run.counters.connectionsOpened).toBe(2)
    expect(run.counters.received).toBe(run.counters.due)
    expect(run.counters.received).toBeGreaterThan(50)
    expect(run.settings).toMatchObject({ pipelining: 5 })
  })

  it('sends again what a server that ends its connections left unanswered', { timeout: 30_000 }, async () => {
    const created = createServer((_request, response) => response.end('x'))
    created.maxRequestsPerSocket = 7
    const url = await listen(created)
    const { run, code } = await runJson([
      url,
      '-c',
      '3',
      '-r',
      '600/s',
      '--pipelining',
      '4',
      ...brief,
      ...loose,
    ])
    expect(code).toBe(0)
    expect(run.counters).toMatchObject({
      due: 600,
      sent: 600,
      received: 600,
      connectionsLost: 0,
      errors: { total: 0 },
    })
    expect(run.counters.connectionsOpened).toBeGreaterThan(600 / 8)
  })

  it('is refused for WebSockets', { timeout: 30_000 }, async () => {
    const { code, err } = await command(['run', 'ws://127.0.0.1:1/', '--pipelining', '4', ...loose])
    expect(err).toContain('--pipelining is for HTTP requests, and a WebSocket has none.')
    expect(code).toBe(2)
  })
})

describe('--body-file', () => {
  it('sends the whole file with every request', { timeout: 30_000 }, async () => {
    const seen = new Set<string>()
    const url = await listenHttp(async (request, response) => {
      let bytes = 0
      for await (const piece of request) bytes += (piece as Buffer).length
      seen.add(`${request.method} ${request.headers['content-length']} ${bytes}`)
      response.end()
    })
    const path = join(temporaryFolder(), 'upload')
    writeFileSync(path, '')
    truncateSync(path, 3_000_000)
    const { run, code } = await runJson([
      url,
      '-c',
      '4',
      '-r',
      '20/s',
      '--body-file',
      path,
      ...brief,
      ...loose,
    ])
    expect(code).toBe(0)
    expect(seen).toEqual(new Set(['POST 3000000 3000000']))
    expect(run.counters).toMatchObject({ due: 20, received: 20, errors: { total: 0 } })
    expect(run.counters.bytesSent).toBeGreaterThan(20 * 3_000_000)
    expect(run.settings).toMatchObject({ payload: { kind: 'file', path, bytes: 3_000_000 } })
  })

  it('waits for status 100 with -H expect', { timeout: 30_000 }, async () => {
    let asked = 0
    const created = createServer()
    created.on('checkContinue', (request, response) => {
      asked++
      response.writeContinue()
      request.resume().on('end', () => response.end())
    })
    const url = await listen(created)
    const path = join(temporaryFolder(), 'upload')
    writeFileSync(path, 'content')
    const args = [url, '-r', '20/s', '--body-file', path, '-H', 'expect: 100-continue']
    const { run } = await runJson([...args, ...brief, ...loose])
    expect(run.counters).toMatchObject({ due: 20, received: 20, errors: { total: 0 } })
    expect(asked).toBeGreaterThanOrEqual(20)
  })
})
