// The same client as bare-ws.mjs over the `ws` package: what a generator built on the usual library can reach.
//
//     node bare-ws-package.mjs --port N [--connections 100] [--seconds 5] [--rate R] [--pacing timeout|spin]
import { WebSocket } from 'ws'
import { fail, LogHistogram, measure, nowUs, pace, readOptions, TimeQueue } from './support.mjs'

const text = '{"id":1,"text":"0123456789abcdef0123456789abcdef0123456789abcd"}'
const options = readOptions()
const histogram = new LogHistogram()
const closedModel = options.rate === undefined

class Connection {
  due = new TimeQueue()

  constructor(onOpen) {
    this.socket = new WebSocket(`ws://${options.host}:${options.port}/`, { perMessageDeflate: false })
    this.socket.on('open', () => onOpen(this))
    this.socket.on('error', (error) => fail(error.message))
    this.socket.on('close', () => fail('connection lost'))
    this.socket.on('message', () => this.#onReply())
  }

  send(intendedUs) {
    this.due.push(intendedUs)
    this.socket.send(text)
  }

  #onReply() {
    const now = nowUs()
    histogram.record(now - this.due.shift())
    if (closedModel) this.send(now)
  }
}

const connections = await Promise.all(
  Array.from({ length: options.connections }, () => new Promise((open) => new Connection(open))),
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
