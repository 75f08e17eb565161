/**
 * A service that answers at once, and once in a while compacts its journal, over WebSocket and HTTP.
 *
 * Truth: a message costs some 20 µs, in `keepEntry`. Every 5 s (`--every`) `compactJournal` blocks the event loop
 * for 400 ms (`--for`) with arithmetic of its own: 8 % of the time, so that it is a small part of the CPU where the
 * rest is busy, and all of the slowest messages wait for it. Nothing else is ever slow.
 */
import { parseArgs } from 'node:util'
import { monotonicUs } from '../src/kernel/clock.js'
import { parseDuration } from '../src/kernel/units.js'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions } from './support/program.js'

const { values } = parseArgs({
  options: {
    ...exchangeOptions,
    every: { type: 'string', default: '5s' },
    for: { type: 'string', default: '400ms' },
    /** CPU of an ordinary message. */
    work: { type: 'string', default: '20us' },
  },
})
const stallUs = parseDuration(values.for) * 1_000
const workUs = parseDuration(values.work) * 1_000
const journal = new Float64Array(4_096)
let entries = 0

/** What an ordinary message takes. */
function keepEntry(): void {
  const untilUs = monotonicUs() + workUs
  do journal[entries++ % journal.length]! += Math.sqrt(entries)
  while (monotonicUs() < untilUs)
}

/** The stall. It does its own arithmetic, so that a profile names it and nothing below it. */
function compactJournal(): void {
  const untilUs = monotonicUs() + stallUs
  do {
    for (let entry = 1; entry < journal.length; entry++) {
      journal[entry] = journal[entry]! * 0.999 + journal[entry - 1]! * 0.001
    }
  } while (monotonicUs() < untilUs)
}

setInterval(compactJournal, parseDuration(values.every)).unref()

serveExchanges(values, (exchange) => {
  keepEntry()
  exchange.answer()
})
