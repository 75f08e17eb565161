/**
 * Forgets to answer, over WebSocket and HTTP.
 *
 * Truth: of the messages counted over the whole server, every 50th (`--every`) is never answered, exactly 2 %; an
 * HTTP request among them hangs with its connection open. All others are echoed at once.
 */
import { parseArgs } from 'node:util'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions, readNumber } from './support/program.js'

const { values } = parseArgs({
  options: { ...exchangeOptions, every: { type: 'string', default: '50' } },
})
const every = readNumber(values.every, '--every')
let messages = 0

serveExchanges(values, (exchange) => {
  messages++
  if (messages % every !== 0) exchange.answer()
})
