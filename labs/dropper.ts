/**
 * Drops half of its WebSocket connections.
 *
 * Truth: `--after` (5 s) from the first message on, the 2nd, 4th, 6th … of the connections that were opened by
 * then are closed, all at once: `--how close` sends a close frame with code 1001, `--how reset` a TCP reset.
 * Until then, and on the other half for ever, messages are echoed at once. Connections opened later are kept.
 */
import { parseArgs } from 'node:util'
import type { WebSocket } from 'ws'
import { parseDuration } from '../src/kernel/units.js'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions } from './support/program.js'

const { values } = parseArgs({
  options: {
    ...exchangeOptions,
    after: { type: 'string', default: '5s' },
    how: { type: 'string', default: 'close' },
  },
})
if (values.how !== 'close' && values.how !== 'reset') throw new RangeError('--how is close or reset')
const afterMs = parseDuration(values.after)
const drops: Array<() => void> = []
let connections = 0
let counting = false

const { webSockets } = serveExchanges(values, (exchange) => {
  if (!counting) setTimeout(dropHalf, afterMs)
  counting = true
  exchange.answer()
})

webSockets.on('connection', (socket: WebSocket, request) => {
  connections++
  if (connections % 2 === 1) return
  drops.push(
    values.how === 'close' ? () => socket.close(1001, 'dropped') : () => request.socket.resetAndDestroy(),
  )
})

function dropHalf(): void {
  for (const drop of drops) drop()
}
