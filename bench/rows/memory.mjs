import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from '../support/machine.mjs'
import {
  childrenOf,
  median,
  plimsoll,
  residentKiB,
  shown,
  startServer,
  temporaryFolder,
} from '../support/measure.mjs'

/** Resident memory of one idle WebSocket connection: the slope between a few and 15,000, in one process. */
export async function idleRow({ quick, log }) {
  const server = await startServer('ws-echo')
  const most = quick ? 3_000 : 15_000
  const few = 100
  const resident = async (connections) => {
    const run = await plimsoll([
      `ws://127.0.0.1:${server.port}/`,
      '-c',
      String(connections),
      '-r',
      '1',
      '-d',
      '4s',
      '--warmup',
      '2s',
      '--workers',
      '1',
    ])
    if (run.counters.connectionsOpened !== connections)
      throw new Error(`only ${run.counters.connectionsOpened} of ${connections} opened`)
    return run.generator.workers[0].rssBytes / 1_024
  }
  const costs = []
  for (let repeat = 0; repeat < (quick ? 1 : 5); repeat++) {
    costs.push(((await resident(most)) - (await resident(few))) / (most - few))
    log(`${repeat + 1}: ${shown(costs.at(-1))} KiB`)
  }
  await server.stop()
  return [
    {
      what: `resident memory of an idle WebSocket connection, ${most.toLocaleString('en-US')} in one process`,
      figure: `${shown(median(costs))} KiB`,
      reach: '≤ 5 KiB',
      ok: median(costs) <= 5,
    },
  ]
}

/** Does memory grow with the length of a run? */
export async function memoryRow({ quick, log }) {
  const server = await startServer('ws-echo')
  const minutes = quick ? 1 : 5
  const child = spawn(
    process.execPath,
    [
      join(root, 'bin/plimsoll.js'),
      'run',
      `ws://127.0.0.1:${server.port}/`,
      '-c',
      '100',
      '-r',
      '10000',
      '-d',
      `${minutes}m`,
      '--warmup',
      '0s',
      '--explore',
      '--quiet',
      '--json',
      '--out',
      join(temporaryFolder(), 'run'),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'exit')
  await delay(3_000)
  const samples = []
  const startMs = performance.now()
  while (performance.now() - startMs < minutes * 60_000 - 3_000) {
    const pids = [child.pid, ...childrenOf(child.pid)]
    samples.push({
      atS: (performance.now() - startMs) / 1_000,
      kib: pids.reduce((sum, pid) => sum + residentKiB(pid), 0),
    })
    await delay(1_000)
  }
  await ended
  await server.stop()
  const within = (from, to) =>
    median(samples.filter(({ atS }) => atS >= from && atS < to).map(({ kib }) => kib))
  const second = quick ? within(15, 30) : within(60, 120)
  const last = quick ? within(42, 57) : within((minutes - 1) * 60 - 3, minutes * 60)
  log(`${samples.length} samples of all of plimsoll's processes together`)
  return [
    {
      what: `memory of all processes at 10,000/s for ${minutes} min: last minute ÷ second minute`,
      figure: `${shown(last / second)} (${shown(last / 1_024)} MiB to ${shown(second / 1_024)} MiB)`,
      reach: '≤ 1.05',
      ok: last / second <= 1.05,
    },
  ]
}
