/**
 * Answers after delays of a known law, over WebSocket and HTTP.
 *
 * Truth: the delay of message n (counted over the whole server, by arrival) is entry n mod 1000 of a cycle that
 * holds every rank of the law once, shuffled by `--seed`; so any 1000 messages in a row have exactly the quantiles
 * of `lawQuantile`. Replies overtake each other: match them by `id`.
 *
 * - `--law bimodal`: 90 % take 5 ms, 10 % take 50 ms.
 * - `--law heavy`: Pareto, p50 2 ms, p99 64.6 ms, p99.9 500 ms, which is also the maximum.
 */
import { parseArgs } from 'node:util'
import { DelayQueue } from './support/delay-queue.js'
import { serveExchanges } from './support/exchange.js'
import { cycleLength, type Law, lawCycle, lawQuantile, laws } from './support/laws.js'
import { exchangeOptions, readNumber, runsAsProgram } from './support/program.js'

export { cycleLength, type Law, lawCycle, lawQuantile }

function main(): void {
  const { values } = parseArgs({
    options: {
      ...exchangeOptions,
      law: { type: 'string', default: 'bimodal' },
      seed: { type: 'string', default: '1' },
    },
  })
  const law = laws.find((name) => name === values.law)
  if (law === undefined) throw new RangeError(`--law is one of ${laws.join(', ')}`)
  const cycle = lawCycle(law, readNumber(values.seed, '--seed'))
  const delays = new DelayQueue()
  let messages = 0
  serveExchanges(values, (exchange) => {
    const delayMs = cycle[messages++ % cycleLength]!
    delays.at(exchange.arrivalUs + delayMs * 1_000, () => exchange.answer())
  })
}

if (runsAsProgram(import.meta.url)) main()
