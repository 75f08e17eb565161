import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AnalyzeOptions,
  analyzeProfiles,
  type ProfileAnalysis,
} from '../../../src/profiling/analyze-profile.js'
import { type CpuProfile, checkCpuProfile } from '../../../src/profiling/cpu-profile.js'
import { toCollapsed } from '../../../src/profiling/export/collapsed.js'
import { toSpeedscope } from '../../../src/profiling/export/speedscope.js'
import type { FlameProfile } from '../../../src/profiling/flame-profile.js'
import { makeProfile, type Spec, threadOf } from './make-profile.js'

const app = 'file:///app/server.js'
const source = [
  'export function handle(message) {', // 1
  '  const request = JSON.parse(message)', // 2
  '  for (const word of words) sum += word.length', // 3
  "  const clean = request.text.replace(/[^a-z]/g, '')", // 4
  '  const key = JSON.stringify(x).match(y)', // 5
  '}',
  'function deep() { deep() }', // 7
].join('\n')
const readSource = (url: string): string | null => (url === app ? source : null)
const analyzeProfile = (profile: CpuProfile, options: AnalyzeOptions): ProfileAnalysis =>
  analyzeProfiles([threadOf(profile)], options)
const analyze = (
  children: readonly Spec[],
  samples: ReadonlyArray<readonly [string, number]>,
): ProfileAnalysis => analyzeProfile(makeProfile(children, samples), { readSource })

const handle = (rest: Partial<Spec> = {}): Spec => ({ name: 'handle', url: app, line: 1, ...rest })
const sumOf = (analysis: ProfileAnalysis): number =>
  Object.values(analysis.categories).reduce((sum, share) => sum + share, analysis.unattributed)

describe('weights', () => {
  it('gives each sample the time until the next, and keeps idle apart', () => {
    const analysis = analyze(
      [{ name: '(idle)' }, { name: '(program)' }, handle({ ticks: [[3, 1]] })],
      [
        ['handle', 1_000],
        ['(idle)', 6_000],
        ['handle', 2_000],
        ['(program)', 1_000],
      ],
    )
    expect(analysis.seconds).toBeCloseTo(0.01, 12)
    expect(analysis.idleShare).toBeCloseTo(0.6, 12)
    expect(analysis.onCpuSeconds).toBeCloseTo(0.004, 12)
    expect(analysis.categories['business-logic']).toBeCloseTo(0.75, 12)
    expect(analysis.unattributed).toBeCloseTo(0.25, 12)
    expect(analysis.programShare).toBeCloseTo(0.25, 12)
  })

  it('sorts samples that V8 handed over out of order', () => {
    const profile = makeProfile(
      [{ name: '(idle)' }, handle({ ticks: [[3, 1]] })],
      [
        ['handle', 100],
        ['(idle)', 100],
        ['handle', 100],
      ],
    )
    // Sample 1 lies at 1,500, sample 2 at 1,000 after it in the list, thus before it in time.
    const swapped: CpuProfile = {
      ...profile,
      timeDeltas: [500, 1_000, -500],
      endTime: profile.startTime + 2_000,
    }
    const analysis = analyzeProfile(swapped, { readSource })
    expect(analysis.idleShare).toBeCloseTo(500 / 1_500, 12)
  })

  it('has no shares of nothing', () => {
    const analysis = analyze([{ name: '(idle)' }], [['(idle)', 5_000]])
    expect(analysis).toMatchObject({ idleShare: 1, unattributed: 0, hottest: [] })
    expect(sumOf(analysis)).toBe(0)
    expect(analyze([], [])).toMatchObject({ seconds: 0, idleShare: 0 })
  })
})

describe('categories', () => {
  it('splits a function by the lines of its samples', () => {
    const analysis = analyze(
      [
        handle({
          ticks: [
            [2, 6],
            [3, 2],
            [4, 1],
            [5, 1],
          ],
        }),
      ],
      [['handle', 10_000]],
    )
    expect(analysis.categories).toMatchObject({ serialization: 0.6, 'business-logic': 0.2, regex: 0.1 })
    expect(analysis.unattributed).toBeCloseTo(0.1, 12)
    expect(analysis.culprits.serialization).toEqual([
      { function: 'handle', file: '/app/server.js', line: 2, share: 0.6 },
    ])
    expect(analysis.culprits.regex[0]).toMatchObject({ function: 'handle', line: 4 })
  })

  it('gives native code to the module of Node above it, and names the app function that called', () => {
    const analysis = analyze(
      [
        handle({
          children: [
            { name: 'pbkdf2Sync', url: 'node:internal/crypto/pbkdf2', line: 61, children: [{ name: 'run' }] },
            { name: 'gzipSync', url: 'node:zlib', line: 5, children: [{ name: 'writeSync' }] },
            {
              name: 'readFileSync',
              url: 'node:fs',
              line: 5,
              children: [{ name: 'readSync', url: 'node:fs', line: 8, children: [{ name: 'read' }] }],
            },
            {
              name: 'write',
              url: 'node:net',
              line: 5,
              children: [{ name: 'emit', url: 'node:events', line: 3 }, { name: 'writev' }],
            },
            { name: 'emit', url: 'node:events', line: 3 },
            { name: 'RegExp: ba[rz]' },
            { name: 'stringify' },
            { name: 'sort' },
          ],
        }),
      ],
      [
        ['handle>pbkdf2Sync>run', 100],
        ['handle>gzipSync>writeSync', 200],
        ['handle>readFileSync>readSync>read', 300],
        ['handle>write>emit', 40],
        ['handle>write>writev', 60],
        ['handle>emit', 50],
        ['handle>RegExp: ba[rz]', 25],
        ['handle>stringify', 125],
        ['handle>sort', 100],
      ],
    )
    expect(analysis.categories).toEqual({
      crypto: 0.1,
      compression: 0.2,
      'blocking-io': 0.3,
      transport: 0.1,
      'business-logic': 0.15,
      regex: 0.025,
      serialization: 0.125,
      'garbage-collection': 0,
      'database-driver': 0,
    })
    for (const category of ['crypto', 'compression', 'blocking-io', 'transport'] as const) {
      expect(analysis.culprits[category].map((culprit) => culprit.function)).toEqual(['handle'])
    }
  })

  it('gives the socket of a database driver to the driver, and that of the app to the transport', () => {
    const write = (...children: readonly Spec[]): Spec => ({
      name: 'write',
      url: 'node:net',
      line: 5,
      children: [
        { name: 'writeGeneric', url: 'node:internal/stream_base_commons', line: 9, children },
        { name: 'emit', url: 'node:events', line: 3 },
      ],
    })
    const query: Spec = {
      name: 'query',
      url: 'file:///app/node_modules/pg/lib/connection.js',
      line: 1,
      children: [
        write({ name: 'writev' }, { name: 'send' }),
        handle({ ticks: [[3, 1]], children: [write()] }),
      ],
    }
    const analysis = analyze(
      [handle({ children: [query, write({ name: 'writev' })] })],
      [
        ['handle>query>write>writeGeneric>writev', 290],
        ['handle>query>write>writeGeneric>send', 10],
        ['handle>query>write>emit', 100],
        ['handle>query>handle>write>writeGeneric', 150],
        ['handle>query>handle', 50],
        ['handle>write>writeGeneric>writev', 250],
        ['handle>write', 150],
      ],
    )
    expect(analysis.categories['database-driver']).toBeCloseTo(0.4, 12)
    expect(analysis.categories.transport).toBeCloseTo(0.55, 12)
    expect(analysis.categories['business-logic']).toBeCloseTo(0.05, 12)
  })

  it('takes native calls that send for transport where app or package code makes them itself', () => {
    const inPackage = (name: string, children: readonly Spec[]): Spec => ({
      name,
      url: `file:///app/node_modules/${name}/index.js`,
      line: 1,
      children,
    })
    const analysis = analyze(
      [
        handle({
          children: [
            { name: 'send' },
            { name: 'cork', children: [handle({ ticks: [[3, 1]], children: [{ name: 'tryEnd' }] })] },
            { name: 'slice' },
            { name: 'emit', url: 'node:events', line: 3, children: [{ name: 'publish' }] },
            inPackage('some-helper', [{ name: 'publish' }]),
            inPackage('better-sqlite3', [{ name: 'close' }]),
          ],
        }),
      ],
      [
        ['handle>send', 220],
        ['handle>cork', 30],
        ['handle>cork>handle', 300],
        ['handle>cork>handle>tryEnd', 50],
        ['handle>slice', 100],
        ['handle>emit>publish', 100],
        ['handle>some-helper>publish', 100],
        ['handle>better-sqlite3>close', 100],
      ],
    )
    expect(analysis.categories.transport).toBeCloseTo(0.4, 12)
    expect(analysis.categories['business-logic']).toBeCloseTo(0.5, 12)
    expect(analysis.categories['database-driver']).toBeCloseTo(0.1, 12)
  })

  it('files writes of the console as blocking, and its formatting as the caller’s', () => {
    const analysis = analyze(
      [
        handle({
          children: [
            {
              name: 'log',
              url: 'node:internal/console/constructor',
              line: 1,
              children: [
                { name: 'formatWithOptions', url: 'node:internal/util/inspect', line: 2 },
                {
                  name: 'write',
                  url: 'node:internal/streams/writable',
                  line: 3,
                  children: [{ name: 'writeUtf8String' }],
                },
              ],
            },
          ],
        }),
      ],
      [
        ['handle>log>formatWithOptions', 300],
        ['handle>log>write>writeUtf8String', 700],
      ],
    )
    expect(analysis.categories['blocking-io']).toBeCloseTo(0.7, 12)
    expect(analysis.categories['business-logic']).toBeCloseTo(0.3, 12)
  })

  it('knows packages, and takes unknown ones for the app’s own', () => {
    const at = (name: string): string => `file:///app/node_modules/${name}/index.js`
    const analysis = analyzeProfile(
      makeProfile(
        [
          { name: 'query', url: at('pg'), line: 1, ticks: [[1, 1]] },
          {
            name: 'send',
            url: at('ws'),
            line: 1,
            ticks: [
              [1, 3],
              [2, 1],
            ],
          },
          { name: 'route', url: at('express'), line: 1, ticks: [[1, 1]] },
        ],
        [
          ['query', 100],
          ['send', 400],
          ['route', 500],
        ],
      ),
      { readSource: (url) => (url === at('pg') ? null : 'function send() { route() }\n JSON.stringify(x)') },
    )
    expect(analysis.categories).toMatchObject({
      'database-driver': 0.1,
      transport: 0.3,
      serialization: 0.1,
      'business-logic': 0.5,
    })
  })

  it('does not guess where lines cannot be had', () => {
    const unreadable = analyze([{ name: 'f', url: 'file:///gone.js', line: 1, ticks: [[1, 1]] }], [['f', 10]])
    expect(unreadable.unattributed).toBe(1)
    const transpiled = analyze([{ name: 'handle', url: app, line: 7, ticks: [[2, 1]] }], [['handle', 10]])
    expect(transpiled.unattributed).toBe(1)
    const harmless = analyzeProfile(makeProfile([{ name: 'f', url: app, line: 9 }], [['f', 10]]), {
      readSource: () => 'let a = 1\n',
    })
    expect(harmless.categories['business-logic']).toBe(1)
  })

  it('charges garbage collection to the code before it as well', () => {
    const analysis = analyze(
      [
        { name: '(garbage collector)' },
        { name: '(idle)' },
        handle({
          ticks: [
            [2, 1],
            [3, 1],
          ],
        }),
      ],
      [
        ['(garbage collector)', 100],
        ['handle', 500],
        ['(garbage collector)', 200],
        ['(garbage collector)', 100],
        ['(idle)', 1_000],
        ['(garbage collector)', 100],
      ],
    )
    expect(analysis.categories['garbage-collection']).toBeCloseTo(0.5, 12)
    expect(analysis.gcCausedBy.serialization).toBeCloseTo(0.15, 12)
    expect(analysis.gcCausedBy['business-logic']).toBeCloseTo(0.15, 12)
    expect(analysis.gcCausedBy.unattributed).toBeCloseTo(0.2, 12)
    expect(analysis.culprits['garbage-collection']).toEqual([
      { function: 'handle', file: '/app/server.js', line: 1, share: 0.3 },
    ])
  })
})

describe('hottest functions', () => {
  it('gives self and total shares, a recursion once', () => {
    const deep = (children: readonly Spec[] = []): Spec => ({ name: 'deep', url: app, line: 7, children })
    const analysis = analyze(
      [handle({ children: [deep([deep([deep()])])] }), deep()],
      [
        ['handle', 100],
        ['handle>deep', 200],
        ['handle>deep>deep>deep', 300],
        ['deep', 400],
      ],
    )
    expect(analysis.hottest).toEqual([
      { function: 'deep', file: '/app/server.js', line: 7, selfShare: 0.9, totalShare: 0.9 },
      { function: 'handle', file: '/app/server.js', line: 1, selfShare: 0.1, totalShare: 0.6 },
    ])
  })
})

/** Each node as `depth name category self`, children below their parents. */
function outline({ frames, nodes }: FlameProfile): string[] {
  const depths: number[] = []
  return Array.from(nodes.frame, (frame, index) => {
    const depth = index === 0 ? 0 : depths[nodes.parent[index]!]! + 1
    depths[index] = depth
    const { name, category } = frames[frame]!
    return `${depth} ${name} ${category} ${nodes.self[index]}`
  })
}

describe('flame', () => {
  it('merges siblings, leaves idle time out, and shows other work on a line as a leaf', () => {
    const spec = handle({
      ticks: [
        [2, 3],
        [3, 1],
      ],
      children: [{ name: 'never' }, { name: 'sort' }],
    })
    const { flame } = analyze(
      [spec, { name: '(idle)' }, { name: 'deep', url: app, line: 7, ticks: [[7, 1]] }],
      [
        ['handle', 4_000],
        ['handle>sort', 1_999],
        ['(idle)', 50_000],
        ['handle', 4_000],
        ['deep', 1],
      ],
    )
    expect(outline(flame)).toEqual([
      '0 all unattributed 0',
      '1 handle business-logic 2000',
      '2 JSON, line 2 serialization 6000',
      '1 deep business-logic 1',
      '2 sort business-logic 1999',
    ])
    expect(flame.frames[flame.nodes.frame[2]!]).toEqual({
      name: 'JSON, line 2',
      file: '/app/server.js',
      line: 2,
      category: 'serialization',
    })
    const [stream] = flame.streams
    expect(stream).toMatchObject({ pid: 7, thread: 'main', startUs: 1_000_000_500 })
    expect([...stream!.node]).toEqual([2, 4, -1, 2, 1, 3])
    expect([...stream!.us]).toEqual([4_000, 1_999, 50_000, 2_000, 2_000, 1])
  })

  it('holds the threads of all processes as children of the root', () => {
    const busy = makeProfile(
      [handle(), { name: '(idle)' }],
      [
        ['handle', 600],
        ['(idle)', 400],
      ],
    )
    const lazy = makeProfile(
      [handle(), { name: '(idle)' }],
      [
        ['handle', 100],
        ['(idle)', 1_900],
      ],
    )
    const analysis = analyzeProfiles(
      [threadOf(busy), threadOf(lazy, { threadId: 3, thread: 'worker 3' }), threadOf(lazy, { pid: 8 })],
      { readSource },
    )
    expect(outline(analysis.flame)).toEqual([
      '0 all unattributed 0',
      '1 main of process 7 unattributed 0',
      '2 handle unattributed 600',
      '1 worker 3 of process 7 unattributed 0',
      '2 handle unattributed 100',
      '1 main of process 8 unattributed 0',
      '2 handle unattributed 100',
    ])
    expect(
      analysis.threads.map(({ pid, thread, seconds, idleShare }) => [pid, thread, seconds, idleShare]),
    ).toEqual([
      [7, 'main', 0.001, 0.4],
      [7, 'worker 3', 0.002, 0.95],
      [8, 'main', 0.002, 0.95],
    ])
    expect(analysis).toMatchObject({ seconds: 0.002, onCpuSeconds: 0.0008, idleShare: 0.4 })
    expect(analysis.hottest).toEqual([
      { function: 'handle', file: '/app/server.js', line: 1, selfShare: 1, totalShare: 1 },
    ])
    expect(analyzeProfiles([])).toMatchObject({ seconds: 0, idleShare: 0, threads: [], hottest: [] })
  })
})

/** A stack of 10,000 frames, and a sample on every one of them. */
function deepProfile(depth = 10_000): CpuProfile {
  const nodes = Array.from({ length: depth }, (_, index) => ({
    id: index + 1,
    callFrame: {
      functionName: index === 0 ? '(root)' : `f${index}`,
      scriptId: '1',
      url: index === 0 ? '' : app,
      lineNumber: 6,
      columnNumber: 0,
    },
    hitCount: 1,
    ...(index < depth - 1 ? { children: [index + 2] } : {}),
  }))
  return {
    nodes,
    startTime: 0,
    endTime: depth * 10,
    samples: nodes.map((node) => node.id),
    timeDeltas: nodes.map((_, index) => (index === 0 ? 0 : 10)),
  }
}

describe('deep stacks', () => {
  it('are read, analysed and written without a limit of the stack', () => {
    const checked = checkCpuProfile(deepProfile())
    if (!('profile' in checked)) throw new Error(checked.problem)
    const analysis = analyzeProfile(checked.profile, { readSource })
    expect(totalOf(analysis.flame)).toBe(100_000)
    expect(analysis.hottest[0]?.totalShare).toBeGreaterThan(0.99)
    expect(analysis.flame.nodes.parent.length).toBe(10_000)
    expect(toCollapsed(analysis.flame).split('\n').length).toBeGreaterThan(9_000)
    expect(JSON.parse(toSpeedscope(analysis.flame, 'deep')).profiles[0].samples.length).toBe(10_000)
  })
})

const names = ['(idle)', '(program)', '(garbage collector)', 'handle', 'deep', 'write', 'RegExp: x', 'native']
/** A tree as a list: each frame is the child of one before it. */
const specTree: fc.Arbitrary<readonly Spec[]> = fc
  .array(
    fc.record({
      parent: fc.nat(),
      name: fc.constantFrom(...names),
      url: fc.constantFrom('', app, 'node:net', 'node:events', 'file:///x/node_modules/ws/a.js'),
      line: fc.integer({ min: 1, max: 7 }),
      ticks: fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 9 })), {
        maxLength: 4,
      }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((frames) => {
    const roots: Spec[] = []
    const lists: Spec[][] = []
    frames.forEach(({ parent, ...frame }, index) => {
      const children: Spec[] = []
      lists.push(children)
      const siblings = index === 0 || parent % 4 === 0 ? roots : lists[parent % index]!
      siblings.push({ ...frame, children })
    })
    return roots
  })

const anyProfile = fc
  .tuple(specTree, fc.array(fc.tuple(fc.nat(), fc.integer({ min: -300, max: 2_000 })), { maxLength: 60 }))
  .map(([specs, picks]): CpuProfile => {
    const { nodes } = makeProfile(specs, [])
    const startTime = 1_000_000
    return {
      nodes,
      startTime,
      endTime: startTime + 200_000,
      samples: picks.map(([pick]) => nodes[pick % nodes.length]!.id),
      timeDeltas: picks.map(([, delta]) => delta),
    }
  })

const totalOf = ({ nodes }: FlameProfile): number => nodes.self.reduce((sum, us) => sum + us, 0)

/** Parents before children, no two children alike, and the streams add up to the self time of every node. */
function expectSound({ frames, nodes, streams }: FlameProfile): void {
  const siblings = new Set<string>()
  nodes.parent.forEach((parent, index) => {
    expect(parent).toBeLessThan(index)
    expect(parent >= 0).toBe(index > 0)
    expect(frames[nodes.frame[index]!]).toBeDefined()
    siblings.add(`${parent} ${nodes.frame[index]}`)
  })
  expect(siblings.size).toBe(nodes.parent.length)
  const self = new Float64Array(nodes.self.length)
  for (const { node, us } of streams) {
    node.forEach((index, sample) => {
      if (index >= 0) self[index]! += us[sample]!
    })
  }
  expect(self).toEqual(nodes.self)
}

describe('any profile', () => {
  it('has shares that add up to one, and sums that are exact', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const analysis = analyzeProfile(profile, { readSource })
        const onCpuUs = Math.round(analysis.onCpuSeconds * 1e6)
        expect(sumOf(analysis)).toBeCloseTo(onCpuUs > 0 ? 1 : 0, 9)
        expect(totalOf(analysis.flame)).toBe(onCpuUs)
        expect(Object.values(analysis.gcCausedBy).reduce((sum, share) => sum + share, 0)).toBeCloseTo(
          analysis.categories['garbage-collection'],
          9,
        )
        expectSound(analysis.flame)
        expect(analysis.flame.streams[0]!.us.reduce((sum, us) => sum + us, 0)).toBeCloseTo(
          analysis.seconds * 1e6,
          3,
        )
        for (const hot of analysis.hottest) {
          expect(hot.selfShare).toBeLessThanOrEqual(hot.totalShare)
          expect(hot.totalShare).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('writes collapsed stacks and speedscope with the same sums', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const { onCpuSeconds, seconds, flame } = analyzeProfile(profile, { readSource })
        const collapsed = toCollapsed(flame)
          .split('\n')
          .filter((line) => line !== '')
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
        expect(collapsed).toBe(Math.round(onCpuSeconds * 1e6))
        const file = JSON.parse(toSpeedscope(flame, 'x')) as {
          shared: { frames: unknown[] }
          profiles: Array<{ samples: number[][]; weights: number[]; endValue: number }>
        }
        const { samples, weights, endValue } = file.profiles[0]!
        expect(samples.length).toBe(weights.length)
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(endValue)
        expect(endValue).toBe(Math.round(seconds * 1e6))
        for (const stack of samples)
          for (const frame of stack) expect(frame).toBeLessThan(file.shared.frames.length)
      }),
      { numRuns: 100 },
    )
  })
})
