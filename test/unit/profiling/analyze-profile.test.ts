import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyzeProfile, type ProfileAnalysis } from '../../../src/profiling/analyze-profile.js'
import { type CpuProfile, checkCpuProfile } from '../../../src/profiling/cpu-profile.js'
import type { FlameNode } from '../../../src/profiling/flame-tree.js'
import { toCollapsed, toSpeedscope } from '../../../src/profiling/formats.js'
import { makeProfile, type Spec } from './make-profile.js'

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

describe('flame tree', () => {
  it('merges siblings, sorts children, and shows other work on a line as a leaf', () => {
    const analysis = analyze(
      [
        handle({
          ticks: [
            [2, 3],
            [3, 1],
          ],
          children: [{ name: 'sort' }],
        }),
        { name: '(idle)' },
        { name: 'tiny', url: app, line: 3 },
      ],
      [
        ['handle', 8_000],
        ['handle>sort', 1_999],
        ['(idle)', 50_000],
        ['tiny', 1],
      ],
    )
    expect(analysis.flame).toEqual({
      name: 'all',
      file: '',
      line: 0,
      category: 'unattributed',
      total: 10_000,
      self: 0,
      children: [
        {
          name: 'handle',
          file: '/app/server.js',
          line: 1,
          category: 'business-logic',
          total: 9_999,
          self: 2_000,
          children: [
            {
              name: 'JSON, line 2',
              file: '/app/server.js',
              line: 2,
              category: 'serialization',
              total: 6_000,
              self: 6_000,
              children: [],
            },
            {
              name: 'sort',
              file: 'native',
              line: 0,
              category: 'business-logic',
              total: 1_999,
              self: 1_999,
              children: [],
            },
          ],
        },
      ],
    })
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
    expect(analysis.flame.total).toBe(100_000)
    expect(analysis.hottest[0]?.totalShare).toBeGreaterThan(0.99)
    expect(JSON.parse(JSON.stringify(analysis.flame)).total).toBe(100_000)
    const deeper: string[] = []
    for (let frame: FlameNode | undefined = analysis.flame; frame; frame = frame.children[0])
      deeper.push(frame.name)
    expect(deeper.at(-1)).toBe('(deeper frames)')
    expect(deeper.length).toBe(502)
    expect(toCollapsed(checked.profile).split('\n').length).toBeGreaterThan(9_000)
    expect(JSON.parse(toSpeedscope(checked.profile, 'deep')).profiles[0].samples.length).toBe(10_000)
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

function eachFrame(root: FlameNode, visit: (frame: FlameNode) => void): void {
  const open = [root]
  for (let frame = open.pop(); frame; frame = open.pop()) {
    visit(frame)
    open.push(...frame.children)
  }
}

describe('any profile', () => {
  it('has shares that add up to one, and sums that are exact', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const analysis = analyzeProfile(profile, { readSource })
        const onCpuUs = Math.round(analysis.onCpuSeconds * 1e6)
        expect(sumOf(analysis)).toBeCloseTo(onCpuUs > 0 ? 1 : 0, 9)
        expect(analysis.flame.total).toBe(onCpuUs)
        expect(Object.values(analysis.gcCausedBy).reduce((sum, share) => sum + share, 0)).toBeCloseTo(
          analysis.categories['garbage-collection'],
          9,
        )
        eachFrame(analysis.flame, (frame) => {
          const below = frame.children.reduce((sum, child) => sum + child.total, 0)
          expect(below + frame.self).toBeLessThanOrEqual(frame.total)
          expect(frame.total).toBeGreaterThanOrEqual(onCpuUs * 0.0005)
        })
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
        const { onCpuSeconds, seconds } = analyzeProfile(profile, { readSource })
        const collapsed = toCollapsed(profile)
          .split('\n')
          .filter((line) => line !== '')
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
        expect(collapsed).toBe(Math.round(onCpuSeconds * 1e6))
        const file = JSON.parse(toSpeedscope(profile, 'x')) as {
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
