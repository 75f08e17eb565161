/**
 * One server, one queue, a constant service time: D/1 of queueing theory, over WebSocket and HTTP.
 *
 * Truth: departure(n) = max(arrival(n), departure(n − 1)) + service, first come first served. So the capacity is
 * 1 ÷ service (1000/s at `--service 1ms`), the response time below it is the queue before a message plus one
 * service time, and above it the queue grows by (rate − capacity) messages a second for as long as the load lasts.
 * All of the service time is CPU of the function `burnUntil`.
 */
import { parseArgs } from 'node:util'
import { monotonicUs } from '../src/kernel/clock.js'
import { parseDuration } from '../src/kernel/units.js'
import { burnUntil } from './support/busy.js'
import { type Exchange, serveExchanges } from './support/exchange.js'
import { exchangeOptions } from './support/program.js'

const { values } = parseArgs({
  options: { ...exchangeOptions, service: { type: 'string', default: '1ms' } },
})
const serviceUs = parseDuration(values.service) * 1_000

const queue: Exchange[] = []
let head = 0
let departureUs = 0
let working = false

serveExchanges(values, (exchange) => {
  queue.push(exchange)
  if (!working) {
    working = true
    setImmediate(serveNext)
  }
})

/** One message a turn of the event loop, so that arrivals are read between; reading is part of the service time. */
function serveNext(): void {
  const exchange = queue[head]!
  burnUntil(Math.max(exchange.arrivalUs, departureUs) + serviceUs)
  // The real end, not the planned one: a pause of the whole process is lost capacity and must not be caught up on.
  departureUs = monotonicUs()
  exchange.answer()
  forgetFirst()
  if (head < queue.length) setImmediate(serveNext)
  else working = false
}

function forgetFirst(): void {
  head++
  if (head === queue.length || head === 4_096) {
    queue.splice(0, head)
    head = 0
  }
}
