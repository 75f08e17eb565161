import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import { type CpuProfile, checkCpuProfile } from '../../../src/profiling/cpu-profile.js'
import type { FlameProfile } from '../../../src/profiling/flame-profile.js'
import { heapFlame } from '../../../src/profiling/heap-flame.js'
import { checkHeapProfile, type HeapNode, heapLimits } from '../../../src/profiling/heap-profile.js'
import { decodeFlame } from '../../../src/report/flame-codec.js'
import { reportFlame } from '../../../src/report/report-flame.js'
import { threadOf } from './make-profile.js'

const url = 'file:///app/server.js'
const source = 'function serve(value) {\n  return JSON.stringify(value)\n}\nconst found = /a+b/.exec(text)\n'

const numbers = [
  Number.NaN,
  -1,
  0,
  1,
  2,
  0.5,
  -1e12,
  1e12,
  2 ** 31,
  -(2 ** 53),
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
]
const nasty = fc.oneof(
  fc.constantFrom<unknown>(...numbers, null, true, '', '7', [], {}, [null], '__proto__', 'x'.repeat(10_000)),
  fc.jsonValue({ maxDepth: 3 }),
)
const name = fc.oneof(
  fc.constantFrom('', '(root)', '(idle)', '(program)', '(garbage collector)', 'serve', 'RegExp: a+b', 'send'),
  fc.string({ unit: 'binary', maxLength: 10 }),
)
const frame = fc.record({
  functionName: name,
  scriptId: fc.constant('1'),
  url: fc.constantFrom(
    '',
    url,
    'node:fs',
    'file:///app/node_modules/pg/x.js',
    '<img src=x>',
    '%',
    'file:///%ff',
  ),
  lineNumber: fc.integer({ min: -1, max: 5 }),
  columnNumber: fc.integer({ min: -1, max: 40 }),
})
/** Each entry says which of the nodes before it is its parent. */
const tree = fc.array(fc.tuple(fc.nat(), frame, fc.array(fc.tuple(fc.integer({ max: 9 }), fc.nat(9)))), {
  minLength: 1,
  maxLength: 12,
})

const cpuProfile: fc.Arbitrary<CpuProfile> = fc
  .tuple(tree, fc.array(fc.tuple(fc.nat(), fc.integer({ min: -3_000, max: 9_000 })), { maxLength: 30 }))
  .map(([entries, samples]) => {
    const children = entries.map((): number[] => [])
    entries.forEach(([parent], at) => {
      if (at > 0) children[parent % at]!.push(at + 1)
    })
    return {
      nodes: entries.map(([, callFrame, ticks], at) => ({
        id: at + 1,
        callFrame,
        hitCount: 0,
        children: children[at]!,
        positionTicks: ticks.map(([line, count]) => ({ line, ticks: count })),
      })),
      startTime: 1_000_000,
      endTime: 1_200_000,
      samples: samples.map(([node]) => (node % entries.length) + 1),
      timeDeltas: samples.map(([, delta]) => delta),
    }
  })

const heapProfile = tree.map((entries) => {
  const nodes = entries.map(([size, callFrame], at) => ({
    id: at,
    callFrame,
    selfSize: size,
    children: [] as unknown[],
  }))
  entries.forEach(([parent], at) => {
    if (at > 0) nodes[parent % at]!.children.push(nodes[at])
  })
  return { head: nodes[0]!, samples: nodes.map(({ id }) => ({ size: 8, nodeId: id, ordinal: id })) }
})

type Path = readonly string[]

/** Of all values within a value, at any depth. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...at, key]))]
}

/** A copy as it would come out of a file, with the value at a path replaced. */
function mutated(profile: unknown, path: Path, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify({ profile })) as Record<string, unknown>
  const keys = ['profile', ...path]
  const holder = keys
    .slice(0, -1)
    .reduce<Record<string, unknown>>((inner, key) => inner[key] as Record<string, unknown>, copy)
  holder[keys.at(-1)!] = value
  return (JSON.parse(JSON.stringify(copy)) as typeof copy).profile
}

/** With one or two values changed. */
const changed = (profile: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(profile, fc.array(fc.tuple(fc.nat(10_000), nasty), { minLength: 1, maxLength: 2 }))
    .map(([whole, changes]) =>
      changes.reduce((value, [pick, replacement]) => {
        const paths = pathsIn(value)
        return mutated(value, paths[pick % paths.length]!, replacement)
      }, whole),
    )

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What a page is given of a profile is what the page reads, and adds up to `sum`. */
function expectFlame(flame: FlameProfile, summary: object, sum: number): void {
  const written = reportFlame({ title: 'CPU', how: 'file', analysis: { ...emptySummary, ...summary, flame } })
  const { nodes } = decodeFlame((JSON.parse(JSON.stringify(written)) as typeof written).flame)
  const given = nodes.self.reduce((all, self) => all + self, 0)
  // Written as whole µs or bytes.
  expect(Math.abs(given - sum)).toBeLessThanOrEqual(nodes.self.length + sum * 1e-9)
}
const emptySummary = { categories: {}, unattributed: 0, hottest: [] }

function expectDigested(value: unknown): boolean {
  const checked = checkCpuProfile(value)
  if ('problem' in checked) {
    expect(checked.problem).toMatch(/^[\w(].{5,}/)
    return false
  }
  const scripts = new Map([[url, { source, sourceMapUrl: null }]])
  const analysis = analyzeProfiles([threadOf(checked.profile, { scripts })])
  const shares = [analysis.unattributed, ...Object.values(analysis.categories)]
  for (const share of [...shares, analysis.idleShare, ...analysis.hottest.map((hot) => hot.totalShare)]) {
    expect(share).toBeGreaterThanOrEqual(0)
    expect(share).toBeLessThanOrEqual(1 + 1e-9)
  }
  const sum = shares.reduce((all, share) => all + share, 0)
  expect(Math.abs(sum - (analysis.onCpuSeconds > 0 ? 1 : 0))).toBeLessThan(1e-9)
  expectFlame(analysis.flame, analysis, analysis.onCpuSeconds * 1e6)
  return true
}

function expectHeapDigested(value: unknown): boolean {
  const checked = checkHeapProfile(value)
  if ('problem' in checked) {
    expect(checked.problem).toMatch(/^[\w(].{5,}/)
    return false
  }
  const flame = heapFlame(checked.profile)
  const bytes = sizeOf(checked.profile.head)
  expect(flame.nodes.self.reduce((all, self) => all + self, 0) / bytes || 1).toBeCloseTo(1, 9)
  expectFlame(flame, {}, bytes)
  return true
}

const sizeOf = ({ selfSize, children }: HeapNode): number =>
  children.reduce((sum, child) => sum + sizeOf(child), selfSize)

describe('a CPU profile of a stranger', () => {
  it('is digested where it is whole: the shares add up to 1', () => {
    fc.assert(
      fc.property(cpuProfile, (profile) => {
        expect(expectDigested(profile)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('is digested or refused in words with any value changed', () => {
    let digested = 0
    fc.assert(
      fc.property(changed(cpuProfile), (profile) => {
        if (expectDigested(profile)) digested++
      }),
      { numRuns: 1_000 },
    )
    expect(digested).toBeGreaterThan(20)
    expect(digested).toBeLessThan(900)
    const [whole] = fc.sample(cpuProfile, { numRuns: 1, seed: 7 })
    for (const path of pathsIn(whole))
      for (const number of numbers) expectDigested(mutated(whole, path, number))
  })

  it('is refused in words when it is any other JSON, or breaks off', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(expectDigested(value)).toBe(false)
      }),
    )
    fc.assert(
      fc.property(cpuProfile, fc.nat(), (profile, at) => {
        const text = JSON.stringify(profile)
        expect(expectDigested(parsed(text.slice(0, at % text.length)))).toBe(false)
      }),
    )
  })

  it('is digested with stacks of 20,000 frames', () => {
    const nodes = Array.from({ length: 20_000 }, (_, at) => ({
      id: at + 1,
      callFrame: { functionName: `f${at}`, scriptId: '1', url, lineNumber: at, columnNumber: 0 },
      hitCount: 0,
      ...(at < 19_999 ? { children: [at + 2] } : {}),
    }))
    const times = { startTime: 0, endTime: 9_000, samples: [20_000, 10_000], timeDeltas: [0, 4_000] }
    expect(expectDigested({ nodes, ...times })).toBe(true)
  })
})

describe('a heap profile of a stranger', () => {
  it('is digested where it is whole, and refused in words where it is not', () => {
    let digested = 0
    fc.assert(
      fc.property(heapProfile, changed(heapProfile), (profile, other) => {
        expect(expectHeapDigested(profile)).toBe(true)
        if (expectHeapDigested(other)) digested++
      }),
      { numRuns: 500 },
    )
    expect(digested).toBeGreaterThan(10)
    expect(digested).toBeLessThan(450)
    const [whole] = fc.sample(heapProfile, { numRuns: 1, seed: 7 })
    for (const path of pathsIn(whole))
      for (const number of numbers) expectHeapDigested(mutated(whole, path, number))
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(expectHeapDigested(value)).toBe(false)
      }),
    )
    fc.assert(
      fc.property(heapProfile, fc.nat(), (profile, at) => {
        const text = JSON.stringify(profile)
        expect(expectHeapDigested(parsed(text.slice(0, at % text.length)))).toBe(false)
      }),
    )
  })

  it('is digested to the depth that is allowed', () => {
    const node = (id: number, children: readonly HeapNode[]): HeapNode => ({
      id,
      callFrame: { functionName: 'f', scriptId: '1', url, lineNumber: 1, columnNumber: 0 },
      selfSize: 1,
      children,
    })
    let deep = node(0, [])
    for (let id = 1; id <= heapLimits.depth; id++) deep = node(id, [deep])
    expect(expectHeapDigested({ head: deep, samples: [] })).toBe(true)
  })
})
