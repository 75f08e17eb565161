// The ceiling of Node as an HTTP/1.1 client: net.connect with `onread` and one prebuilt GET, keep-alive, one request
// at a time on a connection. It takes the length of the first response for the length of all, and ends if a
// response does not begin with status 200.
//
//     node bare-http.mjs --port N [--connections 100] [--seconds 5] [--rate R] [--pacing timeout|spin]
import { connect } from 'node:net'
import { fail, LogHistogram, measure, nowUs, pace, readOptions, TimeQueue } from './support.mjs'

const options = readOptions()
const histogram = new LogHistogram()
const closedModel = options.rate === undefined
const request = Buffer.from(`GET / HTTP/1.1\r\nHost: ${options.host}:${options.port}\r\n\r\n`)
const statusOk = 'HTTP/1.1 200'

/** Requests that are due and wait for a free connection (open model), and those connections. */
const waiting = new TimeQueue()
const free = []
let responseLength = 0

class Connection {
  #intendedUs = 0
  #left = 0
  #first = ''

  constructor(readBuffer, onOpen) {
    this.socket = connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: { buffer: readBuffer, callback: (bytes, buffer) => this.#onBytes(buffer, bytes) },
    })
    this.socket.on('connect', () => onOpen(this))
    this.socket.on('error', (error) => fail(error.message))
    this.socket.on('close', () => fail('connection lost'))
  }

  send(intendedUs) {
    this.#intendedUs = intendedUs
    this.socket.write(request)
  }

  #onBytes(buffer, bytes) {
    if (responseLength === 0) {
      this.#first += buffer.latin1Slice(0, bytes)
      responseLength = lengthOf(this.#first)
      if (responseLength === 0) return true
      this.#left = responseLength - this.#first.length
    } else {
      if (this.#left === 0) this.#beginResponse(buffer, bytes)
      this.#left -= bytes
    }
    if (this.#left < 0) fail('a response is longer than the first one')
    if (this.#left === 0) this.#onReply()
    return true
  }

  #beginResponse(buffer, bytes) {
    if (bytes < statusOk.length || buffer.latin1Slice(0, statusOk.length) !== statusOk)
      fail('a response is no 200')
    this.#left = responseLength
  }

  #onReply() {
    const now = nowUs()
    histogram.record(now - this.#intendedUs)
    if (closedModel) this.send(now)
    else if (waiting.length > 0) this.send(waiting.shift())
    else free.push(this)
  }
}

/** The bytes of a whole response, or 0 as long as its header is not there. */
function lengthOf(text) {
  const headerEnd = text.indexOf('\r\n\r\n')
  if (headerEnd === -1) return 0
  const length = /^content-length: *(\d+)/im.exec(text.slice(0, headerEnd))
  if (!text.startsWith(statusOk) || !length) fail('the first response is no 200 with a Content-Length')
  return headerEnd + 4 + Number(length[1])
}

const readBuffer = Buffer.allocUnsafeSlow(65_536)
const connections = await Promise.all(
  Array.from({ length: options.connections }, () => new Promise((open) => new Connection(readBuffer, open))),
)
// One request alone tells the length, so that no two connections read a first response at once.
connections[0].send(nowUs())
while (histogram.count === 0) await new Promise((turn) => setImmediate(turn))
if (closedModel) {
  for (const connection of connections.slice(1)) connection.send(nowUs())
} else {
  free.push(...connections.slice(1))
  const send = (intendedUs) => {
    const connection = free.pop()
    if (connection) connection.send(intendedUs)
    else waiting.push(intendedUs)
  }
  pace(options.rate, options.pacing, send, () => false)
}
await measure(options, histogram)
process.exit(0)
