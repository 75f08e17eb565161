import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Weights } from '../../packages/flame-graph/src/data.js'
import { outsideRanges, type TimeRange, weigh } from '../../packages/flame-graph/src/weigh.js'
import { decodeFlame } from '../../src/report/flame-codec.js'
import type { FlameData } from '../../src/report/flame-data.js'
import type { SlowMessages } from '../../src/report/slow-messages.js'
import { startLab } from '../integration/labs/lab-process.js'
import { type FinishedRun, isFull, note, plimsoll } from './support.js'

/** A stall takes 8 % of the time in both forms; the profiled window holds one at least. */
const story = isFull
  ? { every: '5s', stall: '400ms', seconds: 20 }
  : { every: '2s', stall: '160ms', seconds: 7.5 }

interface Evidence extends FinishedRun {
  readonly flame: FlameData
  readonly slow: SlowMessages
}

async function stalledService(): Promise<Evidence> {
  const { every, stall, seconds } = story
  const lab = await startLab('stalling', '--every', every, '--for', stall, '--work', '600us')
  try {
    const finished = await plimsoll([
      `ws://127.0.0.1:${lab.port}/`,
      ...['-c', '20', '-r', '800/s', '-d', `${seconds}s`, '--warmup', '2s', '--explore'],
    ])
    const data = JSON.parse(readFileSync(join(finished.folder, 'report-data.json'), 'utf8'))
    return { ...finished, flame: decodeFlame(data.flames[0].flame), slow: data.slow }
  } finally {
    await lab.stop()
  }
}

const canvasData = (flame: FlameData) => ({
  ...flame,
  ...flame.nodes,
  streams: flame.streams.map((stream) => ({ ...stream, name: stream.thread })),
})

/** The share of a function, and all that it calls, in the weights. */
function shareOf(flame: FlameData, weights: Weights, name: string): number {
  const { frame, parent } = flame.nodes
  const within = new Uint8Array(frame.length)
  let sum = 0
  let all = 0
  for (let node = 0; node < frame.length; node++) {
    const isIn = flame.frames[frame[node]!]!.name === name || (node > 0 && within[parent[node]!] === 1)
    within[node] = isIn ? 1 : 0
    all += weights[node]!
    if (isIn) sum += weights[node]!
  }
  return all > 0 ? sum / all : 0
}

describe('a service that stands still for a moment every few seconds', () => {
  let run: Evidence
  const culprit = 'compactJournal'
  const share = (ranges: readonly TimeRange[]): number =>
    shareOf(run.flame, weigh(canvasData(run.flame), ranges), culprit)

  beforeAll(async () => {
    run = await stalledService()
  }, 90_000)

  it('shows the function that caused it as a small part of the whole', () => {
    const whole = shareOf(run.flame, run.flame.nodes.self, culprit)
    note('stall: share of the function that causes it in the whole profile', { whole })
    expect(whole).toBeGreaterThan(0.03)
    expect(whole).toBeLessThan(0.4)
    expect(run.run.profile!.hottest[0]!.function).not.toBe(culprit)
  })

  it('shows it first among what ran while the slowest 1 % were open', () => {
    const ranges = run.slow.ranges.map(([fromUs, toUs]) => ({ fromUs, toUs }))
    const slow = share(ranges)
    const rest = share(outsideRanges(ranges))
    note('stall: its share while the slowest 1 % were open, and in the rest', { slow, rest })
    expect(run.slow.messages).toBeGreaterThan(5)
    expect(slow).toBeGreaterThan(0.5)
    // One of two stalls may hold the whole slowest 1 %: the other is in the rest then.
    expect(rest).toBeLessThan(0.2)
  })

  it('shows it alone in the chosen time of a stall', () => {
    const [fromUs] = run.slow.ranges[0]!
    const brushed = share([{ fromUs, toUs: fromUs + (isFull ? 300_000 : 120_000) }])
    note('stall: its share of the first moments of a stall', { brushed })
    expect(brushed).toBeGreaterThan(0.9)
  })
})
