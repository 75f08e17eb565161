import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import {
  exchangeAll,
  idsOf,
  median,
  nextMessage,
  openSocket,
  openSockets,
  type RunningProgram,
  range,
  readReplyLog,
  startLab,
  startProgram,
  temporaryFile,
} from './lab-process.js'

let lab: RunningProgram | undefined
afterEach(async () => {
  await lab?.stop()
  lab = undefined
})

async function ask(socket: WebSocket, message: object): Promise<Record<string, unknown>> {
  socket.send(JSON.stringify(message))
  return JSON.parse(await nextMessage(socket)) as Record<string, unknown>
}

describe('echo', () => {
  it('echoes WebSocket messages and HTTP bodies, and logs them', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('echo', '--log', log)
    const url = `http://127.0.0.1:${lab.port}/any/path`
    const socket = await openSocket(lab.port)

    expect(await exchangeAll(socket, range(10, 12))).toEqual(['{"id":10}', '{"id":11}', '{"id":12}'])
    socket.send(Buffer.from([1, 2, 3]))
    const [data, binary] = await once(socket, 'message')
    expect([data, binary]).toEqual([Buffer.from([1, 2, 3]), true])
    expect(await (await fetch(url)).text()).toBe('{"ok":true}')
    expect(await (await fetch(url, { method: 'PUT', body: '{"id":77}' })).text()).toBe('{"id":77}')

    expect(await lab.stop()).toBe(0)
    const replies = readReplyLog(log)
    expect(replies.map((reply) => reply.id)).toEqual([10, 11, 12, 4, 5, 77])
    expect(replies.every((reply) => reply.delayMs >= 0)).toBe(true)
  })

  it('says so when its port is taken', async () => {
    lab = await startLab('echo')
    await expect(startLab('echo', '--port', String(lab.port))).rejects.toThrow(/ended with 1: .*EADDRINUSE/)
  })

  it('ends although connections are open and half a request is under way', async () => {
    lab = await startLab('echo')
    const socket = await openSocket(lab.port)
    const closed = once(socket, 'close')
    expect(await lab.stop()).toBe(0)
    await closed
  })
})

describe('busy-healthy', () => {
  it('works about 0.1 ms a message and answers all of them', async () => {
    const log = temporaryFile('replies')
    lab = await startLab('busy-healthy', '--log', log)
    const socket = await openSocket(lab.port)
    for (let id = 1; id <= 500; id++) await exchangeAll(socket, [id])
    expect(await lab.stop()).toBe(0)
    const replies = readReplyLog(log)
    expect(replies.map((reply) => reply.id)).toEqual(range(1, 500))
    const workMs = median(replies.map((reply) => reply.delayMs))
    expect(workMs).toBeGreaterThan(0.06)
    expect(workMs).toBeLessThan(0.3)
  })
})

describe('chat-server', () => {
  it('answers the sender by id and pushes to the others of the room without one', async () => {
    lab = await startLab('chat-server')
    const [anna, ben, cleo] = (await openSockets(lab.port, 3)) as [WebSocket, WebSocket, WebSocket]
    const joined = await ask(anna, { id: 1, type: 'join', room: 'tea' })
    expect(joined).toMatchObject({ id: 1, type: 'joined', room: 'tea', state: { room: 'tea' } })
    await ask(ben, { id: 1, type: 'join', room: 'tea' })
    await ask(cleo, { id: 1, type: 'join', room: 'coffee' })

    const pushed = nextMessage(ben)
    let cleoHeard = 0
    cleo.on('message', () => cleoHeard++)
    const reply = await ask(anna, { id: 2, type: 'say', room: 'tea', text: 'hello' })
    expect(reply).toEqual({ id: 2, type: 'ok', room: 'tea', members: 2 })
    const said = JSON.parse(await pushed) as Record<string, unknown>
    expect(said).toMatchObject({ type: 'said', room: 'tea', text: 'hello' })
    expect(said).not.toHaveProperty('id')
    expect(cleoHeard).toBe(0)

    const state = (await ask(cleo, { id: 3, type: 'join', room: 'tea' })).state as {
      members: string[]
      history: Array<{ text: string }>
    }
    expect(state.members).toHaveLength(3)
    expect(state.history.at(-1)!.text).toBe('hello')
  })

  it('seats those who name no room in lobbies of five', async () => {
    lab = await startLab('chat-server')
    const lobbies: unknown[] = []
    for (let seat = 1; seat <= 7; seat++) {
      const socket = await openSocket(lab.port)
      lobbies.push((await ask(socket, { id: seat, text: 'default payload' })).room)
    }
    expect(lobbies).toEqual([...Array(5).fill('lobby-1'), 'lobby-2', 'lobby-2'])
  })

  it('refuses nonsense in words and lives on', async () => {
    lab = await startLab('chat-server')
    const socket = await openSocket(lab.port)
    socket.send('hello')
    expect(JSON.parse(await nextMessage(socket))).toMatchObject({ type: 'error' })
    expect(await ask(socket, { id: 1, type: 'dance' })).toMatchObject({ id: 1, type: 'error' })
    expect(await ask(socket, { id: 2, type: 'say', text: 5 })).toMatchObject({ id: 2, type: 'ok' })
  })

  it('spends its time on the snapshot, which the repaired variant does not', async () => {
    const medianServiceMs = async (...args: string[]): Promise<number> => {
      const log = temporaryFile('replies')
      lab = await startLab('chat-server', '--log', log, ...args)
      const socket = await openSocket(lab.port)
      for (let id = 1; id <= 300; id++) expect(idsOf(await exchangeAll(socket, [id]))).toEqual([id])
      expect(await lab.stop()).toBe(0)
      return median(readReplyLog(log).map((reply) => reply.delayMs))
    }
    const weakMs = await medianServiceMs()
    const repairedMs = await medianServiceMs('--snapshot', 'on-join')
    expect(weakMs).toBeGreaterThan(0.3)
    expect(repairedMs).toBeLessThan(weakMs / 3)
  })
})

describe('a program that never says where it listens', () => {
  it('is reported with its output', async () => {
    await expect(startProgram(process.execPath, ['-e', 'console.log("hi")'])).rejects.toThrow(
      'ended with 0: hi',
    )
  })
})
