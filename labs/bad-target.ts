/**
 * A target that breaks the rules, one at a time (`--behaviour`), to show that a load generator ends in counted
 * errors and never in a crash or a hang.
 *
 * Truth: the table below, word for word. Floods respect back-pressure and end after 256 MiB a connection.
 */
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import type { WebSocket } from 'ws'
import { Random } from '../src/kernel/random.js'
import { acceptWebSockets } from './support/exchange.js'
import { commonOptions, readNumber, runServer } from './support/program.js'

const floodBytes = 256 * 1_024 * 1_024
const headerLine = 'x-padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
const onRequest = (socket: Socket, answer: (requests: number) => void): void => {
  socket.on('data', (data) => {
    const requests = data.toString('latin1').split('\r\n\r\n').length - 1
    if (requests > 0) answer(requests)
  })
}

/** Behaviours below the handshake: what happens to each TCP connection. */
const tcpBehaviours: Readonly<Record<string, (socket: Socket) => void>> = {
  /** Closes every connection as soon as it is accepted. */
  'close-at-once': (socket) => socket.destroy(),
  /** Reads all and says nothing. */
  'never-answers': (socket) => socket.resume(),
  /** Agrees to the WebSocket with the accept key of another client (the sample of RFC 6455 section 1.3). */
  'wrong-accept': (socket) =>
    onRequest(socket, () =>
      socket.write(`${switching}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`),
    ),
  /** Begins the handshake and never ends its header. */
  'endless-headers': (socket) =>
    onRequest(socket, () => flood(socket, switching, Buffer.from(headerLine.repeat(200)))),
  /** Answers a request with bytes that are not HTTP. */
  'http-garbage': (socket) => onRequest(socket, () => socket.write(noise(256))),
  /** Begins a response and never ends its header. */
  'http-endless-headers': (socket) =>
    onRequest(socket, () => flood(socket, 'HTTP/1.1 200 OK\r\n', Buffer.from(headerLine.repeat(200)))),
  /** Promises 1,000 bytes, sends 10 and closes. */
  'http-truncated': (socket) =>
    onRequest(socket, () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789')),
  /** Answers every request rightly, with status 500, and keeps the connection. */
  'http-500': (socket) =>
    onRequest(socket, (requests) =>
      socket.write('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nsorry'.repeat(requests)),
    ),
}

/** Behaviours after a right WebSocket handshake: what each message gets. `count` is the optional number N. */
const messageBehaviours: Readonly<
  Record<string, (socket: WebSocket, tcp: Socket, count: number | undefined) => void>
> = {
  /** Answers every message with 64 bytes of noise; the first byte has all reserved bits set. */
  garbage: (socket, tcp) => socket.on('message', () => tcp.write(noise(64))),
  /** Announces a frame of 2^62 bytes and begins to send it. */
  'huge-frame': (socket, tcp) => {
    socket.once('message', () =>
      flood(tcp, Buffer.from([0x82, 127, 0x40, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(65_536)),
    )
  },
  /** Answers every message with a text frame that is not UTF-8. */
  'invalid-utf8': (socket, tcp) =>
    socket.on('message', () => tcp.write(Buffer.from([0x81, 4, 0x68, 0xc3, 0x28, 0x69]))),
  /** Echoes up to 125 bytes in a masked frame, which RFC 6455 section 5.1 forbids to servers. */
  'masked-frame': (socket, tcp) => {
    socket.on('message', (data: Buffer) => {
      const payload = data.subarray(0, 125)
      const mask = [1, 2, 3, 4]
      const masked = payload.map((byte, index) => byte ^ mask[index % 4]!)
      tcp.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, ...mask]), masked]))
    })
  },
  /** Echoes N messages (100) on each connection and resets it at the next. */
  'reset-under-load': (socket, tcp, count = 100) => {
    let left = count
    socket.on('message', (data, binary) => {
      if (left-- > 0) socket.send(data, { binary })
      else tcp.resetAndDestroy()
    })
  },
  /** Echoes on the first N connections (10) and stops listening with the last of them. */
  'refuse-after': (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })),
}

function noise(bytes: number): Buffer {
  const random = new Random(1)
  return Buffer.from([0xff, ...Array.from({ length: bytes - 1 }, () => random.integer(0, 255))])
}

/** Writes `head` and then `piece` over and over, as fast as the other side reads. */
function flood(socket: Socket, head: string | Buffer, piece: Buffer): void {
  let left = floodBytes
  const pour = (): void => {
    while (left > 0 && socket.writable) {
      left -= piece.length
      if (!socket.write(piece)) return
    }
  }
  socket.write(head)
  socket.on('drain', pour)
  pour()
}

function createWebSocketServer(behaviour: string, count: number | undefined): Server {
  const http = createHttpServer()
  if (behaviour === 'refuse-after') {
    let left = count ?? 10
    http.on('connection', () => {
      if (--left === 0) http.close()
    })
  }
  acceptWebSockets(http).on('connection', (socket, request) => {
    messageBehaviours[behaviour]!(socket, request.socket, count)
  })
  return http
}

function createTcpServer(behaviour: string): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    tcpBehaviours[behaviour]!(socket)
  })
}

const { values, positionals } = parseArgs({
  options: { ...commonOptions, behaviour: { type: 'string', default: '' } },
  allowPositionals: true,
})
const count = positionals[0] === undefined ? undefined : readNumber(positionals[0], 'the behaviour')
if (Object.hasOwn(tcpBehaviours, values.behaviour)) {
  runServer(createTcpServer(values.behaviour), values)
} else if (Object.hasOwn(messageBehaviours, values.behaviour)) {
  runServer(createWebSocketServer(values.behaviour, count), values)
} else {
  const known = [...Object.keys(tcpBehaviours), ...Object.keys(messageBehaviours)]
  process.stderr.write(`--behaviour is one of ${known.join(', ')}\n`)
  process.exitCode = 2
}
