// The ceiling of Node as a WebSocket client: net.connect with `onread`, a frame counter, one prebuilt masked frame of
// 64 bytes, one histogram. It checks next to nothing; a real load generator has to do more.
//
//     node bare-ws.mjs --port N [--connections 100] [--seconds 5] [--rate R] [--pacing timeout|spin]
import { connect } from 'node:net'
import { fail, LogHistogram, measure, nowUs, pace, readOptions, TimeQueue } from './support.mjs'

const payload = Buffer.from('{"id":1,"text":"0123456789abcdef0123456789abcdef0123456789abcd"}')
const mask = [0x12, 0x34, 0x56, 0x78]
const frame = Buffer.concat([
  Buffer.from([0x81, 0x80 | payload.length, ...mask]),
  payload.map((byte, index) => byte ^ mask[index & 3]),
])

const options = readOptions()
const histogram = new LogHistogram()
const closedModel = options.rate === undefined

class Connection {
  due = new TimeQueue()
  #bodyLeft = 0
  #headerUsed = 0
  #headerWanted = 2
  #length = 0
  #handshake = ''
  #onOpen

  constructor(readBuffer, onOpen) {
    this.#onOpen = onOpen
    this.socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (bytes, buffer) => this.#onBytes(buffer, bytes) },
    })
    this.socket.on('error', (error) => fail(error.message))
    this.socket.on('close', () => fail('connection lost'))
    this.socket.write(
      `GET / HTTP/1.1\r\nHost: ${options.host}:${options.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
  }

  send(intendedUs) {
    this.due.push(intendedUs)
    this.socket.write(frame)
  }

  #onBytes(buffer, bytes) {
    if (this.#onOpen) this.#readHandshake(buffer, bytes)
    else this.#readFrames(buffer, bytes)
    return true
  }

  // The server speaks only when spoken to, so nothing can follow the header in the same read.
  #readHandshake(buffer, bytes) {
    this.#handshake += buffer.latin1Slice(0, bytes)
    if (!this.#handshake.includes('\r\n\r\n')) return
    if (!this.#handshake.startsWith('HTTP/1.1 101')) fail('no WebSocket there')
    const onOpen = this.#onOpen
    this.#onOpen = undefined
    onOpen(this)
  }

  #readFrames(buffer, bytes) {
    let at = 0
    while (at < bytes) {
      if (this.#bodyLeft > 0) {
        const piece = Math.min(this.#bodyLeft, bytes - at)
        this.#bodyLeft -= piece
        at += piece
        if (this.#bodyLeft === 0) this.#onReply()
      } else {
        this.#readHeaderByte(buffer[at++])
      }
    }
  }

  #readHeaderByte(byte) {
    this.#headerUsed++
    if (this.#headerUsed === 2) {
      const short = byte & 0x7f
      this.#headerWanted = short === 127 ? 10 : short === 126 ? 4 : 2
      this.#length = short < 126 ? short : 0
    } else if (this.#headerUsed > 2) {
      this.#length = this.#length * 256 + byte
    }
    if (this.#headerUsed < 2 || this.#headerUsed < this.#headerWanted) return
    this.#headerUsed = 0
    this.#bodyLeft = this.#length
    if (this.#length === 0) this.#onReply()
  }

  #onReply() {
    const now = nowUs()
    histogram.record(now - this.due.shift())
    if (closedModel) this.send(now)
  }
}

// Reads are handled before the next one begins, so one buffer serves all connections.
const readBuffer = Buffer.allocUnsafeSlow(65_536)
const connections = await Promise.all(
  Array.from({ length: options.connections }, () => new Promise((open) => new Connection(readBuffer, open))),
)
if (closedModel) {
  for (const connection of connections) connection.send(nowUs())
} else {
  let next = 0
  const send = (intendedUs) => connections[next++ % connections.length].send(intendedUs)
  pace(options.rate, options.pacing, send, () => false)
}
await measure(options, histogram)
process.exit(0)
