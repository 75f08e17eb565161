/**
 * Changes its speed over time, over WebSocket and HTTP. Time counts from the first message.
 *
 * Truth, with t the seconds from the first message to the arrival of this one:
 * - `--slow-for 12s` (the default): 20 ms (`--slow`) while t < 12, then 2 ms (`--fast`) for ever: a warm-up.
 * - `--drift 5`: 2 ms · (1 + 5 % · t), for ever: never steady.
 */
import { parseArgs } from 'node:util'
import { parseDuration } from '../src/kernel/units.js'
import { DelayQueue } from './support/delay-queue.js'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions, readNumber } from './support/program.js'

const { values } = parseArgs({
  options: {
    ...exchangeOptions,
    'slow-for': { type: 'string', default: '12s' },
    slow: { type: 'string', default: '20ms' },
    fast: { type: 'string', default: '2ms' },
    drift: { type: 'string' },
  },
})
const slowForUs = parseDuration(values['slow-for']) * 1_000
const slowUs = parseDuration(values.slow) * 1_000
const fastUs = parseDuration(values.fast) * 1_000
const driftPerSecond = values.drift === undefined ? undefined : readNumber(values.drift, '--drift') / 100
const delays = new DelayQueue()
let firstUs: number | undefined

serveExchanges(values, (exchange) => {
  firstUs ??= exchange.arrivalUs
  delays.at(exchange.arrivalUs + delayUs(exchange.arrivalUs - firstUs), () => exchange.answer())
})

function delayUs(ageUs: number): number {
  if (driftPerSecond !== undefined) return fastUs * (1 + driftPerSecond * (ageUs / 1_000_000))
  return ageUs < slowForUs ? slowUs : fastUs
}
