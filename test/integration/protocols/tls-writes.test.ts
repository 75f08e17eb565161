import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type OwnedSocket, writeNow } from '../../../src/protocols/socket.js'
import { Certificates, type Dialled, dial, listenTls, pems } from './tls-peers.js'

const certificates = new Certificates()
afterAll(() => certificates.remove())

const opened: Array<{ end(): unknown }> = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.end()
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
/** Through the poll phase at least once. */
const turns = async (count: number): Promise<void> => {
  for (let step = 0; step < count; step++) await turn()
}

/** A client whose server keeps what it reads; `peer` is the server's side. */
async function connected(): Promise<{
  dialled: Dialled
  socket: OwnedSocket
  peer: TLSSocket
  read: Buffer[]
}> {
  const peers: TLSSocket[] = []
  const read: Buffer[] = []
  const listening = await listenTls(pems(certificates.local), (socket) => {
    peers.push(socket)
    socket.on('data', (data) => read.push(data))
  })
  opened.push(listening)
  const dialled = dial(`wss://127.0.0.1:${listening.port}/`, certificates.settings())
  opened.push({ end: () => dialled.release() })
  await dialled.seen('connect')
  while (peers.length === 0) await turn()
  return { dialled, socket: dialled.socket, peer: peers[0]!, read }
}

const bytesOf = (chunks: readonly Buffer[]): number => chunks.reduce((sum, { length }) => sum + length, 0)
const drains = ({ events }: Dialled): number => events.filter((event) => event === 'drain').length

describe('writeNow under TLS', () => {
  it('takes a message a turn, and frees its bytes at once', async () => {
    const { dialled, socket, read } = await connected()
    const message = Buffer.alloc(100)
    for (let number = 0; number < 500; number++) {
      message.fill(number % 251)
      expect(writeNow(socket, message)).toBe(true)
      message.fill(255)
      await turns(2)
    }
    while (bytesOf(read) < 50_000) await turn()
    const all = Buffer.concat(read)
    for (let number = 0; number < 500; number++) {
      expect(all.subarray(number * 100, number * 100 + 100).every((byte) => byte === number % 251)).toBe(true)
    }
    expect(socket.backedUp).toBe(false)
    expect(drains(dialled)).toBe(0)
  })

  it('queues further ones of the same turn, which is no back-pressure, and tells when they are gone', async () => {
    const { dialled, socket, read } = await connected()
    const messages = Array.from({ length: 200 }, (_, number) => Buffer.from(`${number};`))
    for (const [number, message] of messages.entries()) {
      expect(writeNow(socket, message)).toBe(number === 0)
      expect(socket.backedUp).toBe(false)
    }
    await dialled.seen('drain')
    expect(socket.backedUp).toBe(false)
    expect(socket.writableLength).toBe(0)
    expect(writeNow(socket, Buffer.from('end'))).toBe(true)
    while (!Buffer.concat(read).includes('end')) await turn()
    expect(Buffer.concat(read).toString()).toBe(`${messages.join('')}end`)
    await turns(5)
    expect(drains(dialled)).toBe(1)
  })

  it('takes a message a turn, from whatever phase of the event loop it is written', async () => {
    const { dialled, socket } = await connected()
    const phases: Array<(write: () => void) => unknown> = [
      (write) => setImmediate(write),
      (write) => setTimeout(write, 1),
      (write) => setImmediate(() => setImmediate(write)),
      (write) => {
        // In front of the immediate that ends the turn of the first.
        setImmediate(write)
        write()
      },
    ]
    for (let round = 0; round < 100; round++) {
      for (const phase of phases) {
        await new Promise<void>((resolve) => {
          phase(() => {
            writeNow(socket, Buffer.alloc(50))
            setImmediate(() => setImmediate(resolve))
          })
        })
        expect(socket.backedUp).toBe(false)
      }
    }
    expect(dialled.events.filter((event) => event !== 'drain')).toEqual(['connect'])
  })

  it('is back-pressure where a turn holds too much', async () => {
    const { dialled, socket } = await connected()
    let written = 0
    while (!socket.backedUp) {
      writeNow(socket, Buffer.alloc(1_000))
      written++
    }
    expect(written).toBeGreaterThan(60)
    expect(written).toBeLessThan(70)
    await dialled.seen('drain')
    expect(socket.backedUp).toBe(false)
  })

  it('does not take a message of several records at once', async () => {
    const { dialled, socket, read } = await connected()
    const bytes = Buffer.alloc(300_000, 'abc')
    expect(writeNow(socket, bytes)).toBe(false)
    await dialled.seen('drain')
    while (bytesOf(read) < bytes.length) await turn()
    expect(Buffer.concat(read).equals(bytes)).toBe(true)
  })

  it.each([1_000, 16_384, 100_000])(
    'is back-pressure while a peer does not read: messages of %i bytes',
    async (size) => {
      const { dialled, socket, peer, read } = await connected()
      peer.pause()
      let written = 0
      // What a long message left behind may still fit into the kernel's buffers: that is told by a drain.
      for (let stuck = false; !stuck; ) {
        writeNow(socket, Buffer.alloc(size, written++ % 251))
        await turns(3)
        const before = drains(dialled)
        if (socket.backedUp) await turns(200)
        stuck = socket.backedUp && drains(dialled) === before
        expect(written * size).toBeLessThan(64e6)
      }
      // No more than the one message that showed it waits in user space.
      expect(socket.writableLength).toBeGreaterThan(0)
      expect(socket.writableLength).toBeLessThanOrEqual(size)
      peer.resume()
      while (socket.backedUp) await turn()
      expect(socket.writableLength).toBe(0)
      while (bytesOf(read) < written * size) await turn()
      const all = Buffer.concat(read)
      for (let number = 0; number < written; number++) {
        const at = number * size
        expect([all[at], all[at + size - 1]]).toEqual([number % 251, number % 251])
      }
    },
  )

  it('reports no drain of a socket that was released or has failed', async () => {
    const { dialled, socket, peer } = await connected()
    expect(writeNow(socket, Buffer.alloc(100_000))).toBe(false)
    const gone = new Promise((resolve) => peer.once('close', resolve))
    dialled.release()
    await gone
    await turns(10)
    expect(drains(dialled)).toBe(0)
  })
})
