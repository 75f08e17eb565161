import fc from 'fast-check'
import type { FlameData } from '../../../../packages/flame-graph/src/data.js'
import { type FlameLayout, layoutFlame } from '../../../../packages/flame-graph/src/layout.js'
import { calleeTree } from '../../../../packages/flame-graph/src/tree.js'

/** A tree as tests write it: `[name, own weight, children …]`. */
export type Sketch = readonly [name: string, self: number, ...children: Sketch[]]

/** Frames are shared by name; the category is the first letter, the line 1. */
export function dataOf(sketch: Sketch): FlameData {
  const names: string[] = []
  const frame: number[] = []
  const parent: number[] = []
  const self: number[] = []
  const open: [Sketch, number][] = [[sketch, -1]]
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [[name, weight, ...children], above] = next
    if (!names.includes(name)) names.push(name)
    const index = frame.push(names.indexOf(name)) - 1
    parent.push(above)
    self.push(weight)
    for (const child of children) open.push([child, index])
  }
  return {
    unit: 'us',
    frames: names.map((name) => ({ name, file: `src/${name}.js`, line: 1, category: name[0]! })),
    frame: Int32Array.from(frame),
    parent: Int32Array.from(parent),
    self: Float64Array.from(self),
    streams: [],
  }
}

/** One stack of `count` frames, each with the weight 1 of its own. */
export function chain(count: number, frames = 1): FlameData {
  return {
    unit: 'us',
    frames: Array.from({ length: frames }, (_, i) => ({ name: `f${i}`, file: '', line: 0, category: 'a' })),
    frame: Int32Array.from({ length: count }, (_, i) => i % frames),
    parent: Int32Array.from({ length: count }, (_, i) => i - 1),
    self: new Float64Array(count).fill(1),
    streams: [],
  }
}

export const layoutOf = (data: FlameData): FlameLayout => layoutFlame(calleeTree(data, data.self), data.self)

export const namesOf = ({ tree }: FlameLayout): string[] =>
  Array.from(tree.frame, (frame) => tree.frames[frame]!.name)

const whole = fc.nat({ max: 1_000_000 })
const odd = fc.oneof(
  fc.double({ min: 0, max: 1e9, noNaN: true }),
  fc.constantFrom(0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e-300),
)

function withWeights(weight: fc.Arbitrary<number>): fc.Arbitrary<FlameData> {
  return fc
    .array(fc.tuple(fc.nat(), fc.nat({ max: 5 }), weight), { minLength: 1, maxLength: 60 })
    .map((nodes) => ({
      unit: 'us' as const,
      frames: Array.from({ length: 6 }, (_, i) => ({
        name: `f${i}`,
        file: `f${i}.js`,
        line: i,
        category: `c${i % 3}`,
      })),
      frame: Int32Array.from(nodes, ([, frame]) => frame),
      parent: Int32Array.from(nodes, ([parent], i) => (i === 0 ? -1 : parent % i)),
      self: Float64Array.from(nodes, ([, , self]) => self),
      streams: [],
    }))
}

/** Trees of any form, with whole weights. */
export const anyData = withWeights(whole)
/** The same with weights that are broken, tiny, negative or no numbers. */
export const oddData = withWeights(odd)

/** The same trees with samples in two streams. */
export const timedData: fc.Arbitrary<FlameData> = anyData.chain((data) =>
  fc
    .array(
      fc.record({
        startUs: fc.integer({ min: 0, max: 1_000 }),
        samples: fc.array(
          fc.tuple(fc.integer({ min: -1, max: data.frame.length - 1 }), fc.nat({ max: 100 })),
          { maxLength: 40 },
        ),
      }),
      { minLength: 1, maxLength: 2 },
    )
    .map((streams) => ({
      ...data,
      streams: streams.map(({ startUs, samples }, i) => ({
        name: `thread ${i}`,
        startUs,
        node: Int32Array.from(samples, ([node]) => node),
        us: Float64Array.from(samples, ([, us]) => us),
      })),
    })),
)
