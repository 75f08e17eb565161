import { once } from 'node:events'
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'

/** What to undo after each test. */
export const cleanups: Array<() => void> = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** Listens on loopback until the test is over; returns the port. */
export async function listen(server: Server | HttpServer): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

export const listenHttp = (
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> => listen(createServer(handler))

/** A server that answers the first bytes of each request with `answer`, as raw bytes. */
export const listenRaw = (answer: (socket: Socket, request: string) => void): Promise<number> =>
  listen(createTcpServer((socket) => socket.on('data', (data) => answer(socket, data.toString('latin1')))))
