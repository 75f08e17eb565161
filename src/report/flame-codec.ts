import type { FlameData, FlameDataFrame, FlameStream } from './flame-data.js'
import { VarintReader, VarintWriter } from './varint.js'

/**
 * A flame graph in JSON: columns of varints in base64, texts once each. 100,000 nodes take under a megabyte, and
 * stacks of any depth survive JSON, whose writer recurses.
 */
export interface EncodedFlame {
  readonly unit: FlameData['unit']
  /** Names, files and categories, each once. */
  readonly strings: readonly string[]
  readonly frameCount: number
  /** name[], file[], line[], category[] */
  readonly frames: string
  readonly nodeCount: number
  /** frame[], i − parent[i], self[] */
  readonly nodes: string
  readonly streams: readonly EncodedStream[]
}

export interface EncodedStream {
  readonly pid: number
  readonly thread: string
  readonly startUs: number
  readonly count: number
  /** What each node differs by from the one before, then us[] */
  readonly samples: string
}

/** Times and sizes become whole µs or bytes; those of a stream without drifting. */
export function encodeFlame({ unit, frames, nodes, streams }: FlameData): EncodedFlame {
  const table = new StringTable()
  const columns = new VarintWriter()
  for (const { name } of frames) columns.unsigned(table.index(name))
  for (const { file } of frames) columns.unsigned(table.index(file))
  for (const { line } of frames) columns.unsigned(whole(line))
  for (const { category } of frames) columns.unsigned(table.index(category))
  return {
    unit,
    strings: table.strings,
    frameCount: frames.length,
    frames: columns.toBase64(),
    nodeCount: nodes.frame.length,
    nodes: encodeNodes(nodes),
    streams: streams.map(encodeStream),
  }
}

function encodeNodes({ frame, parent, self }: FlameData['nodes']): string {
  const writer = new VarintWriter()
  for (const index of frame) writer.unsigned(index)
  parent.forEach((above, i) => {
    writer.unsigned(i - above)
  })
  for (const value of self) writer.unsigned(whole(value))
  return writer.toBase64()
}

function encodeStream({ pid, thread, startUs, node, us }: FlameStream): EncodedStream {
  const writer = new VarintWriter()
  let before = 0
  for (const index of node) {
    writer.signed(index - before)
    before = index
  }
  let exactUs = 0
  let writtenUs = 0
  for (const lengthUs of us) {
    exactUs += Math.max(0, lengthUs)
    const rounded = Math.round(exactUs) - writtenUs
    writer.unsigned(rounded)
    writtenUs += rounded
  }
  return { pid, thread, startUs, count: node.length, samples: writer.toBase64() }
}

/** @throws an error where the columns break off or refer to what is not there */
export function decodeFlame(encoded: EncodedFlame): FlameData {
  const { unit, frameCount, nodeCount } = encoded
  const frames = decodeFrames(encoded)
  const reader = new VarintReader(encoded.nodes)
  const frame = Int32Array.from({ length: nodeCount }, () => below(frameCount, reader.unsigned()))
  const parent = Int32Array.from({ length: nodeCount }, (_, i) => {
    const above = i - reader.unsigned()
    return i === 0 ? -1 : below(i, above)
  })
  const self = Float64Array.from({ length: nodeCount }, () => reader.unsigned())
  return {
    unit,
    frames,
    nodes: { frame, parent, self },
    streams: encoded.streams.map((stream) => decodeStream(stream, nodeCount)),
  }
}

function decodeFrames({ strings, frameCount, frames }: EncodedFlame): FlameDataFrame[] {
  const reader = new VarintReader(frames)
  const texts = (): string[] =>
    Array.from({ length: frameCount }, () => strings[below(strings.length, reader.unsigned())]!)
  const name = texts()
  const file = texts()
  const line = Array.from({ length: frameCount }, () => reader.unsigned())
  const category = texts()
  return name.map((text, i) => ({ name: text, file: file[i]!, line: line[i]!, category: category[i]! }))
}

function decodeStream(encoded: EncodedStream, nodeCount: number): FlameStream {
  const { pid, thread, startUs, count, samples } = encoded
  const reader = new VarintReader(samples)
  let before = 0
  const node = Int32Array.from({ length: count }, () => {
    before += reader.signed()
    return below(nodeCount + 1, before + 1) - 1
  })
  const us = Float64Array.from({ length: count }, () => reader.unsigned())
  return { pid, thread, startUs, node, us }
}

function below(count: number, index: number): number {
  if (!(index >= 0 && index < count)) throw new RangeError('it refers to what is not there')
  return index
}

const whole = (value: number): number => (value > 0 && Number.isFinite(value) ? Math.round(value) : 0)

class StringTable {
  readonly strings: string[] = []
  readonly #indices = new Map<string, number>()

  index(text: string): number {
    const known = this.#indices.get(text)
    if (known !== undefined) return known
    const index = this.strings.push(text) - 1
    this.#indices.set(text, index)
    return index
  }
}
