import { PlimsollError } from '../kernel/errors.js'
import { LoadWorker } from './load-worker.js'
import type { FromWorker, ToWorker } from './worker-messages.js'

/** The entry of a worker process; the coordinator forks it. */
const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message)
}

function fail(error: unknown): void {
  const known = error instanceof PlimsollError ? error : null
  const message = known
    ? known.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error)
  send({ kind: 'failed', code: known?.code ?? null, message, hint: known?.hint ?? null })
}

const worker = new LoadWorker(send)
process.setSourceMapsEnabled(true)
process.on('message', (message: ToWorker) => {
  worker.handle(message).then(
    () => {
      if (message.kind === 'exit') process.disconnect()
    },
    (error: unknown) => fail(error),
  )
})
process.on('uncaughtException', fail)
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole process group; the coordinator decides what it means.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
