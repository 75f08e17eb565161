/**
 * A healthy echo, over WebSocket and HTTP on one port.
 *
 * Truth: every message is answered once, at once, with its own bytes; a request without a body gets
 * `{"ok":true}`. No connection is ever closed by the server.
 */
import { parseArgs } from 'node:util'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions } from './support/program.js'

const { values } = parseArgs({ options: exchangeOptions })
serveExchanges(values, (exchange) => exchange.answer())
