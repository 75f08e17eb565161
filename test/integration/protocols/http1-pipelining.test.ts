import { createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FixedPayload } from '../../../src/scenario/payload.js'
import { listen, listenHttp } from './http-servers.js'
import { drive, driveOpen, type Journal } from './http1-probe.js'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const pair = ['first 0', 'message 0 null']
const times = (count: number): string[] => Array.from({ length: count }, () => pair).flat()

/** A server that answers once it has so many requests of a connection, all at once. */
const listenLate = (requests: number, answer: (socket: Socket) => void): Promise<number> =>
  listen(
    createTcpServer((socket) => {
      let text = ''
      socket.on('data', (data) => {
        text += data.toString('latin1')
        if (text.split('\r\n\r\n').length - 1 < requests) return
        text = ''
        answer(socket)
      })
    }),
  )

/** Opens a connection and sends `count` requests on it before any can be answered. */
async function sendAhead(port: number, count: number, pipelining = count): Promise<Journal> {
  const { driver, journal } = drive(port, { pipelining })
  const react = journal.react
  journal.react = (event) => {
    if (event !== 'opened 0') return
    journal.react = react
    for (let id = 0; id < count; id++) {
      expect(driver.canSend(0)).toBe(true)
      driver.send(0, id)
    }
    expect(driver.canSend(0)).toBe(count < pipelining)
  }
  driver.open(0)
  await journal.seen('opened 0')
  return journal
}

describe('pipelining', () => {
  it('is off unless it is asked for, and where each request ends its connection', async () => {
    const port = await listenHttp((_request, response) => response.end())
    expect(drive(port).driver.depth).toBe(1)
    expect(drive(port, { pipelining: 8 }).driver.depth).toBe(8)
    expect(drive(port, { pipelining: 8, headers: [['Connection', 'close']] }).driver.depth).toBe(1)
  })

  it('sends before the answer, and pairs a whole read of answers', async () => {
    const journal = await sendAhead(await listenLate(4, (socket) => socket.write(ok.repeat(4))), 4)
    await journal.seen('message', 4)
    expect(journal.events).toEqual(['opened 0', ...times(4)])
  })

  it('pairs answers that come byte by byte', async () => {
    const port = await listenLate(3, (socket) => {
      const bytes = [...ok.repeat(3)]
      const next = (): void => {
        const byte = bytes.shift()
        if (byte !== undefined) socket.write(byte, () => setImmediate(next))
      }
      next()
    })
    const journal = await sendAhead(port, 3)
    await journal.seen('message', 3)
    expect(journal.events).toEqual(['opened 0', ...times(3)])
  })

  it('keeps a real server busy, in order', async () => {
    const seen: number[] = []
    const port = await listenHttp((request, response) => {
      seen.push(Number(request.headers['content-length']))
      request.resume()
      setTimeout(() => response.end('hello'), seen.length % 3)
    })
    const lengths = (id: number): number => 1 + (id % 7)
    let next = 0
    const payload = {
      binary: false,
      prepare: () => 16,
      write(target: Buffer, offset: number): number {
        return target.write('x'.repeat(lengths(next++)), offset)
      },
    }
    const { driver, journal } = await driveOpen(port, { pipelining: 5, method: 'POST', payload })
    const total = 200
    let sent = 0
    const fill = (): void => {
      while (sent < total && driver.canSend(0)) driver.send(0, sent++)
    }
    journal.react = (event) => {
      if (event.startsWith('message')) fill()
    }
    fill()
    expect(sent).toBe(5)
    await journal.seen('message 0 null', total)
    expect(seen).toEqual(Array.from({ length: total }, (_, id) => lengths(id)))
    expect(journal.events).toEqual(['opened 0', ...times(total)])
  })

  it('reads answers without a body, with chunks, and with interim responses among others', async () => {
    const port = await listenLate(5, (socket) => {
      socket.write(
        'HTTP/1.1 204 No Content\r\n\r\n' +
          'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n' +
          'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' +
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: y\r\n\r\n${ok}`,
      )
    })
    const journal = await sendAhead(port, 5)
    await journal.seen('message', 5)
    expect(journal.events.filter((event) => event.startsWith('message'))).toEqual([
      'message 0 null',
      'message 0 null',
      'message 0 http-404',
      'message 0 null',
      'message 0 null',
    ])
    expect(journal.events.at(-1)).toBe('message 0 null')
  })

  it('reads the answers to HEAD', async () => {
    const port = await listenHttp((_request, response) =>
      response.writeHead(200, { 'content-length': 9 }).end(),
    )
    const { driver, journal } = await driveOpen(port, { pipelining: 3, method: 'HEAD' })
    for (let id = 0; id < 3; id++) driver.send(0, id)
    await journal.seen('message 0 null', 3)
    expect(driver.canSend(0)).toBe(true)
  })

  it('takes no answer for one to a request that was written after it came', async () => {
    const port = await listenLate(2, (socket) => socket.write(ok.repeat(3)))
    const { driver, journal } = drive(port, { pipelining: 2 })
    journal.react = (event) => {
      if (event === 'opened 0') for (let id = 0; id < 2; id++) driver.send(0, id)
      else if (event.startsWith('message') && driver.canSend(0)) driver.send(0, 2)
    }
    driver.open(0)
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', ...times(2), 'closed 0 http-unsolicited'])
    expect(journal.details[0]).toBe(`${ok.length} bytes behind a response`)
  })

  it('ends with the answer that says so, whatever is behind it', async () => {
    const last = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'
    const journal = await sendAhead(await listenLate(4, (socket) => socket.end(ok + last)), 4)
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', ...times(2), 'closed 0 connection-ended'])
  })

  it.each([
    ['an end between answers', ok, 'connection-closed'],
    ['an end within an answer', `${ok}HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nh`, 'http-truncated'],
    ['garbage behind an answer', `${ok}garbage\r\n\r\n`, 'http-parse'],
  ])('%s', async (_name, text, kind) => {
    const journal = await sendAhead(await listenLate(3, (socket) => socket.end(text)), 3)
    await journal.seen('closed')
    expect(journal.events.slice(0, 3)).toEqual(['opened 0', ...pair])
    expect(journal.events.at(-1)).toBe(`closed 0 ${kind}`)
  })

  it('waits while the socket takes nothing, and says when it does again', async () => {
    let got = 0
    let wake = (): void => {}
    const server = createTcpServer((socket) => {
      socket.pause()
      wake = () => socket.resume()
      socket.on('data', (data) => {
        got += data.length
      })
    })
    const { driver, journal } = await driveOpen(await listen(server), {
      pipelining: 10,
      method: 'POST',
      payload: new FixedPayload(Buffer.alloc(2_000_000)),
    })
    let bytes = 0
    let sent = 0
    while (driver.canSend(0)) bytes += driver.send(0, sent++)
    expect(sent).toBeLessThan(10)
    wake()
    await journal.seen('writable 0')
    expect(driver.canSend(0)).toBe(true)
    while (driver.canSend(0)) bytes += driver.send(0, sent++)
    while (got < bytes) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(journal.events).not.toContain('closed 0 connection-reset')
  })

  it('may be destroyed from within the first of several answers', async () => {
    const port = await listenLate(3, (socket) => socket.write(ok.repeat(3)))
    const { driver, journal } = drive(port, { pipelining: 3 })
    journal.react = (event) => {
      if (event === 'opened 0') for (let id = 0; id < 3; id++) driver.send(0, id)
      else if (event.startsWith('message')) driver.destroy(0)
    }
    driver.open(0)
    await journal.seen('closed')
    expect(journal.events).toEqual(['opened 0', ...pair, 'closed 0 closed'])
  })
})
