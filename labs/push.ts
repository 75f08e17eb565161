/**
 * Answers, and also talks unasked, over WebSocket.
 *
 * Truth: every message is echoed 50 ms (`--answer-after`) after its arrival; besides, every connection gets
 * `{"type":"push","seq":n}` each 700 ms (`--push-every`) from its start on. A tool that takes a push for a reply
 * reports less than 50 ms.
 */
import { parseArgs } from 'node:util'
import { parseDuration } from '../src/kernel/units.js'
import { DelayQueue } from './support/delay-queue.js'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions } from './support/program.js'

const { values } = parseArgs({
  options: {
    ...exchangeOptions,
    'answer-after': { type: 'string', default: '50ms' },
    'push-every': { type: 'string', default: '700ms' },
  },
})
const answerAfterUs = parseDuration(values['answer-after']) * 1_000
const pushEveryMs = parseDuration(values['push-every'])
const delays = new DelayQueue()

const { webSockets } = serveExchanges(values, (exchange) => {
  delays.at(exchange.arrivalUs + answerAfterUs, () => exchange.answer())
})

webSockets.on('connection', (socket) => {
  let seq = 0
  const pushes = setInterval(() => socket.send(`{"type":"push","seq":${++seq}}`), pushEveryMs)
  socket.on('close', () => clearInterval(pushes))
})
