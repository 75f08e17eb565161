import { join } from 'node:path'
import { bench } from '../support/machine.mjs'
import { alternate, median, plimsoll, ratio, shown, startServer } from '../support/measure.mjs'
import { artilleryEcho, k6Echo } from './throughput.mjs'

const story = (name) => join(bench, 'stories', `${name}.mjs`)

async function tell(name, port, options, scheme = 'ws', env = {}) {
  return await plimsoll([story(name), ...options, '--workers', '1'], {
    env: { ...process.env, STORY_TARGET: `${scheme}://127.0.0.1:${port}/`, ...env },
  })
}

/** Messages a second of sessions against those of declarative traffic, and what other tools make of the same story. */
export async function sessionsRow({ peers, quick, log }) {
  const seconds = quick ? '2' : '6'
  const window = ['-d', `${seconds}s`, '--warmup', '2s']
  const rows = []
  for (const [what, name, scheme, server] of [
    ['WebSocket 64-byte echo', 'echo', 'ws', await startServer('ws-echo')],
    ['HTTP GET', 'get', 'http', await startServer('http-hello')],
  ]) {
    const contestants = {
      sessions: async () => (await tell(name, server.port, window, scheme)).load.achievedRate,
      declarative: async () =>
        (await plimsoll([`${scheme}://127.0.0.1:${server.port}/`, '-c', '100', ...window])).load.achievedRate,
    }
    if (name === 'echo' && peers.artillery) {
      contestants.artillery = () => artilleryEcho(peers.artillery, server.port, seconds)
    }
    if (name === 'echo' && peers.k6) contestants.k6 = () => k6Echo(peers.k6, server.port, seconds)
    const results = await alternate(contestants, quick ? 1 : 5, log)
    await server.stop()
    for (const other of Object.keys(contestants).slice(1)) {
      const value = ratio(results.sessions, results[other])
      const reach = other === 'declarative' ? 0.6 : null
      rows.push({
        what: `${what}, 100 users, closed: sessions ÷ ${other === 'declarative' ? 'declarative traffic' : other}`,
        figure: `${shown(value)} (${shown(median(results.sessions))}/s to ${shown(median(results[other]))}/s)`,
        reach: reach === null ? null : `≥ ${reach}`,
        ok: reach === null ? null : value >= reach,
      })
    }
  }
  return [...rows, await idleSessionRow({ quick, log })]
}

/** Resident memory of one idle session with one socket: the slope between a few and many, in one process. */
async function idleSessionRow({ quick, log }) {
  const server = await startServer('ws-echo')
  const [few, most] = [100, quick ? 2_000 : 10_000]
  const resident = async (users) => {
    const options = ['-d', '4s', '--warmup', `${Math.ceil(users / 2_000) + 1}s`]
    const run = await tell('idle', server.port, options, 'ws', { STORY_USERS: String(users) })
    if (run.counters.connectionsOpened !== users)
      throw new Error(`only ${run.counters.connectionsOpened} of ${users} opened`)
    return run.generator.workers[0].rssBytes / 1_024
  }
  const costs = []
  for (let repeat = 0; repeat < (quick ? 1 : 5); repeat++) {
    costs.push(((await resident(most)) - (await resident(few))) / (most - few))
    log(`${repeat + 1}: ${shown(costs.at(-1))} KiB`)
  }
  await server.stop()
  return {
    what: `resident memory of an idle session with one socket, ${most.toLocaleString('en-US')} in one process`,
    figure: `${shown(median(costs))} KiB`,
    reach: '≤ 12 KiB',
    ok: median(costs) <= 12,
  }
}
