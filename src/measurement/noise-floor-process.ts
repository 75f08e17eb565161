import { connect, createServer, type Socket } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { monotonicUs } from '../kernel/clock.js'
import { Histogram } from './histogram.js'
import type { NoiseMessage } from './noise-floor.js'

/*
 * The process that measures the machine's noise floor: an echo server in a worker thread, and on the main thread a
 * client that sends it 64 bytes, 100 times a second, and times the way there and back. Whatever delays these two,
 * who have nothing else to do, delays a target and a generator on this machine as well.
 *
 * Started by `startNoiseFloor` with an IPC channel; it ends by itself when the channel closes.
 */
const pingBytes = 64
const periodUs = 10_000
const flushMs = 250
/** Past this many unanswered pings (ten seconds) no further one is sent: the machine stands still. */
const mostOutstanding = 1_024
/** A sleep longer than this (a suspended machine) is not caught up with, so that it ends in no burst. */
const mostBehindUs = 1_000_000

if (isMainThread) startClient()
else startEchoServer()

function startEchoServer(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => socket.write(data))
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') parentPort?.postMessage(address.port)
  })
}

function startClient(): void {
  const worker = new Worker(new URL(import.meta.url))
  worker.once('error', (error) => end(worker, error.message))
  worker.once('message', (port: number) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('connect', () => ping(socket))
    socket.once('error', (error) => end(worker, error.message))
  })
  process.once('disconnect', () => end(worker, null))
  // Ctrl-C reaches the whole process group; the floor is wanted until the parent has written its report.
  process.on('SIGINT', () => {})
}

/** Sends pings until the parent says stop or goes away; the replies come in order. */
function ping(socket: Socket): void {
  const payload = Buffer.alloc(pingBytes)
  const sentAt = new Float64Array(mostOutstanding)
  const roundTrip = new Histogram()
  const lateness = new Histogram()
  let sent = 0
  let answered = 0
  let partial = 0
  let dueUs = monotonicUs() + periodUs
  let sinceUs: number = monotonicUs()

  const sendDue = (): void => {
    let nowUs: number = monotonicUs()
    while (dueUs <= nowUs) {
      lateness.record(nowUs - dueUs)
      if (sent - answered < mostOutstanding) {
        sentAt[sent++ % mostOutstanding] = nowUs
        socket.write(payload)
      }
      dueUs = nowUs - dueUs > mostBehindUs ? nowUs + periodUs : dueUs + periodUs
      nowUs = monotonicUs()
    }
    pingTimer = setTimeout(sendDue, Math.ceil((dueUs - nowUs) / 1_000))
  }
  const flush = (then?: () => void): void => {
    const startUs = sinceUs
    sinceUs = monotonicUs()
    const deltas = { roundTrip: roundTrip.takeDelta(), lateness: lateness.takeDelta() }
    report({ kind: 'interval', startUs, endUs: sinceUs, ...deltas }, then)
  }
  const stop = (): void => {
    clearTimeout(pingTimer)
    clearInterval(flushTimer)
    socket.destroy()
  }

  let pingTimer = setTimeout(sendDue, periodUs / 1_000)
  const flushTimer = setInterval(() => flush(), flushMs)
  socket.on('data', (data) => {
    const nowUs = monotonicUs()
    for (partial += data.length; partial >= pingBytes; partial -= pingBytes) {
      roundTrip.record(nowUs - sentAt[answered++ % mostOutstanding]!)
    }
  })
  socket.once('close', stop)
  process.once('disconnect', stop)
  process.once('message', () => {
    stop()
    flush(() => process.disconnect?.())
  })
  report({ kind: 'ready' })
}

function report(message: NoiseMessage, then?: () => void): void {
  // The callback also takes the error of a channel that has just closed; 'disconnect' follows it.
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.())
}

/** Gives up everything that keeps the process alive. */
function end(worker: Worker, problem: string | null): void {
  if (problem !== null) report({ kind: 'failed', problem })
  void worker.terminate()
  if (process.connected) process.disconnect()
}
