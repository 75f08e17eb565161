import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bench } from '../support/machine.mjs'
import {
  alternate,
  median,
  plimsoll,
  ratio,
  reference,
  runProgram,
  shown,
  startServer,
  temporaryFolder,
} from '../support/measure.mjs'

const connections = '100'

/** WebSocket echo of 64 bytes, closed model, against a C server: the generator is what is measured. */
export async function webSocketRow({ peers, quick, log }) {
  const server = await startServer('ws-echo')
  const seconds = quick ? '2' : '6'
  const args = ['--port', String(server.port), '--connections', connections, '--seconds', seconds]
  const contestants = {
    plimsoll: async () =>
      (
        await plimsoll([
          `ws://127.0.0.1:${server.port}/`,
          '-c',
          connections,
          '-d',
          `${seconds}s`,
          '--warmup',
          '2s',
        ])
      ).load.achievedRate,
    'bare net.Socket': async () => (await reference('bare-ws.mjs', args)).perSecond,
    'bare ws package': async () => (await reference('bare-ws-package.mjs', args)).perSecond,
    'C client': async () =>
      JSON.parse(
        await runProgram([
          join(bench, 'out/ws-client'),
          '127.0.0.1',
          String(server.port),
          connections,
          seconds,
        ]),
      ).perSecond,
  }
  if (peers.k6) contestants.k6 = () => k6Echo(peers.k6, server.port, seconds)
  if (peers.artillery) contestants.artillery = () => artilleryEcho(peers.artillery, server.port, seconds)
  const results = await alternate(contestants, quick ? 1 : 5, log)
  await server.stop()
  return [
    compared(
      'WebSocket 64-byte echo, 100 connections, closed: plimsoll ÷ bare net.Socket loop',
      results,
      'bare net.Socket',
      0.9,
    ),
    compared('… ÷ bare loop over the ws package', results, 'bare ws package', 1.2),
    ...(results.artillery ? [compared('… ÷ Artillery', results, 'artillery', 4)] : []),
    ...(results.k6 ? [compared('… ÷ k6', results, 'k6', null)] : []),
    compared('… ÷ C epoll client', results, 'C client', null),
  ]
}

/** HTTP/1.1 GET on keep-alive connections, closed model, against a C server. */
export async function httpRow({ peers, quick, log }) {
  const server = await startServer('http-hello')
  const url = `http://127.0.0.1:${server.port}/`
  const seconds = quick ? '2' : '6'
  const contestants = {
    plimsoll: async () =>
      (await plimsoll([url, '-c', connections, '-d', `${seconds}s`, '--warmup', '2s'])).load.achievedRate,
    'bare net.Socket': async () =>
      (
        await reference('bare-http.mjs', [
          '--port',
          String(server.port),
          '--connections',
          connections,
          '--seconds',
          seconds,
        ])
      ).perSecond,
  }
  if (peers.autocannon) {
    contestants.autocannon = async () => {
      const text = await runProgram([
        peers.autocannon,
        '--json',
        '-c',
        connections,
        '-d',
        seconds,
        '-W',
        '[',
        '-c',
        connections,
        '-d',
        '1',
        ']',
        url,
      ])
      return JSON.parse(text.split('\n').find((line) => line.startsWith('{'))).requests.average
    }
  }
  if (peers.wrk) {
    contestants.wrk = async () =>
      Number(
        /Requests\/sec:\s+([\d.]+)/.exec(
          await runProgram([peers.wrk, '-t1', `-c${connections}`, `-d${seconds}s`, url]),
        )[1],
      )
  }
  const results = await alternate(contestants, quick ? 1 : 5, log)
  await server.stop()
  return [
    compared(
      'HTTP/1.1 GET, 100 connections, closed: plimsoll ÷ bare net.Socket loop',
      results,
      'bare net.Socket',
      0.85,
    ),
    ...(results.autocannon ? [compared('… ÷ autocannon', results, 'autocannon', 1.2)] : []),
    ...(results.wrk ? [compared('… ÷ wrk', results, 'wrk', null)] : []),
  ]
}

function compared(what, results, other, reach) {
  const value = ratio(results.plimsoll, results[other])
  return {
    what,
    figure: `${shown(value)} (${shown(median(results.plimsoll))}/s to ${shown(median(results[other]))}/s)`,
    reach: reach === null ? null : `≥ ${reach}`,
    ok: reach === null ? null : value >= reach,
  }
}

/** Artillery's ws engine waits for a reply only where it is to capture something from it: here the id that is echoed. */
export async function artilleryEcho(artillery, port, seconds) {
  const folder = temporaryFolder()
  const payload = JSON.stringify({ id: 1, text: 'x'.repeat(45) })
  const script = {
    config: { target: `ws://127.0.0.1:${port}/`, phases: [{ duration: 1, arrivalCount: 100 }] },
    scenarios: [
      {
        engine: 'ws',
        flow: [
          {
            loop: [{ send: { payload, capture: { json: '$.id', as: 'id' } } }],
            count: Math.round(Number(seconds) * 60),
          },
        ],
      },
    ],
  }
  writeFileSync(join(folder, 'script.json'), JSON.stringify(script))
  const report = join(folder, 'report.json')
  await runProgram([artillery, 'run', '--quiet', '--output', report, join(folder, 'script.json')], {
    env: { ...process.env, ARTILLERY_DISABLE_TELEMETRY: 'true' },
    ignoreCode: true,
  })
  const { aggregate } = JSON.parse(readFileSync(report, 'utf8'))
  const sent = aggregate.counters['websocket.messages_sent']
  return sent / ((aggregate.lastCounterAt - aggregate.firstCounterAt) / 1_000)
}

export async function k6Echo(k6, port, seconds) {
  const folder = temporaryFolder()
  const file = join(folder, 'script.js')
  writeFileSync(
    file,
    `import ws from 'k6/ws'
export const options = { vus: ${connections}, duration: '${seconds}s' }
export default function () {
  ws.connect('ws://127.0.0.1:${port}/', (socket) => {
    socket.on('open', () => socket.send('${'x'.repeat(64)}'))
    socket.on('message', (text) => socket.send(text))
    socket.setTimeout(() => socket.close(), ${Number(seconds) * 1_000})
  })
}`,
  )
  const summary = join(folder, 'summary.json')
  await runProgram([k6, 'run', '--quiet', '--summary-export', summary, file], { ignoreCode: true })
  return JSON.parse(readFileSync(summary, 'utf8')).metrics.ws_msgs_received.rate
}
