import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildCallTree } from '../../../src/profiling/call-tree.js'
import { checkCpuProfile } from '../../../src/profiling/cpu-profile.js'
import { toCollapsed } from '../../../src/profiling/export/collapsed.js'
import { toCpuProfile } from '../../../src/profiling/export/cpu-profile.js'
import { toSpeedscope } from '../../../src/profiling/export/speedscope.js'
import { nodeProfileFiles, profileFiles } from '../../../src/profiling/formats.js'
import { makeFlame, makeHeapFlame, type TestThread } from './make-flame.js'
import { makeProfile } from './make-profile.js'

const one: TestThread = {
  thread: 'main',
  startUs: 5_000_000,
  samples: [
    ['a;b', 10],
    ['a;b', 5],
    ['(idle)', 100],
    ['a;b>native write', 20],
  ],
}
const two: TestThread = {
  thread: 'parser',
  startUs: 5_000_040,
  samples: [
    ['a;b', 7],
    ['(idle)', 3],
  ],
}

interface SpeedscopeFile {
  readonly shared: { readonly frames: ReadonlyArray<{ name: string; file?: string; line?: number }> }
  readonly profiles: ReadonlyArray<{
    readonly type: string
    readonly name: string
    readonly unit: string
    readonly startValue: number
    readonly endValue: number
    readonly samples: readonly number[][]
    readonly weights: readonly number[]
  }>
}
const speedscope = (text: string): SpeedscopeFile => JSON.parse(text)

describe('collapsed stacks', () => {
  it('are weighted by on-CPU µs, without idle time', () => {
    expect(toCollapsed(makeFlame([one]))).toBe(
      'a:b (/app/server.js:3) 15\na:b (/app/server.js:3);native write 20\n',
    )
  })

  it('begin with the thread where there are several', () => {
    expect(toCollapsed(makeFlame([one, two])).split('\n')).toEqual([
      'main;a:b (/app/server.js:3) 15',
      'main;a:b (/app/server.js:3);native write 20',
      'parser;a:b (/app/server.js:3) 7',
      '',
    ])
  })
})

describe('speedscope', () => {
  it('has the samples in the order of time', () => {
    expect(JSON.parse(toSpeedscope(makeFlame([one]), 'server'))).toEqual({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      exporter: 'plimsoll',
      name: 'server',
      activeProfileIndex: 0,
      shared: {
        frames: [
          { name: '(cut)' },
          { name: 'a;b', file: '/app/server.js', line: 3 },
          { name: 'native write', file: 'native' },
        ],
      },
      profiles: [
        {
          type: 'sampled',
          name: 'server',
          unit: 'microseconds',
          startValue: 0,
          endValue: 135,
          samples: [[1], [], [1, 2]],
          weights: [15, 100, 20],
        },
      ],
    })
  })

  it('has a profile for each thread, lined up by their clock', () => {
    const { profiles } = speedscope(toSpeedscope(makeFlame([one, two]), 'server'))
    expect(profiles.map(({ name, startValue, endValue }) => [name, startValue, endValue])).toEqual([
      ['server: main of 1', 0, 135],
      ['server: parser of 1', 40, 50],
    ])
  })

  it('has bytes without times', () => {
    const { profiles, shared } = speedscope(toSpeedscope(makeHeapFlame([['load>cache', 4_096]]), 'heap'))
    expect(profiles).toMatchObject([{ unit: 'bytes', endValue: 4_096, weights: [4_096] }])
    expect(profiles[0]!.samples[0]!.map((frame) => shared.frames[frame]!.name)).toEqual(['load', 'cache'])
  })

  it('holds what its format demands, whatever the profile', () => {
    fc.assert(
      fc.property(threads(), (list) => {
        const flame = makeFlame(list)
        const { shared, profiles } = speedscope(toSpeedscope(flame, 'x'))
        for (const { type, samples, weights, startValue, endValue } of profiles) {
          expect(type).toBe('sampled')
          expect(samples).toHaveLength(weights.length)
          const sum = weights.reduce((total, weight) => total + weight, 0)
          expect(endValue - startValue).toBeCloseTo(sum, 0)
          for (const frame of samples.flat()) expect(shared.frames[frame]).toBeDefined()
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('.cpuprofile of a flame graph', () => {
  it('passes the check of such files, and keeps the time of each function', () => {
    fc.assert(
      fc.property(threads(), (list) => {
        const flame = makeFlame(list)
        flame.streams.forEach((stream, index) => {
          const checked = checkCpuProfile(JSON.parse(JSON.stringify(toCpuProfile(flame, stream))))
          if ('problem' in checked) throw new Error(checked.problem)
          const tree = buildCallTree(checked.profile)
          const spent = new Map<string, number>()
          tree.nodes.forEach(({ callFrame }, node) => {
            const { functionName } = callFrame
            spent.set(functionName, (spent.get(functionName) ?? 0) + tree.selfUs[node]!)
          })
          const wanted = new Map<string, number>()
          for (const [stack, us] of list[index]!.samples) {
            const name = stack.split('>').at(-1)!
            wanted.set(name, (wanted.get(name) ?? 0) + us)
          }
          for (const [name, us] of wanted) expect(spent.get(name) ?? 0).toBeCloseTo(us, 6)
        })
      }),
      { numRuns: 50 },
    )
  })
})

describe('the files of a profile', () => {
  it('are one .cpuprofile a thread, and one file of each other format', () => {
    const files = profileFiles('cpu', { flame: makeFlame([one, two]), seconds: 1, startedAtMs: 0 })
    expect(files.map(({ name }) => name)).toEqual([
      'cpu.cpuprofile',
      'cpu-parser.cpuprofile',
      'cpu.speedscope.json',
      'cpu.collapsed',
      'cpu.pb.gz',
    ])
  })

  it('never share a name, and stay inside their folder', () => {
    const odd = ['../../etc/x', '../../etc/x', 'a b', '', 'main'].map((thread) => ({ ...two, thread }))
    const names = profileFiles('cpu', { flame: makeFlame(odd), seconds: 1, startedAtMs: 0 }, [
      'cpuprofile',
    ]).map(({ name }) => name)
    expect(new Set(names).size).toBe(5)
    for (const name of names) expect(name).toMatch(/^cpu[\w.-]*\.cpuprofile$/)
    for (const name of names) expect(name).not.toContain('/')
  })

  it('hold the .cpuprofile as V8 wrote it where there is one', () => {
    const profile = makeProfile([{ name: 'f' }], [['f', 10]])
    const thread = { pid: 1, threadId: 0, thread: 'main', profile, scripts: new Map() }
    const [file] = nodeProfileFiles('cpu', [thread], makeFlame([one]))
    expect(JSON.parse(String(file!.content))).toEqual(profile)
  })
})

/** Stacks of a few names, so that they share branches; whole µs. */
function threads(): fc.Arbitrary<TestThread[]> {
  const name = fc.constantFrom('a', 'bb', 'ccc', 'json', 'native')
  const stack = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('>'))
  const sample = fc.tuple(fc.oneof(stack, fc.constant('(idle)')), fc.integer({ min: 1, max: 10_000 }))
  return fc
    .array(
      fc.record({
        startUs: fc.integer({ min: 0, max: 1_000_000_000 }),
        samples: fc.array(sample, { minLength: 1, maxLength: 40 }),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((list) => list.map((one, index) => ({ ...one, thread: `t${index}` })))
}
