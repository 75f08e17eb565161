import { describe, expect, it } from 'vitest'
import { groupName, type ThreadFacts, threadRole, v8ThreadsOf } from '../../../src/target/thread-roles.js'

type Line = readonly [name: string, cpuNsWhenWaiting: number | null]

/** Threads in the order in which they began, as read from real processes; `null` waits on a futex. */
const rolesOf = (lines: readonly Line[], rest: Partial<ThreadFacts> = {}): string[] =>
  lines.map(([name, cpuNsWhenWaiting], order) =>
    threadRole({
      name,
      mainName: lines[0]![0],
      order,
      cpuNsWhenWaiting,
      isNode: true,
      v8Threads: 4,
      ...rest,
    }),
  )

const started = 2e7
const helpers = ['v8', 'v8', 'v8', 'v8'] as const

describe('threadRole', () => {
  it('knows the threads of Node 24 and 26 by name, whatever a worker thread calls itself', () => {
    for (const prefix of ['', 'node-']) {
      const lines: Line[] = [
        [`${prefix}MainThread`, started],
        ['DelayedTaskSche', 1e5],
        ...helpers.map((): Line => [`${prefix}V8Worker`, null]),
        ['SignalInspector', null],
        ['InspectorIo', 2e5],
        ['WorkerThread', null],
        ['V8Worker-fake', started],
        ['thumbnails', started],
        ['libuv-worker', null],
      ]
      expect(rolesOf(lines)).toEqual([
        'main',
        'other',
        ...helpers,
        'other',
        'other',
        'worker',
        'worker',
        'worker',
        'pool',
      ])
    }
  })

  it('knows those of Node 20, which all have one name, by their order and what they wait for', () => {
    const lines: Line[] = [
      ['node', started],
      ['node', 1e5],
      ...helpers.map((): Line => ['node', null]),
      ['node', null],
      ['node', 3e4],
      ['node', null],
      ['node', null],
      ['node', started],
    ]
    expect(rolesOf(lines)).toEqual(['main', 'other', ...helpers, 'pool', 'other', 'pool', 'pool', 'worker'])
  })

  it('knows those of Node 22, where only some have names', () => {
    const lines: Line[] = [
      ['node', started],
      ['DelayedTaskSche', 1e5],
      ...helpers.map((): Line => ['node', null]),
      ['node', null],
      ['node', started],
      ['libuv-worker', null],
    ]
    expect(rolesOf(lines)).toEqual(['main', 'other', ...helpers, 'pool', 'worker', 'pool'])
  })

  it('follows the size of the pool of V8, and a process that took another title', () => {
    const lines: Line[] = [
      ['my chat', started],
      ['node', 1e5],
      ['node', null],
      ['node', null],
      ['node', null],
      ['libvips', null],
    ]
    expect(rolesOf(lines, { v8Threads: 2 })).toEqual(['main', 'other', 'v8', 'v8', 'pool', 'other'])
  })

  it('claims nothing of other programs but their first thread', () => {
    expect(
      rolesOf(
        [
          ['app', started],
          ['app', started],
          ['tokio-rt-worker', null],
        ],
        { isNode: false },
      ),
    ).toEqual(['main', 'other', 'other'])
  })
})

describe('groupName and v8ThreadsOf', () => {
  it('drops numbers from the end of names', () => {
    for (const [name, group] of [
      ['worker-12', 'worker'],
      ['pool[3]', 'pool'],
      ['tokio-runtime-w', 'tokio-runtime-w'],
      ['4', '4'],
      ['GC Thread#0', 'GC Thread'],
    ]) {
      expect(groupName(name!), name).toBe(group)
    }
  })

  it('reads the size of the pool from a command line', () => {
    expect(v8ThreadsOf('node --v8-pool-size=2 server.js')).toBe(2)
    expect(v8ThreadsOf('node server.js')).toBe(4)
  })
})
