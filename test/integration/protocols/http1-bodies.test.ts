import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FixedPayload } from '../../../src/scenario/payload.js'
import { cleanups, listen, listenHttp, listenRaw } from './http-servers.js'
import { drive, driveOpen } from './http1-probe.js'

const expectation: ReadonlyArray<readonly [string, string]> = [['Expect', '100-continue']]
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const payload = new FixedPayload('{"n":1}')

describe('Expect: 100-continue', () => {
  const posting = { method: 'POST', headers: expectation, payload }

  it('holds the body until the server asks for it', async () => {
    const reads: string[] = []
    const port = await listenRaw((socket, text) => {
      reads.push(text)
      socket.write(reads.length % 2 === 1 ? 'HTTP/1.1 100 Continue\r\n\r\n' : ok)
    })
    const { driver, journal } = await driveOpen(port, posting)
    for (let turn = 1; turn <= 2; turn++) {
      const bytes = driver.send(0, turn)
      await journal.seen('message 0 null', turn)
      expect(reads.at(-2)).toMatch(/^POST .*Expect: 100-continue\r\n.*Content-Length: 7\r\n\r\n$/s)
      expect(reads.at(-2)).toHaveLength(bytes)
      expect(reads.at(-1)).toBe('{"n":1}')
      expect(driver.canSend(0)).toBe(true)
    }
    expect(journal.sentBytes).toBe(14)
    expect(reads).toHaveLength(4)
  })

  it('does what node:http asks for', async () => {
    const server = createServer()
    const bodies: string[] = []
    server.on('checkContinue', (request, response) => {
      response.writeContinue()
      request.on('data', (data) => bodies.push(String(data)))
      request.on('end', () => response.end())
    })
    const { driver, journal } = await driveOpen(await listen(server), posting)
    for (let turn = 1; turn <= 3; turn++) {
      driver.send(0, turn)
      await journal.seen('message 0 null', turn)
    }
    expect(bodies).toEqual(['{"n":1}', '{"n":1}', '{"n":1}'])
  })

  it('takes other interim responses for no permission', async () => {
    const reads: string[] = []
    const port = await listenRaw((socket, text) => {
      reads.push(text)
      if (reads.length > 1) socket.write(ok)
      else
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\n', () =>
          setTimeout(() => {
            reads.push('permission')
            socket.write('HTTP/1.1 100 Continue\r\n\r\n')
          }, 30),
        )
    })
    const { driver, journal } = await driveOpen(port, posting)
    driver.send(0, 1)
    await journal.seen('message 0 null')
    expect(reads.slice(1)).toEqual(['permission', '{"n":1}'])
  })

  it('keeps the body back from a server that answers at once, and gives the connection up', async () => {
    const reads: string[] = []
    const port = await listenRaw((socket, text) => {
      reads.push(text)
      socket.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n')
    })
    const { driver, journal } = await driveOpen(port, posting)
    driver.send(0, 1)
    await journal.seen('closed')
    expect(journal.events.slice(1)).toEqual(['first 0', 'message 0 http-417', 'closed 0 connection-ended'])
    expect(reads.join('')).not.toContain('{"n":1}')
    expect(journal.sentBytes).toBe(0)
  })

  it('sends the body after a second to a server that says nothing', async () => {
    let headAt = 0
    let waitedMs = 0
    const port = await listenRaw((socket, text) => {
      if (text.startsWith('POST')) headAt = performance.now()
      else {
        waitedMs = performance.now() - headAt
        socket.write(ok)
      }
    })
    const { driver, journal } = await driveOpen(port, posting)
    driver.send(0, 1)
    await journal.seen('message 0 null')
    expect(waitedMs).toBeGreaterThan(900)
    expect(driver.canSend(0)).toBe(true)
  })

  it('holds nothing where there is no body', async () => {
    const port = await listenHttp((_request, response) => response.end())
    const { driver, journal } = await driveOpen(port, { headers: expectation })
    driver.send(0, 1)
    await journal.seen('message 0 null')
    expect(journal.events).not.toContain('sent')
  })

  it('holds the next request, too, where requests are pipelined', async () => {
    const reads: string[] = []
    let text = ''
    const port = await listenRaw((socket, more) => {
      text += more
      text = text.replace(/(POST.*?\r\n\r\n)|\{"n":1\}/gs, (part, head) => {
        reads.push(part)
        socket.write(head ? 'HTTP/1.1 100 Continue\r\n\r\n' : ok)
        return ''
      })
    })
    const { driver, journal } = await driveOpen(port, { ...posting, pipelining: 4 })
    driver.send(0, 1)
    expect(driver.canSend(0)).toBe(false)
    await journal.seen('writable 0')
    driver.send(0, 2)
    await journal.seen('message 0 null', 2)
    const head = expect.stringMatching(/^POST/)
    expect(reads).toEqual([head, '{"n":1}', head, '{"n":1}'])
  })

  it.each(['destroy', 'close'] as const)('%s while the body is held', async (how) => {
    const port = await listenRaw(() => {})
    const { driver, journal } = await driveOpen(port, posting)
    driver.send(0, 1)
    driver[how](0)
    await journal.seen('closed 0 closed')
    expect(journal.sentBytes).toBe(0)
  })
})

describe('a body from a file', () => {
  let folder: string
  const content = Buffer.from(Array.from({ length: 700_001 }, (_, at) => (at * 7) % 251))
  const file = (name: string, bytes: Uint8Array | string): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-bodies-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

  it('is sent whole with every request, on several connections at once', async () => {
    const seen: string[] = []
    const heads: Array<string | undefined> = []
    const port = await listenHttp((request, response) => {
      const hash = createHash('sha256')
      heads.push(request.headers['content-length'], request.headers['content-type'])
      request.on('data', (data: Buffer) => hash.update(data))
      request.on('end', () => {
        seen.push(hash.digest('hex'))
        response.end()
      })
    })
    const { driver, journal } = drive(port, {
      method: 'PUT',
      bodyFile: file('content', content),
      connections: 3,
    })
    const left = [3, 3, 3]
    journal.react = (event) => {
      const index = Number(event.at(event.startsWith('opened') ? -1 : 8))
      if (/^(opened|message)/.test(event) && left[index]!-- > 0) driver.send(index, 1)
    }
    for (let index = 0; index < 3; index++) driver.open(index)
    await journal.seen('message', 9)
    expect(seen).toEqual(Array.from({ length: 9 }, () => digest(content)))
    expect(new Set(heads)).toEqual(new Set(['700001', 'application/octet-stream']))
    expect(journal.sentBytes).toBe(9 * content.length)
  })

  it('goes as slowly as the server reads it', async () => {
    const hash = createHash('sha256')
    const port = await listenHttp((request, response) => {
      request.pause()
      setTimeout(() => request.resume(), 30)
      request.on('data', (data: Buffer) => hash.update(data))
      request.on('end', () => response.end())
    })
    const large = Buffer.alloc(8_000_000, 'plimsoll')
    const { driver, journal } = await driveOpen(port, { method: 'POST', bodyFile: file('large', large) })
    driver.send(0, 1)
    await journal.seen('message 0 null')
    expect(hash.digest('hex')).toBe(digest(large))
    expect(driver.canSend(0)).toBe(true)
  })

  it('takes memory for a piece, not for the file', async () => {
    const path = file('huge', '')
    const size = 600_000_000
    truncateSync(path, size)
    // In a process of its own, so that its reads do not count as ours.
    const server = spawn(process.execPath, [
      '-e',
      `require('http').createServer((request, response) => {
         let bytes = 0
         request.on('data', (data) => { bytes += data.length })
         request.on('end', () => response.writeHead(bytes === ${size} ? 200 : 400).end())
       }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`,
    ])
    cleanups.push(() => server.kill())
    const [line] = (await once(server.stdout, 'data')) as [Buffer]
    const { driver, journal } = await driveOpen(Number(String(line)), { method: 'POST', bodyFile: path })
    const before = process.memoryUsage().rss
    let most = 0
    journal.react = (event) => {
      if (event === 'sent') most = Math.max(most, process.memoryUsage.rss())
    }
    driver.send(0, 1)
    await journal.seen('message 0')
    expect(journal.events.at(-1)).toBe('message 0 null')
    expect(most - before).toBeLessThan(size / 5)
  })

  it('may be empty', async () => {
    const seen: Array<string | undefined> = []
    const port = await listenHttp((request, response) => {
      seen.push(request.headers['content-length'])
      response.end()
    })
    const { driver, journal } = await driveOpen(port, { method: 'POST', bodyFile: file('empty', '') })
    for (let turn = 1; turn <= 2; turn++) {
      driver.send(0, turn)
      await journal.seen('message 0 null', turn)
    }
    expect(seen).toEqual(['0', '0'])
  })

  it('waits for status 100 if that was asked for', async () => {
    const reads: string[] = []
    const port = await listenRaw((socket, text) => {
      reads.push(text)
      socket.write(reads.length === 1 ? 'HTTP/1.1 100 Continue\r\n\r\n' : ok)
    })
    const { driver, journal } = await driveOpen(port, {
      method: 'POST',
      headers: expectation,
      bodyFile: file('short', 'short'),
    })
    driver.send(0, 1)
    await journal.seen('message 0 null')
    expect(reads).toEqual([expect.stringMatching(/Content-Length: 5\r\n\r\n$/), 'short'])
  })

  it('comes in turn where requests are pipelined', async () => {
    let text = ''
    const port = await listenRaw((socket, piece) => {
      text += piece
      while (/\r\n\r\nshort/.test(text)) {
        text = text.replace(/^.*?\r\n\r\nshort/s, '')
        socket.write(ok)
      }
    })
    const { driver, journal } = await driveOpen(port, {
      method: 'POST',
      pipelining: 2,
      bodyFile: file('short', 'short'),
    })
    let sent = 0
    const fill = (): void => {
      while (sent < 20 && driver.canSend(0)) driver.send(0, sent++)
    }
    journal.react = (event) => {
      if (/^(writable|message)/.test(event)) fill()
    }
    fill()
    await journal.seen('message 0 null', 20)
    expect(journal.events).not.toContain('closed 0 http-unsolicited')
  })

  it('ends the connection when the file gets shorter on the way', async () => {
    const path = file('shrinking', content)
    const server = createTcpServer((socket) => {
      truncateSync(path, 100_000)
      socket.resume()
    })
    const { driver, journal } = await driveOpen(await listen(server), { method: 'POST', bodyFile: path })
    await new Promise((resolve) => setTimeout(resolve, 20))
    driver.send(0, 1)
    await journal.seen('closed')
    expect(journal.events.at(-1)).toBe('closed 0 body-file')
    expect(journal.details[0]).toMatch(/shrinking has become shorter than 700001 bytes/)
  })

  it('is broken off by an answer', async () => {
    let answered = false
    const port = await listenRaw((socket: Socket) => {
      socket.pause()
      if (!answered) socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n')
      answered = true
    })
    const { driver, journal } = await driveOpen(port, {
      method: 'POST',
      bodyFile: file('refused', Buffer.alloc(9_000_000)),
    })
    driver.send(0, 1)
    await journal.seen('closed')
    expect(journal.events.filter((event) => event !== 'sent').slice(1)).toEqual([
      'first 0',
      'message 0 http-413',
      'closed 0 connection-ended',
    ])
    expect(journal.sentBytes).toBeLessThan(9_000_000)
  })

  it('may be given up on the way, and sent anew', async () => {
    let whole = 0
    const port = await listenHttp((request, response) => {
      let bytes = 0
      request.on('data', (data: Buffer) => {
        bytes += data.length
      })
      request.on('end', () => {
        if (bytes === content.length) whole++
        response.end()
      })
    })
    const { driver, journal } = await driveOpen(port, { method: 'POST', bodyFile: file('again', content) })
    driver.send(0, 1)
    driver.destroy(0)
    driver.open(0)
    await journal.seen('opened 0', 2)
    driver.send(0, 2)
    await journal.seen('message 0 null')
    expect(whole).toBe(1)
  })

  it.each([
    ['that is not there', () => join(folder, 'missing'), /Cannot read the body .*missing/],
    ['that is a folder', () => folder, /is no file/],
  ])('refuses one %s', async (_name, path, message) => {
    const port = await listenHttp((_request, response) => response.end())
    expect(() => drive(port, { method: 'POST', bodyFile: path() })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }),
    )
  })
})
