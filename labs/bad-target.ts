/**
 * A target that breaks the rules, one at a time (`--behaviour`), to show that a load generator ends in counted
 * errors and never in a crash or a hang.
 *
 * Truth: the table below, word for word. Floods respect back-pressure and end after 256 MiB a connection; what is slow
 * comes at one byte a second.
 */
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { constants, deflateRawSync } from 'node:zlib'
import type { WebSocket } from 'ws'
import { Random } from '../src/kernel/random.js'
import { acceptWebSockets } from './support/exchange.js'
import { commonOptions, readNumber, runServer } from './support/program.js'

const floodBytes = 256 * 1_024 * 1_024
const headerLine = 'x-padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'
const dripMs = 1_000
/** Empty text frames in one write. */
const tinyFrames = 1_000_000
/** What the bomb inflates to, and the zeros that one of its pieces stands for. */
const bombBytes = 10e9
const bombPieceBytes = 100e6
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
  /** Agrees to the WebSocket, one byte a second. */
  'slow-handshake': (socket) => onRequest(socket, () => drip(socket, Buffer.from(switching))),
  /** Answers every request, one byte a second. */
  'slow-response': (socket) =>
    onRequest(socket, () => drip(socket, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'))),
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
  /** Answers the first message with a million empty ones, in one write. */
  'tiny-frames': (socket, tcp) =>
    socket.once('message', () => tcp.write(Buffer.alloc(2 * tinyFrames, Buffer.from([0x81, 0])))),
  /** Answers the first message with a frame of 100 bytes, one byte a second. */
  'slow-frame': (socket, tcp) =>
    socket.once('message', () =>
      drip(tcp, Buffer.concat([Buffer.from([0x81, 100]), Buffer.alloc(100, 'x')])),
    ),
  /** Answers every message with a compressed one of 10 MB that inflates to 10 GB. Needs a client with compression. */
  'deflate-bomb': (socket, tcp) => socket.on('message', () => tcp.write(bomb())),
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

/** Writes a byte at once and then one each second. */
function drip(socket: Socket, bytes: Buffer): void {
  let at = 0
  const next = (): void => {
    if (at === bytes.length || !socket.writable) clearInterval(timer)
    else socket.write(bytes.subarray(at, ++at))
  }
  const timer = setInterval(next, dripMs)
  next()
}

let builtBomb: Buffer | null = null

/** A flushed piece refers to nothing before it and ends at a byte, so the same one may stand there time after time. */
function bomb(): Buffer {
  if (builtBomb) return builtBomb
  const piece = deflateRawSync(Buffer.alloc(bombPieceBytes), { finishFlush: constants.Z_FULL_FLUSH })
  const head = Buffer.from([0xc2, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  const pieces = bombBytes / bombPieceBytes
  head.writeUInt32BE(pieces * piece.length, 6)
  builtBomb = Buffer.concat([head, ...Array.from({ length: pieces }, () => piece)])
  return builtBomb
}

function createWebSocketServer(behaviour: string, count: number | undefined): Server {
  const http = createHttpServer()
  if (behaviour === 'refuse-after') {
    let left = count ?? 10
    http.on('connection', () => {
      if (--left === 0) http.close()
    })
  }
  const webSockets = acceptWebSockets(http, behaviour === 'deflate-bomb')
  webSockets.on('connection', (socket, request) => {
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
