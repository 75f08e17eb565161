import { Random } from '../kernel/random.js'
import { type EncodedFlame, encodeFlame } from './flame-codec.js'
import { type FlameData, type FlameDataFrame, type FlameStream, totalsOf } from './flame-data.js'

/** Of one flame graph. */
export interface FlameBounds {
  /** In all streams together. */
  readonly samples: number
  /** As it stands in JSON. */
  readonly bytes: number
}

export const defaultBounds: FlameBounds = { samples: 120_000, bytes: 3_000_000 }

/** What a bound has cost. */
export interface FlameLoss {
  /** The time from one sample to the next, where it is longer than the profiler's own. */
  readonly stepUs?: number
  /** Frames that were too small, and are gathered in `(smaller frames)` of their callers. */
  readonly frames?: number
  /** Their part of the whole: 0 to 1. */
  readonly share?: number
  /** None of them had more of the whole than this. */
  readonly below?: number
}

/** What is gathered goes by this name. */
export const smallerFrames = '(smaller frames)'

export interface FittedFlame {
  readonly flame: EncodedFlame
  readonly loss: FlameLoss
}

/**
 * Encodes a flame graph within its bounds, and says what that cost. All sums stay what they were.
 * @param earlier what smaller bounds had cost before
 */
export function fitFlame(
  data: FlameData,
  bounds: FlameBounds = defaultBounds,
  earlier: FlameLoss = {},
): FittedFlame {
  const { streams, stepUs } = fitStreams(data.streams, bounds.samples)
  let flame = encodeFlame({ ...data, streams })
  let loss: FlameLoss = stepUs === null ? earlier : { ...earlier, stepUs }
  let most = data.nodes.frame.length
  for (let bytes = bytesOf(flame); bytes > bounds.bytes && most > 1; bytes = bytesOf(flame)) {
    most = Math.floor(most * Math.min(0.9, (0.9 * bounds.bytes) / bytes))
    const pruned = pruneFrames({ ...data, streams }, most)
    loss = {
      ...loss,
      frames: (earlier.frames ?? 0) + pruned.frames,
      share: pruned.share,
      below: Math.max(earlier.below ?? 0, pruned.below),
    }
    flame = encodeFlame(pruned.data)
  }
  return { flame, loss }
}

/** Its size in JSON. */
export const bytesOf = (flame: EncodedFlame): number => JSON.stringify(flame).length

/**
 * Joins samples of the same node that follow each other. Where too many are left, it takes them anew at a wider step,
 * at a random moment of each: as if the profiler had been set to that step, so that no work that comes at regular
 * times is missed or favoured.
 */
function fitStreams(
  streams: readonly FlameStream[],
  most: number,
): { streams: readonly FlameStream[]; stepUs: number | null } {
  const joined = streams.map(joinEqual)
  const count = joined.reduce((sum, { node }) => sum + node.length, 0)
  if (count <= most) return { streams: joined, stepUs: null }
  const wholeUs = joined.reduce((sum, { us }) => sum + us.reduce((total, length) => total + length, 0), 0)
  const stepUs = Math.ceil(wholeUs / Math.max(1, most - joined.length))
  return { streams: joined.map((stream) => joinEqual(resample(stream, stepUs))), stepUs }
}

function joinEqual(stream: FlameStream): FlameStream {
  const node: number[] = []
  const us: number[] = []
  stream.node.forEach((index, i) => {
    if (node.at(-1) === index) us[us.length - 1]! += stream.us[i]!
    else {
      node.push(index)
      us.push(stream.us[i]!)
    }
  })
  return { ...stream, node: Int32Array.from(node), us: Float64Array.from(us) }
}

function resample(stream: FlameStream, stepUs: number): FlameStream {
  const random = new Random(stream.node.length)
  const wholeUs = stream.us.reduce((sum, length) => sum + length, 0)
  const steps = Math.ceil(wholeUs / stepUs)
  const node = new Int32Array(steps)
  const us = new Float64Array(steps).fill(stepUs)
  if (steps > 0) us[steps - 1] = wholeUs - (steps - 1) * stepUs
  let at = 0
  let endUs = stream.us[0] ?? 0
  for (let step = 0; step < steps; step++) {
    const momentUs = step * stepUs + random.next() * us[step]!
    while (endUs <= momentUs && at < stream.node.length - 1) endUs += stream.us[++at]!
    node[step] = stream.node[at]!
  }
  return { ...stream, node, us }
}

/** Keeps about `most` of the largest nodes. Of the others each caller gets one frame a category. */
function pruneFrames(
  data: FlameData,
  most: number,
): { data: FlameData; frames: number; share: number; below: number } {
  const { nodes } = data
  const totals = totalsOf(nodes.parent, nodes.self)
  const smallest = totals.toSorted()[Math.max(0, totals.length - most)]!
  // An equal total of a child never outlives that of its parent: both stay or both go.
  const stays = (i: number): boolean => i === 0 || totals[i]! > smallest
  const placed = new PlacedNodes(data.frames)
  const placeOf = new Int32Array(totals.length)
  const callerOf = new Int32Array(totals.length)
  let frames = 0
  for (let i = 0; i < totals.length; i++) {
    const caller = i === 0 ? -1 : callerOf[nodes.parent[i]!]!
    const kept = stays(i)
    placeOf[i] = kept ? placed.keep(nodes.frame[i]!, caller) : placed.gather(nodes.frame[i]!, caller)
    callerOf[i] = kept ? placeOf[i]! : caller
    placed.self[placeOf[i]!]! += nodes.self[i]!
    if (!kept && data.frames[nodes.frame[i]!]!.name !== smallerFrames) frames++
  }
  const whole = totals[0]! > 0 ? totals[0]! : 1
  const streams = data.streams.map((stream) => ({
    ...stream,
    node: stream.node.map((index) => (index < 0 ? index : placeOf[index]!)),
  }))
  const result = placed.result()
  const left = result.nodes.self.reduce(
    (sum, self, i) => (result.frames[result.nodes.frame[i]!]!.name === smallerFrames ? sum + self : sum),
    0,
  )
  return {
    data: { ...data, ...result, streams },
    frames,
    share: left / whole,
    below: smallest / whole,
  }
}

class PlacedNodes {
  readonly self: number[] = []
  readonly #source: readonly FlameDataFrame[]
  readonly #frames: FlameDataFrame[] = []
  readonly #frame: number[] = []
  readonly #parent: number[] = []
  readonly #known = new Map<number, number>()
  readonly #gatherings = new Map<string, number>()
  readonly #smaller = new Map<string, number>()

  constructor(source: readonly FlameDataFrame[]) {
    this.#source = source
  }

  keep(frame: number, parent: number): number {
    let index = this.#known.get(frame)
    if (index === undefined) {
      index = this.#frames.push(this.#source[frame]!) - 1
      this.#known.set(frame, index)
    }
    return this.#push(index, parent)
  }

  gather(frame: number, parent: number): number {
    const { category } = this.#source[frame]!
    const key = `${parent} ${category}`
    const known = this.#gatherings.get(key)
    if (known !== undefined) return known
    let index = this.#smaller.get(category)
    if (index === undefined) {
      index = this.#frames.push({ name: smallerFrames, file: '', line: 0, category }) - 1
      this.#smaller.set(category, index)
    }
    const place = this.#push(index, parent)
    this.#gatherings.set(key, place)
    return place
  }

  result(): Pick<FlameData, 'frames' | 'nodes'> {
    return {
      frames: this.#frames,
      nodes: {
        frame: Int32Array.from(this.#frame),
        parent: Int32Array.from(this.#parent),
        self: Float64Array.from(this.self),
      },
    }
  }

  #push(frame: number, parent: number): number {
    this.self.push(0)
    this.#parent.push(parent)
    return this.#frame.push(frame) - 1
  }
}
