import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import {
  exchangeAll,
  idsOf,
  openSocket,
  openSockets,
  type RunningProgram,
  range,
  startLab,
} from './lab-process.js'

let lab: RunningProgram | undefined
afterEach(async () => {
  if (lab) expect(await lab.stop()).toBe(0)
  lab = undefined
})

const startBad = async (behaviour: string, ...args: string[]): Promise<number> => {
  lab = await startLab('bad-target', '--behaviour', behaviour, ...args)
  return lab.port
}

/** The error that ends a WebSocket of the `ws` package: its code, or its message where it has none. */
async function errorOf(socket: WebSocket): Promise<string> {
  const [error] = (await once(socket, 'error')) as [Error & { code?: string }]
  return error.code ?? error.message
}

/** The error of the TCP connection below, which `ws` turns into close code 1006 like any other loss. */
async function tcpErrorOf(socket: WebSocket): Promise<string | undefined> {
  const tcp = (socket as unknown as { _socket: Socket })._socket
  return ((await once(tcp, 'error')) as [NodeJS.ErrnoException])[0].code
}

const handshakeError = (port: number): Promise<string> => errorOf(new WebSocket(`ws://127.0.0.1:${port}/`))

async function errorAfterMessage(port: number, text: string): Promise<string> {
  const socket = await openSocket(port)
  const error = errorOf(socket)
  socket.send(text)
  return error
}

/** Status and body of a GET, or the error's code. */
function tryGet(port: number, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message)
    const request = get(
      { host: '127.0.0.1', port, agent: false, ...(signal ? { signal } : {}) },
      (response) => {
        let body = ''
        response.setEncoding('latin1').on('data', (text: string) => {
          body += text
        })
        response.on('error', fail)
        response.on('end', () => resolve(`${response.statusCode} ${body}`))
      },
    )
    request.on('error', fail)
  })
}

/** Sends a request by hand and reads `bytes` of whatever comes. */
async function readRaw(port: number, request: string, bytes: number): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  let read = Buffer.alloc(0)
  for await (const piece of socket) {
    read = Buffer.concat([read, piece as Buffer])
    if (read.length >= bytes) break
  }
  return read
}

describe('forgetful', () => {
  it('leaves every 50th message of the whole server unanswered', async () => {
    lab = await startLab('forgetful')
    const [first, second] = (await openSockets(lab.port, 2)) as [WebSocket, WebSocket]
    await exchangeAll(first, range(1, 30))
    // Messages 31 … 130: the 50th and the 100th are ids 50 and 100.
    const answered = idsOf(await exchangeAll(second, range(31, 130), 98))
    expect(answered).toEqual(range(31, 130).filter((id) => id !== 50 && id !== 100))
  })

  it('leaves the HTTP request hanging, and the connection open', async () => {
    lab = await startLab('forgetful', '--every', '3')
    expect(await tryGet(lab.port)).toBe('200 {"ok":true}')
    expect(await tryGet(lab.port)).toBe('200 {"ok":true}')
    const hanging = tryGet(lab.port, AbortSignal.timeout(300))
    expect(await tryGet(lab.port)).toBe('200 {"ok":true}')
    expect(await hanging).toBe('ABORT_ERR')
  })
})

describe('dropper', () => {
  it.each(['close', 'reset'])('drops every second connection: %s', async (how) => {
    lab = await startLab('dropper', '--after', '200ms', '--how', how)
    const sockets: WebSocket[] = []
    const dropped: Array<[index: number, code: number]> = []
    for (const index of range(1, 6)) {
      const socket = await openSocket(lab.port)
      socket.on('error', () => undefined)
      socket.on('close', (code) => dropped.push([index, code]))
      sockets.push(socket)
    }
    const lastDrop = once(sockets[5]!, 'close')
    const tcpError = how === 'reset' ? tcpErrorOf(sockets[5]!) : undefined
    expect(await exchangeAll(sockets[1]!, [1])).toEqual(['{"id":1}'])
    await lastDrop
    await vi.waitUntil(() => dropped.length >= 3)
    const code = how === 'close' ? 1001 : 1006
    if (tcpError) expect(await tcpError).toBe('ECONNRESET')
    expect(dropped.toSorted((a, b) => a[0] - b[0])).toEqual([2, 4, 6].map((index) => [index, code]))
    for (const index of [0, 2, 4]) expect(await exchangeAll(sockets[index]!, [9])).toEqual(['{"id":9}'])
    expect(await exchangeAll(await openSocket(lab.port), [10])).toEqual(['{"id":10}'])
  })
})

describe('bad-target, before and instead of a WebSocket', () => {
  it('close-at-once', async () => {
    expect(await handshakeError(await startBad('close-at-once'))).toMatch(/ECONNRESET|socket hang up/)
  })

  it('never-answers', async () => {
    const port = await startBad('never-answers')
    expect(await tryGet(port, AbortSignal.timeout(200))).toBe('ABORT_ERR')
  })

  it('wrong-accept', async () => {
    expect(await handshakeError(await startBad('wrong-accept'))).toBe('Invalid Sec-WebSocket-Accept header')
  })

  it('endless-headers', async () => {
    const port = await startBad('endless-headers')
    expect(await handshakeError(port)).toBe('HPE_HEADER_OVERFLOW')
    const text = (await readRaw(port, 'GET / HTTP/1.1\r\n\r\n', 5_000_000)).toString('latin1')
    expect(text).toMatch(/^HTTP\/1\.1 101 /)
    expect(text).not.toContain('\r\n\r\n')
  })

  it('garbage', async () => {
    expect(await errorAfterMessage(await startBad('garbage'), '{"id":1}')).toBe('WS_ERR_UNEXPECTED_RSV_2_3')
  })

  it('huge-frame', async () => {
    const port = await startBad('huge-frame')
    expect(await errorAfterMessage(port, '{"id":1}')).toBe('WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH')
  })

  it('invalid-utf8', async () => {
    expect(await errorAfterMessage(await startBad('invalid-utf8'), '{"id":1}')).toBe('WS_ERR_INVALID_UTF8')
  })

  it('masked-frame', async () => {
    expect(await errorAfterMessage(await startBad('masked-frame'), '{"id":1}')).toBe('WS_ERR_UNEXPECTED_MASK')
  })

  it('reset-under-load', async () => {
    const port = await startBad('reset-under-load', '20')
    const socket = await openSocket(port)
    expect(idsOf(await exchangeAll(socket, range(1, 20)))).toEqual(range(1, 20))
    const error = tcpErrorOf(socket)
    socket.send('{"id":21}')
    expect(await error).toBe('ECONNRESET')
  })

  it('refuse-after', async () => {
    const port = await startBad('refuse-after', '3')
    const sockets = await openSockets(port, 3)
    expect(await handshakeError(port)).toBe('ECONNREFUSED')
    for (const socket of sockets) expect(await exchangeAll(socket, [1])).toEqual(['{"id":1}'])
  })
})

describe('bad-target over HTTP', () => {
  it('http-garbage', async () => {
    expect(await tryGet(await startBad('http-garbage'))).toMatch(/^HPE_/)
  })

  it('http-endless-headers', async () => {
    expect(await tryGet(await startBad('http-endless-headers'))).toBe('HPE_HEADER_OVERFLOW')
  })

  it('http-truncated', async () => {
    expect(await tryGet(await startBad('http-truncated'))).toBe('ECONNRESET')
  })

  it('http-500, pipelined too', async () => {
    const port = await startBad('http-500')
    expect(await tryGet(port)).toBe('500 sorry')
    const request = 'GET / HTTP/1.1\r\n\r\n'
    const response = 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorry'
    const read = await readRaw(port, request + request, 2 * response.length)
    expect(read.toString('latin1')).toBe(response + response)
  })

  it('is a wrong option otherwise', async () => {
    await expect(startLab('forgetful', '--every', 'often')).rejects.toThrow('--every takes a number')
    await expect(startLab('bad-target', '--behaviour', 'toString')).rejects.toThrow(/ended with 2: .*garbage/)
  })
})
