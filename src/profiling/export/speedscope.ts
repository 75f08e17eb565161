import { totalsOf } from '../flame-builder.js'
import type { FlameProfile } from '../flame-profile.js'
import { depthFor, stackOf } from './stacks.js'

const maxFramesOfFile = 10_000_000

interface SpeedscopeProfile {
  readonly type: 'sampled'
  readonly name: string
  readonly unit: 'microseconds' | 'bytes' | 'none'
  readonly startValue: number
  readonly endValue: number
  readonly samples: number[][]
  readonly weights: number[]
}

const speedscopeUnits = { us: 'microseconds', bytes: 'bytes', count: 'none' } as const

/**
 * The JSON format of speedscope. One "sampled" profile for each thread, with every sample in the order of time, in µs,
 * idle time as a sample without frames; where the profiler tells no times, one profile of all stacks.
 * Source: speedscope, src/lib/file-format-spec.ts.
 */
export function toSpeedscope(flame: FlameProfile, name: string): string {
  const samples = flame.streams.reduce((sum, stream) => sum + stream.node.length, 0)
  const depth = depthFor(samples || flame.nodes.self.length, maxFramesOfFile)
  const frames = flame.frames.map(({ name, file, line }) => ({
    name,
    ...(file === '' ? {} : { file }),
    ...(line === 0 ? {} : { line }),
  }))
  // Frame 0, the root, is in no stack: it stands for what was cut out of a very deep one.
  frames[0] = { name: '(cut)' }
  const profiles =
    flame.streams.length > 0 ? timedProfiles(flame, name, depth) : [untimedProfile(flame, name, depth)]
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'plimsoll',
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  })
}

/** Times of all threads count from the earliest start, so that viewers line them up. */
function timedProfiles(flame: FlameProfile, name: string, depth: number): SpeedscopeProfile[] {
  const originUs = Math.min(...flame.streams.map(({ startUs }) => startUs))
  const several = flame.streams.length > 1
  return flame.streams.map((stream) => {
    const samples: number[][] = []
    const weights: number[] = []
    const startValue = Math.round(stream.startUs - originUs)
    let endUs = stream.startUs - originUs
    let before: number | null = null
    stream.node.forEach((node, index) => {
      const us = stream.us[index]!
      endUs += us
      if (node === before) weights[weights.length - 1]! += us
      else {
        samples.push(node < 0 ? [] : speedscopeStack(flame, node, depth))
        weights.push(us)
      }
      before = node
    })
    return {
      type: 'sampled',
      name: several ? `${name}: ${stream.thread} of ${stream.pid}` : name,
      unit: 'microseconds',
      startValue,
      endValue: endUs,
      samples,
      weights,
    }
  })
}

function untimedProfile(flame: FlameProfile, name: string, depth: number): SpeedscopeProfile {
  const { self } = flame.nodes
  const onTop = Array.from(self, (_, node) => node).filter((node) => self[node]! > 0)
  return {
    type: 'sampled',
    name,
    unit: speedscopeUnits[flame.unit],
    startValue: 0,
    endValue: totalsOf(flame)[0]!,
    samples: onTop.map((node) => speedscopeStack(flame, node, depth)),
    weights: onTop.map((node) => self[node]!),
  }
}

const speedscopeStack = (flame: FlameProfile, node: number, depth: number): number[] =>
  stackOf(flame, node, depth).map((one) => (one < 0 ? 0 : flame.nodes.frame[one]!))
